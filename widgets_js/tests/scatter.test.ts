import { describe, expect, it } from "vitest";
import { markAlpha, rowsByGroup } from "../src/core/scatter_marks.ts";
import { axisOf, markRadius, pixels, tickLabels } from "../src/core/scatter_scale.ts";

describe("axisOf", () => {
  it("leaves room on both sides and ticks inside", () => {
    const axis = axisOf([-10, 30], { count: 5, room: 0.1 });
    expect([axis.min, axis.max]).toEqual([-14, 34]);
    expect(axis.ticks).toEqual([-10, 0, 10, 20, 30]);
    expect(axis.labels).toEqual(["−10", "0", "10", "20", "30"]);
  });

  it("ends on round numbers without passing the bounds", () => {
    const entropies = axisOf([5.9, 7.6], { count: 5, room: 0.05, nice: true, lowest: 0, highest: 8 });
    expect([entropies.min, entropies.max]).toEqual([5.5, 8]);
    expect(entropies.labels).toEqual(["5.5", "6.0", "6.5", "7.0", "7.5", "8.0"]);
    const full = axisOf([0.1, 8], { count: 5, room: 0.05, nice: true, lowest: 0, highest: 8 });
    expect([full.min, full.max]).toEqual([0, 8]);
  });

  it("gives constant, empty and undefined data an axis", () => {
    const constant = axisOf([3, 3], { count: 5 });
    expect(constant.min).toBeLessThan(3);
    expect(constant.max).toBeGreaterThan(3);
    expect(axisOf([NaN, 1, 3], { count: 5, room: 0 })).toMatchObject({ min: 1, max: 3 });
    expect(axisOf([], { count: 5, room: 0 })).toMatchObject({ min: 0, max: 1 });
    const black = axisOf([0, 0], { count: 5, room: 0.05, nice: true, lowest: 0, highest: 8 });
    expect(black.min).toBe(0);
    expect(black.max).toBeGreaterThan(0);
  });
});

describe("tickLabels", () => {
  it("gives all ticks the same decimals, a real minus and no negative zero", () => {
    expect(tickLabels([-0.5, 0, 0.5])).toEqual(["−0.5", "0.0", "0.5"]);
    expect(tickLabels([-0, 5])).toEqual(["0", "5"]);
    expect(tickLabels([0, 2.5, 5])).toEqual(["0.0", "2.5", "5.0"]);
    expect(tickLabels([0.01, 0.02])).toEqual(["0.01", "0.02"]);
  });
});

it("maps the axis onto pixels, upwards too", () => {
  const axis = axisOf([0, 10], { count: 5, room: 0 });
  expect(pixels(axis, 100, 200)(5)).toBe(150);
  expect(pixels(axis, 200, 0)(10)).toBe(0);
});

it("draws fewer marks larger and stronger", () => {
  expect(markRadius(26)).toBe(5);
  expect(markRadius(100_000)).toBe(1.5);
  expect(markAlpha(26)).toBe(0.92);
  expect(markAlpha(100_000)).toBeLessThan(0.5);
});

it("collects rows by group in their order", () => {
  expect(rowsByGroup([1, 0, 1, 3], 4)).toEqual([[1], [0, 2], [], [3]]);
});
