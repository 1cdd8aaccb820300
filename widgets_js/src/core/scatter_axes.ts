// Grid and numbers of a scatter: light lines, no box, room for minus signs.

import type { Axis } from "./scatter_scale.ts";
import type { Theme } from "./theme.ts";

export interface Frame {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

export const AXIS_FONT_SIZE = 11;

export function axisFont(theme: Theme): string {
  return `${AXIS_FONT_SIZE}px ${theme.font}`;
}

/** Vertical grid lines with their numbers below. */
export function drawXAxis(
  context: CanvasRenderingContext2D,
  theme: Theme,
  axis: Axis,
  x: (value: number) => number,
  frame: Frame,
): void {
  style(context, theme);
  context.textAlign = "center";
  context.textBaseline = "top";
  axis.ticks.forEach((tick, i) => {
    const at = crisp(x(tick));
    line(context, at, frame.top, at, frame.bottom);
    context.fillText(axis.labels[i], at, frame.bottom + 8);
  });
}

/** Horizontal grid lines with their numbers at the left. */
export function drawYAxis(
  context: CanvasRenderingContext2D,
  theme: Theme,
  axis: Axis,
  y: (value: number) => number,
  frame: Frame,
): void {
  style(context, theme);
  context.textAlign = "right";
  context.textBaseline = "middle";
  axis.ticks.forEach((tick, i) => {
    const at = crisp(y(tick));
    line(context, frame.left, at, frame.right, at);
    context.fillText(axis.labels[i], frame.left - 8, at);
  });
}

export function drawAxisTitle(
  context: CanvasRenderingContext2D,
  theme: Theme,
  text: string,
  x: number,
  y: number,
  align: CanvasTextAlign,
): void {
  context.font = axisFont(theme);
  context.fillStyle = theme.muted;
  context.textAlign = align;
  context.textBaseline = "alphabetic";
  context.fillText(text, x, y);
}

function style(context: CanvasRenderingContext2D, theme: Theme): void {
  context.font = axisFont(theme);
  context.fillStyle = theme.muted;
  context.strokeStyle = theme.line;
  context.lineWidth = 1;
}

function line(context: CanvasRenderingContext2D, x1: number, y1: number, x2: number, y2: number): void {
  context.beginPath();
  context.moveTo(x1, y1);
  context.lineTo(x2, y2);
  context.stroke();
}

/** One-pixel lines are sharp between pixels. */
function crisp(at: number): number {
  return Math.round(at) + 0.5;
}
