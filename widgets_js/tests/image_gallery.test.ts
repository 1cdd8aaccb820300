import { describe, expect, it } from "vitest";
import { ImageTable } from "../src/core/table.ts";
import { imageFacts } from "../src/image_gallery/details.ts";
import { cellAt, cellsInView, indexAfterKey, makeGrid, offsetToShow } from "../src/image_gallery/grid.ts";
import { shownRows, sortedRows, sortKeys } from "../src/image_gallery/order.ts";
import { pack, packedTable } from "./fixtures.ts";

describe("makeGrid", () => {
  it("keeps cells between about 64 and 100 pixels in panels of any width", () => {
    for (let width = 150; width <= 1600; width += 7) {
      const { cell, columns, strip } = makeGrid(500, width, 600);
      expect(strip).toBe(false);
      expect(cell).toBeGreaterThanOrEqual(60);
      expect(cell).toBeLessThanOrEqual(100);
      expect(columns * (cell + 4) - 4).toBeLessThanOrEqual(width);
    }
  });

  it("has the length of its lines", () => {
    // 360 px: four columns of 87; 26 images make seven lines.
    const grid = makeGrid(26, 360, 600);
    expect(grid).toMatchObject({ columns: 4, cell: 87, length: 7 * 91 - 4 });
    expect(makeGrid(0, 360, 600).length).toBe(0);
  });

  it("is one strip where the room is wide and low", () => {
    const grid = makeGrid(10, 600, 90);
    expect(grid).toMatchObject({ strip: true, cell: 90, length: 10 * 94 - 4 });
    expect(cellAt(grid, 3)).toEqual({ x: 282, y: 0 });
  });
});

describe("cellsInView", () => {
  it("holds the lines in view and two more on each side, whatever the number of images", () => {
    const grid = makeGrid(13_664, 360, 600);
    expect(cellsInView(grid, 0, 600)).toEqual([0, 9 * 4]);
    const [first, last] = cellsInView(grid, 100_000, 600);
    expect(first).toBe((Math.floor(100_000 / 91) - 2) * 4);
    expect(last - first).toBeLessThan(60);
    expect(cellsInView(grid, grid.length - 600, 600)[1]).toBe(13_664);
  });
});

describe("offsetToShow", () => {
  const grid = makeGrid(100, 360, 300);
  it("does not move for a cell in view, and moves least for one outside", () => {
    expect(offsetToShow(grid, 4, 50, 300)).toBe(50);
    expect(offsetToShow(grid, 0, 50, 300)).toBe(0);
    // The sixth line ends at 5 * 91 + 87; a gap stays below it.
    expect(offsetToShow(grid, 20, 0, 300)).toBe(5 * 91 + 87 + 4 - 300);
  });
});

describe("indexAfterKey", () => {
  const grid = makeGrid(10, 360, 600);
  it("moves by one, by a line, and to the ends", () => {
    expect(indexAfterKey(grid, 5, "ArrowRight")).toBe(6);
    expect(indexAfterKey(grid, 0, "ArrowLeft")).toBe(0);
    expect(indexAfterKey(grid, 1, "ArrowDown")).toBe(5);
    expect(indexAfterKey(grid, 5, "ArrowUp")).toBe(1);
    expect(indexAfterKey(grid, 2, "ArrowUp")).toBe(2);
    expect(indexAfterKey(grid, 7, "ArrowDown")).toBe(9);
    expect(indexAfterKey(grid, 9, "ArrowDown")).toBe(9);
    expect(indexAfterKey(grid, 5, "Home")).toBe(0);
    expect(indexAfterKey(grid, 5, "End")).toBe(9);
    expect(indexAfterKey(grid, 5, "a")).toBeNull();
  });
});

