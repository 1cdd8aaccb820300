// svgcanvas draws only <img> and <canvas>; ours are bitmaps cut out of atlases, at any strength.

import { Context } from "svgcanvas";
import { element } from "./dom.ts";

/** Pixels kept for each pixel of the drawing, so that pictures stay sharp when it is enlarged. */
const DENSITY = 2;

export class PictureSvgContext extends Context {
  override drawImage(image: CanvasImageSource, ...numbers: number[]): void {
    const whole = image as { width: number; height: number };
    const [sx, sy, sw, sh] = numbers.length === 8 ? numbers : [0, 0, whole.width, whole.height];
    const [dx, dy, dw = sw, dh = sh] = numbers.length === 8 ? numbers.slice(4) : numbers;
    const canvas = element("canvas");
    canvas.width = Math.max(1, Math.round(DENSITY * dw));
    canvas.height = Math.max(1, Math.round(DENSITY * dh));
    const context = canvas.getContext("2d")!;
    // svgcanvas forgets the alpha of images, so it goes into the pixels.
    context.globalAlpha = this.globalAlpha;
    context.drawImage(image, sx, sy, sw, sh, 0, 0, canvas.width, canvas.height);
    super.drawImage(canvas, dx, dy, dw, dh);
  }
}
