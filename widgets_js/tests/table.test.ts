import { describe, expect, it } from "vitest";
import { ImageTable, unpack } from "../src/core/table.ts";
import { packedTable } from "./fixtures.ts";

describe("ImageTable", () => {
  const table = new ImageTable(packedTable(4));

  it("finds rows by id", () => {
    expect(table.row("cex/CEX (2).png")).toBe(1);
    expect(table.row("unknown.png")).toBe(-1);
    expect(table.row(null)).toBe(-1);
  });

  it("lists neighbours up to the first that is missing", () => {
    expect(table.neighbors(3, 2)).toEqual([{ index: 0, similarity: 0.5 }]);
  });

  it("has no CAM where the map shows no evidence", () => {
    expect(table.cam(0)).toBeNull();
    expect([...table.cam(2)!]).toEqual([0, 0, 0, 2]);
  });

  it("names classes, and none for images without", () => {
    expect(table.labelName(1)).toBe("PG");
    expect(table.predictedName(1)).toBeNull();
  });

  it("counts groups and scenes", () => {
    expect(table.groupCounts).toEqual([2, 2]);
    expect(table.sceneCounts.size).toBe(2);
  });

  it("reads bytes that do not start at a multiple of their size", () => {
    const bytes = new Uint8Array(9);
    new DataView(bytes.buffer).setFloat32(1, 1.5, true);
    new DataView(bytes.buffer).setFloat32(5, -2, true);
    const packed = { dtype: "float32" as const, shape: [2], data: new DataView(bytes.buffer, 1, 8) };
    expect([...unpack(packed)]).toEqual([1.5, -2]);
  });
});
