// Draws the lines. Many thousands are drawn over several frames, so that the page stays awake.

import { curveBumpX, line } from "d3-shape";
import type { Theme } from "../core/theme.ts";
import type { ImageTable } from "../core/table.ts";
import { bumpParameter, bumpRise, type Frame } from "./geometry.ts";

/** Time in ms that drawing may take of one frame. */
const BUDGET = 10;
const CHECKED_EVERY = 64;
const LINE_WIDTH = 1.3;
/** More lines than this are hairlines, which browsers draw several times as fast. */
const HAIRLINES = 3000;
/** Pieces of a hairline between two axes */
const PIECES = 14;
const PHASES = 16;

export interface Scene {
  images: Pick<ImageTable, "n" | "cluster">;
  heights: Float32Array[];
  frame: Frame;
  visible: Uint8Array;
  theme: Theme;
}

/** Opacity of one line among n: strong when few, so faint when many that only crowds show. */
export function lineOpacity(n: number): number {
  return Math.min(0.72, Math.max(0.035, 3.6 / Math.sqrt(Math.max(1, n))));
}

export function traceLine(context: CanvasRenderingContext2D, { heights, frame }: Scene, row: number): void {
  line<Float32Array>((_, i) => frame.xs[i], (ys) => ys[row])
    .defined((ys) => !Number.isNaN(ys[row]))
    .curve(curveBumpX)
    .context(context)(heights);
}

/** The shares across and up of a hairline's joints, for each phase. */
const JOINTS = Array.from({ length: PHASES }, (_, phase) =>
  Array.from({ length: PIECES }, (_, piece) => {
    const across = (piece + (phase + 0.5) / PHASES) / PIECES;
    return { across, up: bumpRise(bumpParameter(across)) };
  }),
);

/**
 * The same curve in straight pieces. Curves are split by the browser at the same places whatever the
 * line, and where thousands of thin joints lie one above the other they show as stripes; here each
 * line's joints lie a little elsewhere.
 */
function traceHairline(context: CanvasRenderingContext2D, { heights, frame: { xs } }: Scene, row: number): void {
  const joints = JOINTS[row % PHASES];
  let broken = true;
  for (let axis = 0; axis < xs.length; axis++) {
    const y = heights[axis][row];
    if (Number.isNaN(y)) {
      broken = true;
      continue;
    }
    if (broken) context.moveTo(xs[axis], y);
    else {
      const [x0, y0] = [xs[axis - 1], heights[axis - 1][row]];
      for (const { across, up } of joints) context.lineTo(x0 + across * (xs[axis] - x0), y0 + up * (y - y0));
      context.lineTo(xs[axis], y);
    }
    broken = false;
  }
}

function drawLine(context: CanvasRenderingContext2D, scene: Scene, row: number, opacity: number): void {
  const visible = scene.visible[row] === 1;
  context.globalAlpha = visible ? opacity : Math.min(1, 1.5 * opacity);
  context.strokeStyle = visible ? scene.theme.group(scene.images.cluster[row]) : scene.theme.line;
  const hairline = scene.images.n > HAIRLINES;
  context.lineWidth = hairline ? 1 : LINE_WIDTH;
  context.beginPath();
  if (hairline) traceHairline(context, scene, row);
  else traceLine(context, scene, row);
  context.stroke();
}

/** Draws one pass of lines from a place in `order` on, until the deadline; returns where it stopped. */
function drawSome(
  context: CanvasRenderingContext2D,
  scene: Scene,
  order: Uint32Array,
  from: number,
  deadline: number,
): number {
  const opacity = lineOpacity(scene.images.n);
  let at = from;
  for (; at < order.length; at++) {
    if (at % CHECKED_EVERY === 0 && at > from && performance.now() > deadline) break;
    drawLine(context, scene, order[at], opacity);
  }
  context.globalAlpha = 1;
  return at;
}

/** Filtered-out rows first, so that they lie below; within each part spread over the whole table. */
export function drawingOrder(visible: Uint8Array): Uint32Array {
  const n = visible.length;
  // A stride without a common divisor visits every row once, far from the one before.
  let stride = n > 2000 ? 7919 : 1;
  while (gcd(stride, n) > 1) stride++;
  const order = new Uint32Array(n);
  let hidden = 0;
  for (let i = 0; i < n; i++) hidden += visible[i] ? 0 : 1;
  let [low, high] = [0, hidden];
  for (let i = 0; i < n; i++) {
    const row = (i * stride) % n;
    order[visible[row] ? high++ : low++] = row;
  }
  return order;
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

export function drawAllLines(context: CanvasRenderingContext2D, scene: Scene): void {
  drawSome(context, scene, drawingOrder(scene.visible), 0, Infinity);
}

/** All lines on a canvas of their own, drawn little by little. */
export class LinePainter {
  readonly canvas = document.createElement("canvas");
  private timer = 0;

  constructor(
    private readonly progressed: () => void,
    private readonly signal: AbortSignal,
  ) {
    signal.addEventListener("abort", () => cancelAnimationFrame(this.timer), { once: true });
  }

  /** Begins anew; what was under way is dropped. The first part is drawn at once. */
  paint(scene: Scene): void {
    cancelAnimationFrame(this.timer);
    if (this.signal.aborted) return;
    const scale = window.devicePixelRatio || 1;
    this.canvas.width = Math.round(scene.frame.width * scale);
    this.canvas.height = Math.round(scene.frame.height * scale);
    const context = this.canvas.getContext("2d")!;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    const order = drawingOrder(scene.visible);
    let at = 0;
    const step = () => {
      at = drawSome(context, scene, order, at, performance.now() + BUDGET);
      this.progressed();
      if (at < order.length) this.timer = requestAnimationFrame(step);
    };
    step();
  }
}
