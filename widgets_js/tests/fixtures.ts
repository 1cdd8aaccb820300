// A small analysis for tests: n images in two classes and two groups, neighbours in a ring.

import { LocalModel } from "../src/core/model.ts";
import type { PackedArray } from "../src/core/packed.ts";
import type { PackedTable } from "../src/core/table.ts";

type Dtype = PackedArray["dtype"];
const KINDS = { uint8: Uint8Array, uint16: Uint16Array, int32: Int32Array, uint32: Uint32Array, float32: Float32Array };

export function pack(values: number[], dtype: Dtype, shape = [values.length]): PackedArray {
  const array = new KINDS[dtype](values);
  return { dtype, shape, data: new DataView(array.buffer) };
}

export function packedTable(n: number): PackedTable {
  const rows = Array.from({ length: n }, (_, i) => i);
  return {
    ids: rows.map((i) => `cex/CEX (${i + 1}).png`),
    names: rows.map((i) => `CEX (${i + 1})`),
    headers: rows.map(() => ""),
    labels: ["CEX", "PG"],
    label_codes: pack(rows.map((i) => i % 2), "int32"),
    predicted_codes: pack(rows.map(() => -1), "int32"),
    probability: pack(rows.map(() => NaN), "float32"),
    confidence: pack(rows.map(() => NaN), "float32"),
    entropy: pack(rows.map((i) => i % 8), "float32"),
    scene: pack(rows.map((i) => Math.floor(i / 2)), "int32"),
    pca_x: pack(rows, "float32"),
    pca_y: pack(rows.map((i) => -i), "float32"),
    cluster: pack(rows.map((i) => i % 2), "int32"),
    neighbors: pack(rows.flatMap((i) => [(i + 1) % n, -1]), "int32", [n, 2]),
    similarity: pack(rows.flatMap(() => [0.5, 0]), "float32", [n, 2]),
    tile_sizes: pack(rows.flatMap(() => [128, 64]), "uint8", [n, 2]),
    cams: pack(rows.flatMap((i) => [0, 0, 0, i]), "uint8", [n, 2, 2]),
    explained_variance: [0.6, 0.3],
    n_clusters: 2,
    title: "test",
    model_name: "",
    cam_layer: "",
    head: "",
    class_names: ["CEX", "PG"],
    class_probability: null,
    unfamiliarity: null,
    cross_validated: null,
  };
}

export function storeModel(n: number): LocalModel {
  return new LocalModel({
    _table: packedTable(n),
    _layout: { page: 256, columns: 2, cell: 128 },
    _pages: [],
    _pictures: [],
    _messages: [],
    selected: null,
    picked: [],
    hidden_groups: [],
    cam_share: 0.16,
    cam_opacity: 0.5,
  });
}
