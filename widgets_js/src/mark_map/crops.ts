// Small pictures of the surroundings of an instance, for the list and for the inspector.

import type { Theme } from "../core/theme.ts";
import type { Pyramid } from "./pyramid.ts";
import type { Scene } from "./scene.ts";
import type { MarkState } from "./state.ts";
import type { Box } from "./viewport.ts";

/** A crop shows at least so many pixels of the image, radii of the instance and jitters of a mark. */
const LEAST = { pixels: 40, radii: 6, jitters: 10 };
/** CSS pixels of the ticks that point at the centre, and of their gap to the instance. */
const TICK = { length: 6, gap: 4 };
const DOT = 1.8;

export interface CropSource {
  state: MarkState;
  pyramid: Pyramid;
}

/** The square of the image that a crop shows, `widen` times the usual side. */
export function cropRegion(scene: Scene, row: number, widen = 1): Box {
  const radius = scene.radius[row] || 0;
  const side = widen * Math.max(LEAST.pixels, LEAST.radii * radius, LEAST.jitters * scene.jitter);
  return { x: scene.x[row] - side / 2, y: scene.y[row] - side / 2, width: side, height: side };
}

/** Draws the surroundings of a row into a square canvas of `side` CSS pixels. */
export function drawCrop(
  canvas: HTMLCanvasElement,
  { state, pyramid }: CropSource,
  row: number,
  side: number,
  theme: Theme,
  widen = 1,
): void {
  const density = window.devicePixelRatio || 1;
  const pixels = Math.round(side * density);
  if (canvas.width !== pixels) canvas.width = canvas.height = pixels;
  const context = canvas.getContext("2d")!;
  context.setTransform(density, 0, 0, density, 0, 0);
  context.fillStyle = theme.grid;
  context.fillRect(0, 0, side, side);
  const { scene } = state;
  const region = cropRegion(scene, row, widen);
  const box = { x: 0, y: 0, width: side, height: side };
  const scale = side / region.width;
  const image = scene.image[row];
  const drawn = pyramid.draw(context, image, region, box);
  // Without a picture the marks are all there is to see.
  const bare = !drawn && pyramid.picture(image) === null;
  if (bare || state.shownStage === "marks") drawMarks(context, scene, row, region, scale, bare ? theme.muted : null);
  if (!bare) drawTicks(context, side / 2, Math.max(3, (scene.radius[row] || 0) * scale));
}

function drawMarks(
  context: CanvasRenderingContext2D,
  scene: Scene,
  row: number,
  region: Box,
  scale: number,
  color: string | null,
): void {
  const image = scene.image[row];
  context.beginPath();
  for (let mark = scene.markStart[image]; mark < scene.markStart[image + 1]; mark++) {
    if (scene.markInstance[mark] !== row) continue;
    const [x, y] = [(scene.markX[mark] - region.x) * scale, (scene.markY[mark] - region.y) * scale];
    context.moveTo(x + DOT, y);
    context.arc(x, y, DOT, 0, 2 * Math.PI);
  }
  if (color === null) {
    context.lineWidth = 2;
    context.strokeStyle = "rgba(0, 0, 0, 0.6)";
    context.stroke();
  }
  context.fillStyle = color ?? "#f2f4f8";
  context.fill();
}

/** Four ticks around the instance, light over dark, so that they show on every ground and hide nothing. */
function drawTicks(context: CanvasRenderingContext2D, middle: number, radius: number): void {
  const from = Math.min(radius + TICK.gap, middle - TICK.length - 1);
  context.beginPath();
  for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
    context.moveTo(middle + dx * from, middle + dy * from);
    context.lineTo(middle + dx * (from + TICK.length), middle + dy * (from + TICK.length));
  }
  for (const [color, width] of [["rgba(0, 0, 0, 0.55)", 3], ["rgba(255, 255, 255, 0.9)", 1.25]] as const) {
    context.strokeStyle = color;
    context.lineWidth = width;
    context.stroke();
  }
}
