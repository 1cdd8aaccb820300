// The stage as a picture to keep: micrograph and marks as bitmaps, instances as shapes.

import { element } from "../core/dom.ts";
import type { Part } from "./painter.ts";
import type { Stage } from "./stage.ts";
import type { Size } from "./viewport.ts";

/** Pixels kept for each CSS pixel. */
const DENSITY = 2;

/** Draws what the stage shows onto any context, one that writes SVG too. */
export function drawPicture(stage: Stage, context: CanvasRenderingContext2D, size: Size): void {
  const divider = (size.width * stage.divider.position) / 100;
  const look = { camera: stage.camera, size, density: DENSITY, theme: stage.theme, divider };
  const bitmap = (part: Part) => {
    const canvas = element("canvas");
    [canvas.width, canvas.height] = [Math.round(DENSITY * size.width), Math.round(DENSITY * size.height)];
    const own = canvas.getContext("2d")!;
    own.scale(DENSITY, DENSITY);
    stage.painter.draw(part, own, look);
    context.drawImage(canvas, 0, 0, size.width, size.height);
  };
  bitmap("picture");
  if (!stage.painter.blank("marks")) bitmap("marks");
  stage.painter.drawInstancesAsPaths(context, look);
}
