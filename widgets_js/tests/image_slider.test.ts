import { describe, expect, it } from "vitest";
import { keyTarget, pictureBox } from "../src/image_slider/geometry.ts";

describe("image slider", () => {
  it("moves by keys as the ARIA pattern says, within 0 to 100", () => {
    expect(keyTarget("ArrowRight", 50)).toBe(51);
    expect(keyTarget("PageDown", 5)).toBe(0);
    expect(keyTarget("End", 3)).toBe(100);
    expect(keyTarget("a", 50)).toBeNull();
  });

  it("keeps the picture's aspect inside the body", () => {
    const box = pictureBox({ width: 324, height: 212 }, 2);
    expect(box.width / box.height).toBeCloseTo(2);
    expect(box.x).toBeGreaterThanOrEqual(12);
    expect(box.x + box.width).toBeLessThanOrEqual(312);
    expect(box.height).toBeLessThanOrEqual(200);
  });
});
