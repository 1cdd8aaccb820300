// The stage as a picture to keep: micrograph and marks as bitmaps, instances as shapes. The ground
// beside the image is left out.

import { element } from "../core/dom.ts";
import type { Part } from "./painter.ts";
import type { Stage } from "./stage.ts";
import { onScreen, shared, type Box, type Size } from "./viewport.ts";

/** Pixels kept for each CSS pixel. */
const DENSITY = 2;

/** Size of the picture in CSS pixels. */
export function pictureSize(stage: Stage): Size {
  const { width, height } = part(stage);
  return { width, height };
}

/** Draws what the stage shows onto any context, one that writes SVG too. */
export function drawPicture(stage: Stage, context: CanvasRenderingContext2D): void {
  const { painter } = stage;
  const look = stage.look(DENSITY);
  const { x, y } = part(stage);
  context.save();
  context.translate(-x, -y);
  const bitmap = (layer: Part) => {
    const canvas = element("canvas");
    [canvas.width, canvas.height] = [Math.round(DENSITY * look.size.width), Math.round(DENSITY * look.size.height)];
    const own = canvas.getContext("2d")!;
    own.scale(DENSITY, DENSITY);
    painter.draw(layer, own, look);
    context.drawImage(canvas, 0, 0, look.size.width, look.size.height);
  };
  bitmap("picture");
  if (!painter.blank("marks")) bitmap("marks");
  painter.drawInstancesAsPaths(context, look);
  context.restore();
}

/** The part of the stage where the image is, in whole CSS pixels. */
function part(stage: Stage): Box {
  const { x, y, width, height } = shared(onScreen(stage.camera, stage.painter.extent()), { x: 0, y: 0, ...stage.size });
  const [left, top] = [Math.round(x), Math.round(y)];
  return { x: left, y: top, width: Math.max(1, Math.round(x + width) - left), height: Math.max(1, Math.round(y + height) - top) };
}
