// Points of a scatter as group marks, batched by group so that 100,000 of them draw in one go.

import { groupShape, traceShape } from "./groups.ts";
import type { Theme } from "./theme.ts";

/** Marks a path; a canvas slows down when one path grows without end. */
const BATCH = 512;
/** Below this radius a shape cannot be told any more, and squares fill fastest. */
const SHAPELESS = 2;
export const DIMMED = 0.12;

/** Strength of n marks: nearly full for few, lighter in a crowd, so that density shows. */
export function markAlpha(n: number): number {
  return Math.min(0.92, Math.max(0.35, Math.pow(2000 / Math.max(1, n), 0.25)));
}

/** Rows of each group, in order. */
export function rowsByGroup(cluster: ArrayLike<number>, groups: number): number[][] {
  const rows = Array.from({ length: groups }, (): number[] => []);
  for (let row = 0; row < cluster.length; row++) rows[cluster[row]].push(row);
  return rows;
}

export interface Points {
  /** Pixels, one a row; NaN leaves a row out */
  x: Float32Array;
  y: Float32Array;
  r: number;
}

/** Fills the marks whose `visible` equals `shown`. */
export function fillMarks(
  context: CanvasRenderingContext2D,
  theme: Theme,
  groups: number[][],
  points: Points,
  visible: Uint8Array,
  shown: 0 | 1,
): void {
  const { x, y, r } = points;
  groups.forEach((rows, group) => {
    const shape = groupShape(group);
    context.fillStyle = theme.group(group);
    let pending = 0;
    for (const row of rows) {
      if (visible[row] !== shown || Number.isNaN(x[row])) continue;
      if (pending === 0) context.beginPath();
      if (r < SHAPELESS) context.rect(x[row] - r, y[row] - r, 2 * r, 2 * r);
      else traceShape(context, shape, x[row], y[row], r);
      if (++pending === BATCH) {
        context.fill();
        pending = 0;
      }
    }
    if (pending > 0) context.fill();
  });
}

/** One mark lifted out of the others: larger, with an outline in the ring's colour. */
export function drawLifted(
  context: CanvasRenderingContext2D,
  theme: Theme,
  group: number,
  x: number,
  y: number,
  r: number,
  ring: number,
): void {
  context.beginPath();
  traceShape(context, groupShape(group), x, y, r);
  context.lineJoin = "round";
  // A band in the panel's colour under the ring keeps it apart from marks of the same tone.
  context.strokeStyle = theme.panel;
  context.lineWidth = 2 * ring + 2;
  context.stroke();
  context.strokeStyle = theme.ring;
  context.lineWidth = 2 * ring;
  context.stroke();
  context.fillStyle = theme.group(group);
  context.fill();
}
