import { describe, expect, it } from "vitest";
import { groupHull, traceRounded, type Point } from "../src/pca_scatter/hull.ts";
import { componentTitle } from "../src/pca_scatter/labels.ts";
import { rowsInside } from "../src/pca_scatter/lasso.ts";

describe("groupHull", () => {
  const x = [0, 4, 4, 0, 2, 9];
  const y = [0, 0, 4, 4, 2, 9];

  it("keeps the corners and leaves out what lies inside", () => {
    const hull = groupHull([0, 1, 2, 3, 4], x, y);
    expect(hull.map(String).sort()).toEqual(["0,0", "0,4", "4,0", "4,4"]);
  });

  it("draws nothing around fewer than three points", () => {
    expect(groupHull([0, 1], x, y)).toEqual([]);
    expect(groupHull([], x, y)).toEqual([]);
  });

  it("is a line's ends for points on a line and one place for equal points", () => {
    expect(groupHull([0, 2, 4, 5], x, y)).toEqual([[0, 0], [9, 9]]);
    expect(groupHull([0, 1, 2], [5, 5, 5], [7, 7, 7])).toEqual([[5, 7]]);
  });
});

describe("traceRounded", () => {
  /** Extent of the arcs that make up the outline, and the sum of their turns. */
  const trace = (polygon: Point[], margin: number) => {
    let turn = 0;
    const arcs: [number, number, number, number][] = [];
    traceRounded(
      {
        moveTo: () => undefined,
        closePath: () => undefined,
        arc: (cx: number, cy: number, _r: number, from: number, to: number) => {
          arcs.push([cx, cy, from, to]);
          // What a canvas does with a clockwise arc: forward by less than one turn.
          const span = to - from;
          turn += span >= 2 * Math.PI ? 2 * Math.PI : ((span % (2 * Math.PI)) + 2 * Math.PI) % (2 * Math.PI);
        },
      },
      polygon,
      margin,
    );
    return { arcs, turn };
  };

  it("turns once around the polygon, whichever way its corners run", () => {
    const square: Point[] = [[0, 0], [10, 0], [10, 10], [0, 10]];
    for (const polygon of [square, [...square].reverse(), [[0, 0], [8, 3]] as Point[], [[4, 4]] as Point[]]) {
      const { arcs, turn } = trace(polygon, 5);
      expect(arcs.length).toBe(polygon.length);
      expect(turn).toBeCloseTo(2 * Math.PI, 9);
    }
  });

  it("bulges outwards", () => {
    const { arcs } = trace([[0, 0], [10, 0], [10, 10], [0, 10]], 5);
    for (const [cx, cy, from] of arcs) {
      const [px, py] = [cx + 5 * Math.cos(from), cy + 5 * Math.sin(from)];
      expect(px < 0 || px > 10 || py < 0 || py > 10).toBe(true);
    }
  });
});

describe("rowsInside", () => {
  it("catches what lies inside a concave outline", () => {
    // A U: the point in its notch is outside.
    const outline: Point[] = [[0, 0], [10, 0], [10, 10], [7, 10], [7, 3], [3, 3], [3, 10], [0, 10]];
    expect(rowsInside(outline, [1, 5, 8, 5, 20, NaN], [5, 8, 8, 1, 5, 5])).toEqual([0, 2, 3]);
  });

  it("catches nothing with a mere line", () => {
    expect(rowsInside([[0, 0], [5, 5]], [1], [1])).toEqual([]);
    expect(rowsInside([], [1], [1])).toEqual([]);
  });
});

it("titles components with their share of the variance", () => {
  expect(componentTitle(1, 0.4751)).toBe("PC 1 · 48 %");
  expect(componentTitle(2, 0.004)).toBe("PC 2 · 0.4 %");
  expect(componentTitle(2, NaN)).toBe("PC 2");
  expect(componentTitle(2, undefined)).toBe("PC 2");
});
