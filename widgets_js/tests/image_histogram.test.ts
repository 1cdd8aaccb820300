import { describe, expect, it } from "vitest";
import { binAt, ceiling } from "../src/image_histogram/bins.ts";

describe("image histogram", () => {
  it("finds the exact bin under the pointer", () => {
    expect(binAt(0, 256)).toBe(0);
    expect(binAt(255.9, 256)).toBe(255);
    expect(binAt(256, 256)).toBe(-1);
    expect(binAt(-0.1, 256)).toBe(-1);
  });

  it("does not let saturated pixels flatten all the rest", () => {
    const counts = new Uint32Array(256).fill(10);
    counts[255] = 100_000;
    expect(ceiling(counts)).toBeCloseTo(10.5);
    const white = new Uint32Array(256);
    white[255] = 42;
    expect(ceiling(white)).toBe(42);
  });
});
