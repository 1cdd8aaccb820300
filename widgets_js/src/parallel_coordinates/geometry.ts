// Where axes and lines lie, and which line is nearest to a point. CSS pixels.
// Lines are d3's bump curves: cubic Béziers between axes whose two control points lie halfway across,
// so that both the way across u and the way up s depend on the curve's parameter t alone.

import type { Axis } from "./axes.ts";

export interface Frame {
  width: number;
  height: number;
  /** x of each axis */
  xs: number[];
  /** Upper and lower end of every axis */
  top: number;
  bottom: number;
}

const MARGIN = { top: 34, right: 46, bottom: 16, left: 40 };

export function makeFrame(axes: number, width: number, height: number): Frame {
  const across = Math.max(1, width - MARGIN.left - MARGIN.right);
  const xs = Array.from({ length: axes }, (_, i) => MARGIN.left + (axes > 1 ? (across * i) / (axes - 1) : across / 2));
  return { width, height, xs, top: MARGIN.top, bottom: Math.max(MARGIN.top + 1, height - MARGIN.bottom) };
}

/** y of a value; high values are up. */
export function yOf(axis: Axis, frame: Frame, value: number): number {
  const share = (value - axis.domain[0]) / (axis.domain[1] - axis.domain[0]);
  return frame.bottom - share * (frame.bottom - frame.top);
}

export function valueAt(axis: Axis, frame: Frame, y: number): number {
  const share = (frame.bottom - y) / (frame.bottom - frame.top);
  return axis.domain[0] + Math.min(1, Math.max(0, share)) * (axis.domain[1] - axis.domain[0]);
}

/** y of every image on every axis, (axes, n); NaN where it has no value. */
export function makeHeights(axes: Axis[], frame: Frame): Float32Array[] {
  return axes.map((axis) => Float32Array.from(axis.values, (value) => yOf(axis, frame, value)));
}

/** The bump curve's parameter t at a share u of the way across: 1.5 t (1 - t) + t^3 = u. */
export function bumpParameter(u: number): number {
  let [low, high] = [0, 1];
  for (let i = 0; i < 40; i++) {
    const t = (low + high) / 2;
    if (1.5 * t * (1 - t) + t ** 3 < u) low = t;
    else high = t;
  }
  return (low + high) / 2;
}

/** Share of the way up at t: 3 t^2 - 2 t^3. */
export function bumpRise(t: number): number {
  return t * t * (3 - 2 * t);
}

/** y of one line at x, NaN where it is broken. */
export function lineAt(heights: Float32Array[], frame: Frame, row: number, x: number): number {
  const { segment, rise } = locate(frame, x);
  const [a, b] = [heights[segment][row], heights[segment + 1][row]];
  return a + (b - a) * rise;
}

function locate({ xs }: Frame, x: number): { segment: number; rise: number; slope: number } {
  let segment = 0;
  while (segment < xs.length - 2 && x > xs[segment + 1]) segment++;
  const width = xs[segment + 1] - xs[segment];
  const u = Math.min(1, Math.max(0, (x - xs[segment]) / width));
  const t = bumpParameter(u);
  // dy/dx for a rise of one pixel; 1.5 - 3 t + 3 t^2 never falls below 0.75.
  const slope = (6 * t * (1 - t)) / ((1.5 - 3 * t + 3 * t * t) * width);
  return { segment, rise: bumpRise(t), slope };
}

/**
 * Row of the line nearest to a point, -1 when none lies within `reach` pixels of it.
 * Only rows for which `counts` is true take part. O(n).
 */
export function nearestLine(
  heights: Float32Array[],
  frame: Frame,
  x: number,
  y: number,
  reach: number,
  counts: (row: number) => boolean,
): number {
  if (heights.length < 2 || x < frame.xs[0] - reach || x > frame.xs[frame.xs.length - 1] + reach) return -1;
  const { segment, rise, slope } = locate(frame, x);
  const [from, to] = [heights[segment], heights[segment + 1]];
  let best = -1;
  let distance = reach * reach;
  for (let row = 0; row < from.length; row++) {
    const climb = to[row] - from[row];
    const away = from[row] + climb * rise - y;
    // Squared; a steep line is nearer than the way straight up or down to it. NaN compares false.
    const squared = (away * away) / (1 + (climb * slope) ** 2);
    if (squared < distance && counts(row)) [best, distance] = [row, squared];
  }
  return best;
}
