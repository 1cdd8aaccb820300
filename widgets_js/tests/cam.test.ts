import { describe, expect, it } from "vitest";
import { CAM_PINK, CAM_PURPLE, overlayPixels, resizeMap } from "../src/core/cam.ts";

const coloured = (pixels: Uint8ClampedArray) => {
  let count = 0;
  for (let i = 3; i < pixels.length; i += 4) count += Number(pixels[i] > 0);
  return count;
};

describe("overlayPixels", () => {
  it("colours exactly the share, ties or not", () => {
    const ramp = Float32Array.from({ length: 1000 }, (_, i) => i);
    expect(coloured(overlayPixels(ramp, 0.16))).toBe(160);
    expect(coloured(overlayPixels(new Float32Array(1000).fill(7), 0.16))).toBe(160);
    expect(coloured(overlayPixels(ramp, 0))).toBe(0);
  });

  it("paints the highest pixels pink and the rest of the share purple", () => {
    const pixels = overlayPixels(Float32Array.of(4, 3, 2, 1), 0.5);
    expect([...pixels.slice(0, 3)]).toEqual([...CAM_PINK]);
    expect([...pixels.slice(4, 7)]).toEqual([...CAM_PURPLE]);
    expect(pixels[11]).toBe(0);
  });
});

describe("resizeMap", () => {
  it("keeps a constant map constant", () => {
    expect(new Set(resizeMap([5, 5, 5, 5], 2, 2, 7, 9))).toEqual(new Set([5]));
  });

  it("interpolates between pixel centres", () => {
    expect([...resizeMap([0, 4], 1, 2, 1, 4)]).toEqual([0, 1, 3, 4]);
  });
});