describe("sortedRows", () => {
  const images = {
    n: 4,
    entropy: Float32Array.of(7, 5, 7, 6),
    cluster: Int32Array.of(1, 0, 1, 0),
    confidence: Float32Array.of(80, NaN, 99, NaN),
    unfamiliarity: Float32Array.of(0.2, 3, 0.1, 0.9),
    scene: Int32Array.of(0, 1, 0, 2),
  };
  it("sorts by value, ties in order of names, missing values last either way", () => {
    expect([...sortedRows(images, "name", false)]).toEqual([0, 1, 2, 3]);
    expect([...sortedRows(images, "name", true)]).toEqual([3, 2, 1, 0]);
    expect([...sortedRows(images, "entropy", false)]).toEqual([1, 3, 0, 2]);
    expect([...sortedRows(images, "entropy", true)]).toEqual([0, 2, 3, 1]);
    expect([...sortedRows(images, "group", false)]).toEqual([1, 3, 0, 2]);
    expect([...sortedRows(images, "confidence", false)]).toEqual([0, 2, 1, 3]);
    expect([...sortedRows(images, "confidence", true)]).toEqual([2, 0, 1, 3]);
    expect([...sortedRows(images, "unfamiliarity", true)]).toEqual([1, 3, 0, 2]);
  });

  it("offers only what some image has", () => {
    expect(sortKeys(images)).toEqual(["name", "entropy", "group", "confidence", "unfamiliarity"]);
    expect(sortKeys({ confidence: Float32Array.of(NaN, NaN), unfamiliarity: null })).toEqual(["name", "entropy", "group"]);
  });
});

describe("shownRows", () => {
  const sorted = Uint32Array.of(0, 1, 2, 3, 4);
  const scene = [0, 1, 0, 0, 2];
  it("leaves out what a filter hides", () => {
    expect(shownRows(sorted, Uint8Array.of(1, 0, 1, 1, 0), null)).toEqual({ rows: [0, 2, 3], stack: [1, 1, 1] });
  });

  it("shows one image a scene and counts the visible ones that it stands for", () => {
    const all = new Uint8Array(5).fill(1);
    expect(shownRows(sorted, all, { scene, selected: -1 })).toEqual({ rows: [0, 1, 4], stack: [3, 1, 1] });
    expect(shownRows(sorted, Uint8Array.of(0, 1, 1, 1, 1), { scene, selected: -1 })).toEqual({ rows: [1, 2, 4], stack: [1, 2, 1] });
  });

  it("lets the selected image stand for its scene", () => {
    const all = new Uint8Array(5).fill(1);
    expect(shownRows(sorted, all, { scene, selected: 3 })).toEqual({ rows: [3, 1, 4], stack: [3, 1, 1] });
  });
});

describe("imageFacts", () => {
  it("says that an image is unfamiliar beside its confidence", () => {
    const table = { ...packedTable(2), unfamiliarity: pack([2.34, 0.5], "float32") };
    const images = new ImageTable(table);
    (images.confidence as Float32Array).fill(90);
    expect(imageFacts({ images }, 0)[2]).toEqual(["confidence", "90.0 %, unfamiliar (2.3)"]);
    expect(imageFacts({ images }, 1)[2]).toEqual(["confidence", "90.0 %"]);
  });

  it("states six lines with the seed's decimals", () => {
    const table = packedTable(2);
    const images = new ImageTable(table);
    (images.confidence as Float32Array)[0] = 98.17;
    (images.predicted as Int32Array)[0] = 1;
    (images.entropy as Float32Array)[0] = 7.554;
    images.headers[0] = "2021-02-04 18:17:16";
    expect(imageFacts({ images }, 0)).toEqual([
      ["file", "cex/CEX (1).png"],
      ["classification", "CEX, predicted PG"],
      ["confidence", "98.2 %"],
      ["group", "group 1"],
      ["entropy", "7.55 bits"],
      ["taken", "2021-02-04 18:17:16"],
    ]);
  });

  it("says so when nothing was predicted or dated", () => {
    const facts = new Map(imageFacts({ images: new ImageTable(packedTable(2)) }, 1));
    expect(facts.get("classification")).toBe("PG");
    expect(facts.get("confidence")).toBe("\u2013");
    expect(facts.get("taken")).toBe("\u2013");
  });
});
