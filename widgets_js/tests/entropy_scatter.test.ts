import { describe, expect, it } from "vitest";
import { classOrder } from "../src/entropy_scatter/order.ts";

describe("classOrder", () => {
  it("keeps natural order within classes that are interleaved", () => {
    const { position, bands } = classOrder([1, 0, 1, 0, -1], ["CEX", "PG"]);
    expect([...position]).toEqual([0, 2, 1, 3, 4]);
    expect(bands).toEqual([
      { name: "PG", start: 0, end: 2 },
      { name: "CEX", start: 2, end: 4 },
      { name: null, start: 4, end: 5 },
    ]);
  });

  it("has no bands without labels", () => {
    const { position, bands } = classOrder([-1, -1, -1], []);
    expect([...position]).toEqual([0, 1, 2]);
    expect(bands).toEqual([]);
  });

  it("puts unlabelled images last, wherever they stand", () => {
    const { position } = classOrder([-1, 0], ["CEX"]);
    expect([...position]).toEqual([1, 0]);
  });
});
