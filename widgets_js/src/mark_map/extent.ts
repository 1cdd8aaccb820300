// How far an image reaches: its picture's size, or, without a picture, what its marks and instances span.

import type { PictureLayout } from "./pyramid.ts";
import type { Scene } from "./scene.ts";
import type { Box } from "./viewport.ts";

/** Ground around the outermost points, in units of the marks' jitter. */
const MARGIN = 8;

export function imageExtent(scene: Scene, image: number, picture: PictureLayout | null): Box {
  if (picture) return { x: 0, y: 0, width: picture.width, height: picture.height };
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  const include = (x: number, y: number) => {
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  };
  for (const row of scene.rowsOf(image)) include(scene.x[row], scene.y[row]);
  for (let i = scene.markStart[image] ?? 0; i < (scene.markStart[image + 1] ?? 0); i++) include(scene.markX[i], scene.markY[i]);
  if (left > right) return { x: 0, y: 0, width: 1, height: 1 };
  const margin = Math.max(1, MARGIN * scene.jitter);
  return { x: left - margin, y: top - margin, width: right - left + 2 * margin, height: bottom - top + 2 * margin };
}
