// What lies over the lines: axes with ticks and titles, brushes, and the selected and hovered line.

import { groupShape, traceShape } from "../core/groups.ts";
import type { Theme } from "../core/theme.ts";
import { axisTitle, type Axis } from "./axes.ts";
import type { Range } from "./brushes.ts";
import { type Frame, yOf } from "./geometry.ts";
import { traceLine, type Scene } from "./lines.ts";

const TICK = 4;
const HALO = 3;
/** With more lines than this, what must be seen is drawn stronger. */
const CROWD = 300;
/** Half the width of a brush */
export const BRUSH = 9;

export function drawAxes(
  context: CanvasRenderingContext2D,
  axes: Axis[],
  frame: Frame,
  theme: Theme,
  brushes: Map<string, Range>,
): void {
  context.lineJoin = "round";
  axes.forEach((axis, i) => {
    const x = frame.xs[i];
    context.strokeStyle = theme.faint;
    context.lineWidth = 1;
    context.globalAlpha = 0.7;
    context.beginPath();
    context.moveTo(x, frame.top);
    context.lineTo(x, frame.bottom);
    context.stroke();
    context.globalAlpha = 1;
    const range = brushes.get(axis.key);
    if (range) drawBrush(context, axis, frame, x, range, theme);
    drawTicks(context, axis, i, axes.length, frame, theme);
    const gap = axes.length > 1 ? frame.xs[1] - frame.xs[0] : frame.width;
    drawTitle(context, axisTitle(axis, gap - 10), x, frame, theme, range !== undefined);
  });
}

function drawTicks(context: CanvasRenderingContext2D, axis: Axis, i: number, count: number, frame: Frame, theme: Theme): void {
  const x = frame.xs[i];
  // Inside, labels stand left of their axis; the last axis has free room at its right.
  const right = i === count - 1 && count > 1;
  context.font = `11px ${theme.font}`;
  context.textAlign = right ? "left" : "right";
  context.textBaseline = "middle";
  for (const { value, text } of axis.ticks) {
    const y = yOf(axis, frame, value);
    context.strokeStyle = theme.faint;
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(right ? x + TICK : x - TICK, y);
    context.stroke();
    const at = right ? x + TICK + 4 : x - TICK - 4;
    haloText(context, text, at, y, axis.values.length > CROWD ? theme.text : theme.muted, theme.panel);
    if (axis.key !== "group") continue;
    context.fillStyle = theme.group(value - 1);
    context.beginPath();
    traceShape(context, groupShape(value - 1), at - 14, y, 4);
    context.fill();
  }
}

/** Centred over the axis, but never beyond the frame. */
function drawTitle(context: CanvasRenderingContext2D, text: string, x: number, frame: Frame, theme: Theme, strong: boolean): void {
  context.font = `${strong ? "600 " : ""}11px ${theme.font}`;
  context.textBaseline = "alphabetic";
  context.textAlign = "left";
  const { width } = context.measureText(text);
  const left = Math.max(12, Math.min(frame.width - 12 - width, x - width / 2));
  haloText(context, text, left, frame.top - 17, theme.text, theme.panel);
}

function haloText(context: CanvasRenderingContext2D, text: string, x: number, y: number, color: string, panel: string): void {
  context.strokeStyle = panel;
  context.lineWidth = HALO;
  context.globalAlpha = 0.8;
  context.strokeText(text, x, y);
  context.globalAlpha = 1;
  context.fillStyle = color;
  context.fillText(text, x, y);
}

function drawBrush(context: CanvasRenderingContext2D, axis: Axis, frame: Frame, x: number, range: Range, theme: Theme): void {
  const [bottom, top] = range.map((value) => yOf(axis, frame, value));
  context.fillStyle = theme.text;
  context.globalAlpha = 0.16;
  context.fillRect(x - BRUSH, top, 2 * BRUSH, bottom - top);
  context.globalAlpha = 1;
  context.strokeStyle = theme.text;
  context.lineWidth = 1.5;
  for (const y of [top, bottom]) {
    context.beginPath();
    context.moveTo(x - BRUSH, y);
    context.lineTo(x + BRUSH, y);
    context.stroke();
  }
}

/** One line over all others: a soft halo, a thick stroke, and the group's mark on every axis. */
export function drawStrongLine(context: CanvasRenderingContext2D, scene: Scene, row: number, selected: boolean): void {
  const color = scene.theme.group(scene.images.cluster[row]);
  context.lineCap = "round";
  // Among crowds of its own colour a line stands out by a rim like that of a selected picture.
  const rim = scene.images.n > CROWD ? scene.theme.ring : scene.theme.panel;
  const strokes: [string, number, number][] = selected
    ? [[color, 0.12, 14], [color, 0.2, 9], [rim, 0.9, 6], [color, 1, 3.8]]
    : [[rim, 0.8, 4.5], [color, 1, 2.4]];
  for (const [stroke, opacity, width] of strokes) {
    context.strokeStyle = stroke;
    context.globalAlpha = opacity;
    context.lineWidth = width;
    context.beginPath();
    traceLine(context, scene, row);
    context.stroke();
  }
  context.lineCap = "butt";
  context.globalAlpha = 1;
  if (!selected) return;
  context.fillStyle = color;
  context.strokeStyle = scene.theme.ring;
  context.lineWidth = 1.5;
  scene.heights.forEach((ys, i) => {
    if (Number.isNaN(ys[row])) return;
    context.beginPath();
    traceShape(context, groupShape(scene.images.cluster[row]), scene.frame.xs[i], ys[row], 4.5);
    context.fill();
    context.stroke();
  });
}
