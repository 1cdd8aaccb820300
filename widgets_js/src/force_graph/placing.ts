// Where new pictures first stand. A layout that starts from meaningful places needs fewer steps, and
// the same start gives the same picture.

import type { Box } from "./frame.ts";
import type { NeighborGraph } from "./neighbor_graph.ts";

/** Golden angle: points added one by one around a centre never fall on one another. */
const TURN = Math.PI * (3 - Math.sqrt(5));

/** Places of all rows by the PCA's two components, filling the frame. */
export function placeByComponents(rows: number[], pcaX: ArrayLike<number>, pcaY: ArrayLike<number>, box: Box): [Float32Array, Float32Array] {
  const spread = (values: ArrayLike<number>, size: number, flip: boolean) => {
    let low = Infinity;
    let high = -Infinity;
    for (const row of rows) {
      low = Math.min(low, values[row]);
      high = Math.max(high, values[row]);
    }
    const range = high - low;
    return Float32Array.from(rows, (row) => {
      const share = range > 0 ? (values[row] - low) / range : 0.5;
      return size * (0.1 + 0.8 * (flip ? 1 - share : share));
    });
  };
  return [spread(pcaX, box.width, false), spread(pcaY, box.height, true)];
}

/** Old nodes keep their places; new ones start around a neighbour that has one. */
export function placeBeside(graph: NeighborGraph, oldX: Float32Array, oldY: Float32Array, box: Box): [Float32Array, Float32Array] {
  const n = graph.rows.length;
  const x = new Float32Array(n).fill(NaN);
  const y = new Float32Array(n).fill(NaN);
  x.set(oldX.subarray(0, n));
  y.set(oldY.subarray(0, n));
  const reach = Math.min(60, 0.15 * Math.min(box.width, box.height));
  for (let i = oldX.length; i < n; i++) {
    const known = graph.linksOf(i).map(({ a, b }) => (a === i ? b : a)).find((other) => !Number.isNaN(x[other]));
    const angle = i * TURN;
    const [fromX, fromY] = known === undefined ? [box.width / 2, box.height / 2] : [x[known], y[known]];
    // The very first picture stands in the middle.
    const distance = known === undefined && i === 0 ? 0 : reach;
    x[i] = fromX + distance * Math.cos(angle);
    y[i] = fromY + distance * Math.sin(angle);
  }
  return [x, y];
}
