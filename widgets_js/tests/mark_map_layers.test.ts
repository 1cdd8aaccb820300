import { beforeAll, describe, expect, it } from "vitest";
import { clusterColors } from "../src/mark_map/cluster_colors.ts";
import { Looks } from "../src/mark_map/looks.ts";
import { nameOf } from "../src/mark_map/names.ts";
import { PointGrid } from "../src/mark_map/point_grid.ts";
import { Scene } from "../src/mark_map/scene.ts";
import { roundDot, stampOf, StampLayer } from "../src/mark_map/stamps.ts";
import { MarkState } from "../src/mark_map/state.ts";
import { pack } from "./fixtures.ts";
import { mapModel, packedScene } from "./mark_fixtures.ts";

/** Places that look random in 1,000 x 1,000 pixels and are always the same. */
function scatter(n: number): [Float32Array, Float32Array] {
  let value = 1;
  const next = () => {
    value = (value * 48271) % 2147483647;
    return (1000 * value) / 2147483647;
  };
  return [Float32Array.from({ length: n }, next), Float32Array.from({ length: n }, next)];
}

describe("the grid of points", () => {
  const [x, y] = scatter(3000);
  const points = Int32Array.from({ length: 3000 }, (_, i) => i);
  const grid = new PointGrid(x, y, points);

  it("finds the points of a box, and those alone", () => {
    for (const box of [{ x: 100, y: 200, width: 333, height: 50 }, { x: -50, y: -50, width: 2000, height: 2000 }, { x: 400, y: 400, width: 0, height: 0 }]) {
      const found: number[] = [];
      grid.visit(box, (point) => found.push(point));
      const expected = [...points].filter((i) => x[i] >= box.x && x[i] <= box.x + box.width && y[i] >= box.y && y[i] <= box.y + box.height);
      expect(found.sort((a, b) => a - b)).toEqual(expected);
    }
    const beside: number[] = [];
    grid.spans({ x: 5000, y: 5000, width: 10, height: 10 }, (from) => beside.push(from));
    expect(beside).toEqual([]);
  });

  it("finds the nearest point that is accepted, within reach", () => {
    const away = (i: number) => Math.hypot(x[i] - 500, y[i] - 500);
    const order = [...points].sort((a, b) => away(a) - away(b));
    expect(grid.nearest(500, 500, 100)).toBe(order[0]);
    expect(grid.nearest(500, 500, 100, (i) => i !== order[0])).toBe(order[1]);
    expect(grid.nearest(500, 500, away(order[0]) / 2)).toBe(-1);
  });

  it("takes no point, one, and all in one place", () => {
    const few = (n: number) => new PointGrid(new Float32Array(n).fill(7), new Float32Array(n).fill(-3), Int32Array.from({ length: n }, (_, i) => i));
    expect(few(0).nearest(0, 0, 1e9)).toBe(-1);
    expect(few(1).nearest(7, -3, 1)).toBe(0);
    const all: number[] = [];
    few(500).visit({ x: 6, y: -4, width: 2, height: 2 }, (point) => all.push(point));
    expect(all).toHaveLength(500);
  });
});

