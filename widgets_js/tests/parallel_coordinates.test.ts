import { curveBumpX, line } from "d3-shape";
import { describe, expect, it } from "vitest";
import { axisTitle, makeAxes, rangeOf } from "../src/parallel_coordinates/axes.ts";
import { gripAt, movedRange, orderedRange, rangeMask } from "../src/parallel_coordinates/brushes.ts";
import {
  bumpParameter, bumpRise, lineAt, makeFrame, makeHeights, nearestLine, valueAt, yOf,
} from "../src/parallel_coordinates/geometry.ts";
import { drawingOrder, lineOpacity } from "../src/parallel_coordinates/lines.ts";

const images = {
  cluster: Int32Array.of(0, 1, 3),
  nClusters: 4,
  pcaX: Float32Array.of(-10, 0, 30),
  pcaY: Float32Array.of(5, 5, 5),
  entropy: Float32Array.of(6, 7, 7.5),
  confidence: Float32Array.of(NaN, NaN, NaN),
};

describe("makeAxes", () => {
  it("leaves out an axis without data", () => {
    expect(makeAxes(images).map((axis) => axis.key)).toEqual(["group", "pc1", "pc2", "entropy"]);
    const predicted = makeAxes({ ...images, confidence: Float32Array.of(80, NaN, 99) });
    expect(predicted.at(-1)).toMatchObject({ key: "confidence", domain: [80, 99] });
  });

  it("ranges over all images, opens an empty range, and counts groups from 1", () => {
    const [group, pc1, pc2] = makeAxes(images);
    expect(group.domain).toEqual([1, 4]);
    expect(group.ticks.map((tick) => tick.text)).toEqual(["1", "2", "3", "4"]);
    expect(group.values[2]).toBe(4);
    expect(pc1.domain).toEqual([-10, 30]);
    expect(pc1.ticks.map((tick) => tick.text)).toEqual(["\u221210", "0", "10", "20", "30"]);
    expect(pc2.domain).toEqual([4.5, 5.5]);
  });

  it("knows no range of nothing", () => {
    expect(rangeOf([])).toBeNull();
    expect(rangeOf([NaN, Infinity])).toBeNull();
    expect(rangeOf([NaN, 2, 1])).toEqual([1, 2]);
  });

  it("names the unit where there is room", () => {
    const entropy = makeAxes(images)[3];
    expect(axisTitle(entropy, 200)).toBe("entropy, bits");
    expect(axisTitle(entropy, 60)).toBe("entropy");
  });
});

describe("geometry", () => {
  const axes = makeAxes(images);
  const frame = makeFrame(axes.length, 400, 200);
  const heights = makeHeights(axes, frame);

  it("puts the smallest value at the bottom and the largest at the top", () => {
    expect(yOf(axes[1], frame, -10)).toBe(frame.bottom);
    expect(yOf(axes[1], frame, 30)).toBe(frame.top);
    expect(valueAt(axes[1], frame, yOf(axes[1], frame, 12))).toBeCloseTo(12, 9);
    expect(valueAt(axes[1], frame, -100)).toBe(30);
  });

  it("follows d3's bump curve", () => {
    // d3 writes M0,0 C50,0 50,80 100,80: check the curve's own point at t = 0.3.
    expect(line<[number, number]>().curve(curveBumpX)([[0, 0], [100, 80]])).toBe("M0,0C50,0,50,80,100,80");
    const t = 0.3;
    const x = 3 * 0.7 ** 2 * t * 50 + 3 * 0.7 * t ** 2 * 50 + t ** 3 * 100;
    const y = 3 * 0.7 * t ** 2 * 80 + t ** 3 * 80;
    expect(bumpParameter(x / 100)).toBeCloseTo(t, 9);
    expect(80 * bumpRise(bumpParameter(x / 100))).toBeCloseTo(y, 9);
    expect(bumpRise(bumpParameter(0.5))).toBeCloseTo(0.5, 9);
  });

  it("finds the nearest line, only among those that count, only within reach", () => {
    const x = (frame.xs[0] + frame.xs[1]) / 2;
    const y = lineAt(heights, frame, 1, x);
    expect(nearestLine(heights, frame, x, y + 2, 7, () => true)).toBe(1);
    expect(nearestLine(heights, frame, x, y + 2, 7, (row) => row !== 1)).toBe(-1);
    expect(nearestLine(heights, frame, -200, y, 7, () => true)).toBe(-1);
  });

  it("measures across a steep line, not straight up to it", () => {
    // One line that falls 1000 pixels within 100: 20 pixels to its side it is still out of reach.
    const steep = [Float32Array.of(0), Float32Array.of(1000)];
    const narrow = { width: 100, height: 1000, xs: [0, 100], top: 0, bottom: 1000 };
    expect(nearestLine(steep, narrow, 54, 500, 7, () => true)).toBe(0);
    expect(nearestLine(steep, narrow, 70, 500, 7, () => true)).toBe(-1);
  });

  it("passes over lines without a value", () => {
    const broken = [Float32Array.of(NaN, 50), Float32Array.of(50, 50)];
    const flat = { width: 100, height: 100, xs: [0, 100], top: 0, bottom: 100 };
    expect(nearestLine(broken, flat, 50, 51, 7, () => true)).toBe(1);
  });
});

describe("brushes", () => {
  it("keeps values inside, ends included, and drops missing ones", () => {
    expect([...rangeMask([1, 2, 3, 4, NaN], [2, 3])]).toEqual([0, 1, 1, 0, 0]);
  });

  it("orders and holds a range inside its axis", () => {
    expect(orderedRange(5, -3, [0, 4])).toEqual([0, 4]);
    expect(movedRange([1, 2], 10, [0, 4])).toEqual([3, 4]);
    expect(movedRange([1, 2], -10, [0, 4])).toEqual([0, 1]);
  });

  it("grips the ends, the whole, or nothing", () => {
    const brush = { top: 50, bottom: 100 };
    expect(gripAt(brush, 52, 6)).toBe("top");
    expect(gripAt(brush, 103, 6)).toBe("bottom");
    expect(gripAt(brush, 75, 6)).toBe("whole");
    expect(gripAt(brush, 130, 6)).toBe("none");
    expect(gripAt(null, 75, 6)).toBe("none");
  });
});

describe("lines", () => {
  it("are fainter the more there are", () => {
    const opacities = [1, 26, 1000, 13_664, 100_000].map(lineOpacity);
    expect([...opacities].sort((a, b) => b - a)).toEqual(opacities);
    expect(opacities[1]).toBeGreaterThan(0.6);
    expect(opacities[4]).toBeGreaterThan(0);
  });

  it("draws every row once, filtered-out rows first", () => {
    const visible = Uint8Array.from({ length: 15_838 }, (_, i) => Number(i % 3 > 0));
    const order = drawingOrder(visible);
    expect([...order].sort((a, b) => a - b)).toEqual([...visible.keys()]);
    const hidden = visible.filter((value) => value === 0).length;
    expect(order.slice(0, hidden).every((row) => visible[row] === 0)).toBe(true);
  });
});
