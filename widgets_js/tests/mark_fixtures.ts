// A small scene of marks for tests: two images, four classes, six places of every kind of doubt.

import { LocalModel } from "../src/core/model.ts";
import type { PackedScene } from "../src/mark_map/scene.ts";
import { pack } from "./fixtures.ts";

export const CLASSES = ["particle", "cluster", "atom", "debris"];

/**
 * Rows: 0 sure; 1 tie of cluster and particle; 2 class unsure; 3 may not exist; 4 a candidate that
 * was left out; 5 sure, on the second image, where 6 is a tie without a label.
 */
export function packedScene(changes: Partial<PackedScene> = {}): PackedScene {
  const shares = [
    [0.98, 0.02, 0, 0], [0.5, 0.5, 0, 0], [0.55, 0.3, 0.15, 0], [0.97, 0.03, 0, 0],
    [0.9, 0.1, 0, 0], [0, 0, 0.99, 0.01], [0.4, 0.2, 0, 0.4],
  ];
  const votes = [[14, 0, 0, 0], [7, 7, 0, 0], [6, 4, 2, 0], [4, 0, 0, 0], [1, 0, 0, 0], [0, 0, 12, 0], [4, 2, 0, 4]];
  return {
    images: ["a.png", "b, c.png"],
    classes: CLASSES,
    title: "Au/Ge run 3",
    jitter: 3,
    min_probability: 0.5,
    review: pack([1, 6, 2, 3, 4], "int32"),
    instance: {
      ids: ["a_0", "a_1", "a_2", "a_3", "a_4", "b, c_5", "b, c_6"],
      image: pack([0, 0, 0, 0, 0, 1, 1], "int32"),
      x: pack([10, 20.25, 30, 40, 50, 12, 60], "float32"),
      y: pack([10, 21.5, 30, 40, 50, 34, 60], "float32"),
      radius: pack([4, 4, 4, 4, 4, 4, 4], "float32"),
      p_exists: pack([0.999, 0.98, 0.97, 0.6, 0.3, 0.99, 0.95], "float32"),
      label: pack([0, 0, 0, 0, 0, 2, -1], "int32"),
      p_label: pack(shares.flat(), "float32", [7, 4]),
      tie: pack([0, 1, 0, 0, 0, 0, 1], "uint8"),
      entropy: pack([0.1, 1, 1.4, 0.2, 0.5, 0.1, 1.5], "float32"),
      doubt: pack([0.02, 0.51, 0.47, 0.42, 0.3, 0.02, 0.62], "float32"),
      n_marks: pack([14, 14, 12, 4, 1, 12, 10], "int32"),
      n_readers: pack([12, 11, 10, 4, 1, 11, 9], "int32"),
      n_chances: pack([16, 16, 14, 14, 14, 14, 14], "int32"),
      votes: pack(votes.flat(), "float32", [7, 4]),
    },
    mark: {
      x: pack([10, 20, 12], "float32"),
      y: pack([11, 21, 33], "float32"),
      instance: pack([0, 1, 5], "int32"),
      volunteer: pack([0, 1, 0], "int32"),
    },
    mark_start: pack([0, 2, 3], "int32"),
    ...changes,
  };
}

export function mapModel(changes: Partial<PackedScene> = {}): LocalModel {
  return new LocalModel({
    _scene: packedScene(changes),
    _layout: { tile: 512, images: [{ width: 64, height: 64, levels: 0 }, { width: 64, height: 64, levels: 0 }] },
    _held: {},
    image_id: "a.png",
    selected: null,
    stage: "particles",
    settled: [],
    height: 640,
  });
}
