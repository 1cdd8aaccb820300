import { describe, expect, it, vi } from "vitest";
import { DrawQueue } from "../src/cam_accordion/draw_queue.ts";
import { GAP, indexAt, layoutStrip, NARROWEST, pictureBox, sliceAt } from "../src/cam_accordion/layout.ts";
import { rowsOfClass, scenesOf } from "../src/cam_accordion/rows.ts";

const open = (...pairs: [number, number][]) => new Map(pairs);

describe("layoutStrip", () => {
  it("fills the strip whatever the number of slices", () => {
    for (let count = 1; count <= 30; count++) {
      for (const wishes of [open(), open([0, 200]), open([0, 200], [count - 1, 150])]) {
        const strip = layoutStrip(count, 750, wishes);
        const last = sliceAt(strip, count - 1);
        expect(last.x + last.width).toBeCloseTo(750, 6);
      }
    }
  });

  it("gives the open slice its whole picture, and its neighbours yield alike", () => {
    const strip = layoutStrip(10, 709, open([4, 200]));
    expect(sliceAt(strip, 4).width).toBe(200);
    // 709 - 9 gaps - 200 leaves 500 for nine.
    expect(sliceAt(strip, 0).width).toBeCloseTo(500 / 9, 9);
    expect(sliceAt(strip, 5).x).toBeCloseTo(4 * (500 / 9 + GAP) + 200 + GAP, 9);
  });

  it("never narrows a slice by opening it", () => {
    const rest = sliceAt(layoutStrip(3, 602, open()), 1).width;
    expect(rest).toBe(200);
    expect(sliceAt(layoutStrip(3, 602, open([1, 150])), 1).width).toBe(200);
  });

  it("scrolls once the slices would be too narrow", () => {
    const strip = layoutStrip(1000, 750, open([3, 180]));
    expect(strip.closed).toBe(NARROWEST);
    expect(strip.length).toBe(999 * NARROWEST + 180 + 999 * GAP);
  });

  it("scales open slices down where nothing is left for the others", () => {
    const strip = layoutStrip(8, 250, open([2, 200], [5, 200]));
    const last = sliceAt(strip, 7);
    expect(last.x + last.width).toBeCloseTo(250, 6);
    expect(sliceAt(strip, 0).width).toBeGreaterThanOrEqual(6);
  });
});

describe("indexAt", () => {
  it("is the inverse of sliceAt, open slices or not", () => {
    for (const wishes of [open(), open([0, 180]), open([3, 180], [17, 90])]) {
      for (const [count, width] of [[20, 700], [300, 700]]) {
        const strip = layoutStrip(count, width, wishes);
        for (let i = 0; i < count; i++) {
          const slice = sliceAt(strip, i);
          expect(indexAt(strip, slice.x + 0.01)).toBe(i);
          expect(indexAt(strip, slice.x + slice.width - 0.01)).toBe(i);
        }
      }
    }
  });

  it("stays inside the strip", () => {
    const strip = layoutStrip(5, 500, open());
    expect(indexAt(strip, -50)).toBe(0);
    expect(indexAt(strip, 9999)).toBe(4);
  });

  it("keeps the pointer on the slice that it opened", () => {
    // Wherever on a closed slice the pointer is, it is on the same slice once that is open.
    const before = layoutStrip(16, 750, open());
    for (let i = 0; i < 16; i++) {
      const { x, width } = sliceAt(before, i);
      const after = layoutStrip(16, 750, open([i, 200]));
      expect(indexAt(after, x + 0.5)).toBe(i);
      expect(indexAt(after, x + width - 0.5)).toBe(i);
    }
  });
});

describe("pictureBox", () => {
  it("fills a closed slice and shows the part that the position names", () => {
    const at = (position: number) => pictureBox(40, 200, 1, position, false);
    expect(at(0)).toEqual({ left: -0, top: 0, width: 200, height: 200 });
    expect(at(0.5).left).toBe(-80);
    expect(at(1).left).toBe(-160);
  });

  it("covers a slice that is wider than the picture", () => {
    expect(pictureBox(300, 200, 1, 0.5, false)).toEqual({ left: 0, top: -50, width: 300, height: 300 });
  });

  it("shows the whole picture in an open slice", () => {
    expect(pictureBox(200, 200, 1, 0.9, true)).toEqual({ left: 0, top: 0, width: 200, height: 200 });
    expect(pictureBox(300, 200, 1, 0.9, true).left).toBe(50);
    expect(pictureBox(200, 200, 2, 0.9, true)).toEqual({ left: 0, top: 50, width: 200, height: 100 });
  });
});

describe("rowsOfClass", () => {
  const images = { n: 5, label: Int32Array.of(0, 1, 0, -1, 0), labels: ["CEX", "PG"], scene: Int32Array.of(0, 1, 0, 2, 3) };
  const all = new Uint8Array(5).fill(1);
  it("takes the label, not the file's name", () => {
    expect(rowsOfClass(images, "CEX", all)).toEqual([0, 2, 4]);
    expect(rowsOfClass(images, "CEX", Uint8Array.of(0, 1, 1, 1, 0))).toEqual([2]);
    expect(rowsOfClass(images, "other", all)).toEqual([]);
  });

  it("takes all images, unlabelled ones too, without a class", () => {
    expect(rowsOfClass(images, null, all)).toEqual([0, 1, 2, 3, 4]);
    expect(scenesOf(images, [0, 2, 4])).toBe(2);
  });
});

describe("DrawQueue", () => {
  it("draws each waiting slice once, over as many frames as it takes, and forgets what left", () => {
    const frames: FrameRequestCallback[] = [];
    let now = 0;
    vi.stubGlobal("requestAnimationFrame", (callback: FrameRequestCallback) => frames.push(callback));
    vi.spyOn(performance, "now").mockImplementation(() => now);
    const drawn: number[] = [];
    // Each drawing takes 6 ms of a frame's 10.
    const items = [0, 1, 2, 3].map((i) => ({ draw: () => void (drawn.push(i), (now += 6)) }));
    const queue = new DrawQueue(new AbortController().signal);
    for (const item of [...items, ...items]) queue.add(item);
    queue.drop(items[2]);
    expect(frames.length).toBe(1);
    frames.shift()!(0);
    expect(drawn).toEqual([0, 1]);
    frames.shift()!(0);
    expect(drawn).toEqual([0, 1, 3]);
    expect(frames.length).toBe(0);
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
  });
});
