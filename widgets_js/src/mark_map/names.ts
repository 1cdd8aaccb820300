// Names beside the instances, where there is room for them: the first in the order go first.

import type { Theme } from "../core/theme.ts";
import type { MarkState } from "./state.ts";
import { percent } from "./why.ts";

/** A row with the place of its name, CSS pixels. */
export interface NamePlace {
  row: number;
  /** Middle of the glyph */
  x: number;
  y: number;
  /** From there to the text */
  gap: number;
}

const HALF_LINE = 8;

export function drawNames(context: CanvasRenderingContext2D, state: MarkState, places: NamePlace[], width: number, theme: Theme): void {
  context.font = `11px ${theme.font}`;
  context.textBaseline = "middle";
  context.lineWidth = 3;
  context.lineJoin = "round";
  // Names lie on the micrograph, which is dark in both themes.
  context.strokeStyle = "rgba(0, 0, 0, 0.7)";
  context.fillStyle = "#ffffff";
  const taken: [number, number, number, number][] = [];
  for (const { row, x, y, gap } of places) {
    const name = nameOf(state, row);
    if (!name) continue;
    const length = context.measureText(name).width;
    // Left of the glyph where the stage would cut it off.
    const left = x + gap + length < width ? x + gap : x - gap - length;
    const [top, right, bottom] = [y - HALF_LINE, left + length, y + HALF_LINE];
    if (taken.some((box) => left < box[2] && box[0] < right && top < box[3] && box[1] < bottom)) continue;
    taken.push([left, top, right, bottom]);
    context.strokeText(name, left, y);
    context.fillText(name, left, y);
  }
}

/** What a row is called: its class, both classes of a tie, or how unlikely it is. */
export function nameOf(state: MarkState, row: number): string {
  const { scene } = state;
  const settled = state.isSettled(row);
  if (!state.existsOf(row)) return settled ? "no instance" : `left out, ${percent(scene.pExists[row])}`;
  if (scene.tie[row] === 1 && !settled) return scene.tied(row).map((label) => scene.classes[label]).join(" or ");
  const label = state.labelOf(row);
  return label < 0 ? "" : scene.classes[label];
}
