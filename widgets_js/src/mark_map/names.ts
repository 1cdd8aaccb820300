// Names beside the instances, where they hide no other name or glyph: the first in the order go first.

import type { Theme } from "../core/theme.ts";
import type { MarkState } from "./state.ts";
import { shared, type Box } from "./viewport.ts";
import { percent } from "./why.ts";

/** A row with the place of its glyph, CSS pixels. */
export interface NamePlace {
  row: number;
  x: number;
  y: number;
  /** Radius of the glyph */
  radius: number;
  /** From the glyph's middle to the text */
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
  const glyphs = places.map(({ x, y, radius }) => ({ x: x - radius, y: y - radius, width: 2 * radius, height: 2 * radius }));
  const taken: Box[] = [];
  places.forEach(({ row, x, y, gap }, i) => {
    const name = nameOf(state, row);
    if (!name) return;
    const length = context.measureText(name).width;
    const others = [...taken, ...glyphs.slice(0, i), ...glyphs.slice(i + 1)];
    // Right of the glyph, or left of it, where nothing is in the way.
    const left = [x + gap, x - gap - length].find((start) => {
      const box = { x: start, y: y - HALF_LINE, width: length, height: 2 * HALF_LINE };
      return start >= 0 && start + length <= width && !others.some((other) => overlap(box, other));
    });
    if (left === undefined) return;
    taken.push({ x: left, y: y - HALF_LINE, width: length, height: 2 * HALF_LINE });
    context.strokeText(name, left, y);
    context.fillText(name, left, y);
  });
}

function overlap(a: Box, b: Box): boolean {
  const { width, height } = shared(a, b);
  return width > 0 && height > 0;
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