describe("stamps", () => {
  beforeAll(() => {
    globalThis.ImageData ??= class {
      data: Uint8ClampedArray;
      constructor(readonly width: number, readonly height: number) {
        this.data = new Uint8ClampedArray(4 * width * height);
      }
    } as unknown as typeof ImageData;
  });

  /** Pixels [red, green, blue, alpha] of a layer, by its own column and row. */
  function shown(layer: StampLayer): { at: (x: number, y: number) => number[]; corner: number[] } {
    let image: ImageData;
    let corner: number[] = [];
    layer.show({ putImageData: (data: ImageData, x: number, y: number) => ([image, corner] = [data, [x, y]]) } as unknown as CanvasRenderingContext2D);
    return { corner, at: (x, y) => [...image.data.subarray(4 * (y * image.width + x), 4 * (y * image.width + x) + 4)] };
  }

  it("put a dot where it belongs, with a dark rim", () => {
    const layer = new StampLayer();
    layer.clear({ x: 0, y: 0, width: 20, height: 20 });
    layer.put(roundDot(2, [255, 200, 100, 1]), 10.25, 5.25);
    const { at } = shown(layer);
    expect(at(10, 5)).toEqual([255, 200, 100, 255]);
    const rim = at(10, 2);
    expect(rim[3]).toBeGreaterThan(50);
    expect(rim[0]).toBeLessThan(60);
    expect(at(15, 5)[3]).toBe(0);
  });

  it("are cut off at the edges of their part of the canvas", () => {
    const layer = new StampLayer();
    layer.clear({ x: 100, y: 50, width: 8, height: 8 });
    const dot = roundDot(3, [255, 255, 255, 1]);
    for (const [x, y] of [[100, 50], [107.9, 57.9], [-500, 0], [1e6, 1e6]]) layer.put(dot, x, y);
    const { at, corner } = shown(layer);
    expect(corner).toEqual([100, 50]);
    expect(at(0, 0)[3]).toBe(255);
    expect(at(7, 7)[3]).toBe(255);
    expect(at(7, 0)[3]).toBe(0);
    layer.clear({ x: 100, y: 50, width: 8, height: 8 });
    expect(shown(layer).at(0, 0)[3]).toBe(0);
  });

  it("lie over one another as pictures do", () => {
    const layer = new StampLayer();
    layer.clear({ x: 0, y: 0, width: 5, height: 5 });
    const dot = (...color: number[]) => {
      const bytes = new Uint8ClampedArray(36);
      bytes.set(color, 16);
      return stampOf(bytes, 3);
    };
    layer.over(dot(0, 0, 200, 255), 2.5, 2.5);
    layer.over(dot(200, 0, 0, 128), 2.5, 2.5);
    const [red, green, blue, alpha] = shown(layer).at(2, 2);
    expect([red, green, blue].map((value) => Math.round(value / 10))).toEqual([10, 0, 10]);
    expect(alpha).toBe(255);
    layer.over(dot(9, 9, 9, 128), 0.5, 0.5);
    expect(shown(layer).at(0, 0)).toEqual([9, 9, 9, 128]);
  });
});

describe("colours of clusters", () => {
  it("differ between neighbours, and are the same each time", () => {
    const n = 400;
    const packed = packedScene();
    const [x, y] = scatter(n);
    const scene = new Scene({
      ...packed,
      images: ["a"],
      instance: {
        ...packed.instance,
        ids: Array.from({ length: n }, (_, i) => `a_${i}`),
        image: pack(new Array<number>(n).fill(0), "int32"),
        x: pack([...x], "float32"),
        y: pack([...y], "float32"),
      },
    });
    const colors = clusterColors(scene);
    expect(clusterColors(scene)).toEqual(colors);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < i; j++) {
        const away = Math.hypot(scene.x[i] - scene.x[j], scene.y[i] - scene.y[j]);
        if (away < 20) expect(colors[i]).not.toBe(colors[j]);
      }
    }
    expect(new Set(colors).size).toBe(8);
  });
});

describe("looks", () => {
  function setUp() {
    const state = new MarkState(mapModel(), new AbortController().signal);
    return { state, looks: new Looks(state, state.signal) };
  }

  it("show a tie in both colours until it is settled", () => {
    const { state, looks } = setUp();
    expect(looks.glyph(1)).toMatchObject({ label: 0, other: 1, doubtful: true, settled: false, present: true });
    state.settle(1, { exists: true, label: 1 });
    expect(looks.glyph(1)).toMatchObject({ label: 1, other: -1, doubtful: false, settled: true, exists: 1 });
  });

  it("show a tie that was left without a class in the colours of those that lead", () => {
    const { state, looks } = setUp();
    state.scene.label[1] = -1;
    expect(looks.glyph(1)).toMatchObject({ label: 0, other: 1 });
    state.settle(1, { exists: true, label: null });
    expect(looks.glyph(1)).toMatchObject({ label: -1, other: -1 });
  });

  it("are one number for rows that look the same, -1 for what is hidden", () => {
    const { state, looks } = setUp();
    const before = looks.all;
    expect(before[0]).not.toBe(before[1]);
    state.showClass(2, false);
    expect(looks.all[5]).toBe(-1);
    // The selected one is shown whatever the filter.
    state.select(5);
    expect(looks.all[5]).toBeGreaterThanOrEqual(0);
    state.settle(2, { exists: true, label: 3 });
    state.settle(3, { exists: true, label: 3 });
    expect(looks.all[2]).toBe(looks.all[3]);
  });

  it("have names that say what is open", () => {
    const { state } = setUp();
    expect([0, 1, 4].map((row) => nameOf(state, row))).toEqual(["particle", "particle or cluster", "left out, 30 %"]);
    state.settle(1, { exists: true, label: 1 });
    state.settle(0, { exists: false, label: null });
    expect([0, 1].map((row) => nameOf(state, row))).toEqual(["no instance", "cluster"]);
  });
});
