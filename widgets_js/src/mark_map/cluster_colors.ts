// A colour for each instance's marks, such that neighbours differ: the eye sees where one cluster
// ends. The colours say nothing else, so none of them is pink or purple, which belong to CAMs.

import { PointGrid } from "./point_grid.ts";
import type { Scene } from "./scene.ts";
import type { Ink } from "./stamps.ts";

export const CLUSTER_INKS: readonly Ink[] = [
  [86, 180, 233, 1],
  [230, 159, 0, 1],
  [64, 200, 140, 1],
  [240, 228, 90, 1],
  [240, 110, 80, 1],
  [120, 145, 255, 1],
  [166, 216, 70, 1],
  [90, 220, 220, 1],
];
/** Instances within so many times the jitter must not share a colour. */
const NEAR = 24;

/** Colour number of each row, the least used among its neighbours that have one; by row order. */
export function clusterColors(scene: Scene): Uint8Array {
  const colors = new Uint8Array(scene.n).fill(255);
  const reach = NEAR * Math.max(scene.jitter, 1e-3);
  for (let image = 0; image < scene.images.length; image++) {
    const rows = scene.rowsOf(image);
    const grid = new PointGrid(scene.x, scene.y, rows);
    for (const row of rows) {
      // The closer a neighbour, the more its colour is to be avoided.
      const weight = new Float64Array(CLUSTER_INKS.length);
      const [x, y] = [scene.x[row], scene.y[row]];
      grid.visit({ x: x - reach, y: y - reach, width: 2 * reach, height: 2 * reach }, (other) => {
        if (colors[other] === 255) return;
        const away = Math.hypot(scene.x[other] - x, scene.y[other] - y);
        weight[colors[other]] += Math.max(0, 1 - away / reach) ** 2;
      });
      // Among equals the start moves with the row, so that lone instances do not all look alike.
      let best = row % weight.length;
      for (let i = 0; i < weight.length; i++) {
        const color = (row + i) % weight.length;
        if (weight[color] < weight[best]) best = color;
      }
      colors[row] = best;
    }
  }
  return colors;
}
