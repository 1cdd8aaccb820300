import { describe, expect, it } from "vitest";
import { unpack } from "../src/core/packed.ts";
import { ImageTable } from "../src/core/table.ts";
import { pack, packedTable } from "./fixtures.ts";

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

  it("gives the probability of every class, and none without a prediction", () => {
    const many = new ImageTable({
      ...packedTable(2),
      class_names: ["a", "b", "c"],
      class_probability: pack([0.25, 0.5, 0.25, NaN, NaN, NaN], "float32", [2, 3]),
      predicted_codes: pack([1, -1], "int32"),
    });
    expect(many.classShares(0)).toEqual([
      { name: "a", probability: 0.25 },
      { name: "b", probability: 0.5 },
      { name: "c", probability: 0.25 },
    ]);
    expect(many.classShares(1)).toEqual([]);
    expect(table.classShares(0)).toEqual([]);
  });

  it("calls unfamiliar what is farther than known images, and says who judged", () => {
    const judged = new ImageTable({
      ...packedTable(3),
      unfamiliarity: pack([1, 1.01, NaN], "float32"),
      cross_validated: pack([1, 0, 1], "uint8"),
      predicted_codes: pack([0, 1, -1], "int32"),
    });
    expect([0, 1, 2].map((row) => judged.unfamiliar(row))).toEqual([false, true, false]);
    expect([0, 1, 2].map((row) => judged.judgedUnseen(row))).toEqual([true, false, null]);
    expect(table.unfamiliar(0)).toBe(false);
    expect(table.judgedUnseen(0)).toBeNull();
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
