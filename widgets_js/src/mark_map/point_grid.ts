// Points of one image in square cells, so that only those in view are drawn and the nearest one is
// found at once. Built in one pass; the points never move.

import type { Box } from "./viewport.ts";

/** Points a cell, on average. */
const FILL = 24;

export class PointGrid {
  /** Mean distance between neighbours, were they spread evenly; infinite for a single point. */
  readonly spacing: number;
  /** Point numbers, cell by cell, and their places in this order */
  readonly order: Int32Array;
  readonly xs: Float32Array;
  readonly ys: Float32Array;
  private readonly start: Int32Array;
  private readonly columns: number;
  private readonly rows: number;
  private readonly cell: number;
  private readonly left: number;
  private readonly top: number;

  constructor(x: Float32Array, y: Float32Array, points: Int32Array) {
    let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
    for (const i of points) {
      left = Math.min(left, x[i]);
      right = Math.max(right, x[i]);
      top = Math.min(top, y[i]);
      bottom = Math.max(bottom, y[i]);
    }
    const n = points.length;
    [this.left, this.top] = n ? [left, top] : [0, 0];
    const [width, height] = n ? [right - left, bottom - top] : [0, 0];
    this.cell = Math.max(1e-6, Math.sqrt((Math.max(width, 1e-6) * Math.max(height, 1e-6) * FILL) / Math.max(1, n)), width / 1024, height / 1024);
    this.spacing = n > 1 ? Math.sqrt((Math.max(width, 1) * Math.max(height, 1)) / n) : Infinity;
    this.columns = Math.floor(width / this.cell) + 1;
    this.rows = Math.floor(height / this.cell) + 1;
    this.start = new Int32Array(this.columns * this.rows + 1);
    const cells = points.map((i) => this.cellOf(x[i], y[i]));
    for (const cell of cells) this.start[cell + 1]++;
    for (let c = 0; c < this.columns * this.rows; c++) this.start[c + 1] += this.start[c];
    const next = this.start.slice(0, -1);
    this.order = new Int32Array(n);
    points.forEach((i, at) => {
      this.order[next[cells[at]]++] = i;
    });
    this.xs = Float32Array.from(this.order, (i) => x[i]);
    this.ys = Float32Array.from(this.order, (i) => y[i]);
  }

  /** Calls back with stretches (from, to) of the order that hold every point of a box, and others near it. */
  spans(box: Box, callback: (from: number, to: number) => void): void {
    const [c0, c1] = this.range(box.x - this.left, box.width, this.columns);
    const [r0, r1] = this.range(box.y - this.top, box.height, this.rows);
    if (c1 < c0) return;
    // Cells of a row lie side by side in the order.
    for (let r = r0; r <= r1; r++) callback(this.start[r * this.columns + c0], this.start[r * this.columns + c1 + 1]);
  }

  /** Calls back with every point in a box. */
  visit({ x, y, width, height }: Box, callback: (point: number, x: number, y: number) => void): void {
    const { order, xs, ys } = this;
    this.spans({ x, y, width, height }, (from, to) => {
      for (let at = from; at < to; at++) {
        if (xs[at] >= x && ys[at] >= y && xs[at] <= x + width && ys[at] <= y + height) callback(order[at], xs[at], ys[at]);
      }
    });
  }

  /** The accepted point nearest to a place within a reach, -1 when there is none. */
  nearest(x: number, y: number, reach: number, accept: (point: number) => boolean = () => true): number {
    let best = -1;
    let least = reach * reach;
    this.visit({ x: x - reach, y: y - reach, width: 2 * reach, height: 2 * reach }, (point, px, py) => {
      const away = (px - x) ** 2 + (py - y) ** 2;
      if (away <= least && accept(point)) [best, least] = [point, away];
    });
    return best;
  }

  private cellOf(x: number, y: number): number {
    const column = Math.min(this.columns - 1, Math.floor((x - this.left) / this.cell));
    const row = Math.min(this.rows - 1, Math.floor((y - this.top) / this.cell));
    return row * this.columns + column;
  }

  /** First and last cell along an axis; last before first where the box lies beside them all. */
  private range(from: number, length: number, cells: number): [number, number] {
    return [
      Math.max(0, Math.floor(from / this.cell)),
      Math.min(cells - 1, Math.floor((from + length) / this.cell)),
    ];
  }
}
