// Small pictures by the hundred thousand: their pixels are copied straight into those of the layer,
// which takes a few milliseconds where drawing each as a path would take a second.

import type { Box } from "./viewport.ts";

/** A small picture around a place: only the pixels that are not clear. */
export interface Stamp {
  /** How far it reaches from its middle pixel, device pixels */
  reach: number;
  dx: Int16Array;
  dy: Int16Array;
  /** As ImageData holds them: alpha in the top byte */
  pixels: Uint32Array;
  /** Distance of each pixel from the middle one in a layer `width` pixels wide */
  offsets: Int32Array;
  width: number;
}

/** A dot's colour as red, green, blue (0 to 255) and strength (0 to 1). */
export type Ink = readonly [number, number, number, number];

/** Places between two pixels that are told apart along each axis. */
const PHASES = 2;
/** Device pixels of the dark rim that sets a dot off from a bright ground, and its strength. */
const RIM = 1;
const RIM_STRENGTH = 0.6;
const OPAQUE = 255;
/** Reach in device pixels of a dot that shows nothing of the one below it. */
const SMALL = 3;
/** Alpha from which on a pixel counts as part of a dot, not of its rim. */
const COVERED = 190;

export class StampLayer {
  private data = new ImageData(1, 1);
  private pixels = new Uint32Array(this.data.data.buffer);
  private left = 0;
  private top = 0;
  // Kept beside ImageData's own, which cost a call into the browser each time they are read.
  private width = 1;
  private height = 1;

  /** Empties the layer, and makes it this part of its canvas, in device pixels. */
  clear({ x, y, width, height }: Box): void {
    this.left = Math.floor(x);
    this.top = Math.floor(y);
    const columns = Math.max(1, Math.ceil(x + width) - this.left);
    const rows = Math.max(1, Math.ceil(y + height) - this.top);
    if (this.width !== columns || this.height !== rows) {
      [this.width, this.height] = [columns, rows];
      this.data = new ImageData(columns, rows);
      this.pixels = new Uint32Array(this.data.data.buffer);
    } else this.pixels.fill(0);
  }

  /**
   * Puts a dot around a place in device pixels; where dots overlap the stronger pixel stays. A small
   * dot is left out where it would lie on another one: in a crowd most of them do.
   */
  put(dot: readonly Stamp[], x: number, y: number): void {
    const wholeX = Math.floor(x);
    const wholeY = Math.floor(y);
    const stamp = dot[(y - wholeY >= 0.5 ? PHASES : 0) + (x - wholeX >= 0.5 ? 1 : 0)];
    const column = wholeX - this.left;
    const row = wholeY - this.top;
    const target = this.pixels;
    const middle = row * this.width + column;
    const inside = this.holds(stamp, column, row);
    if (inside && stamp.reach <= SMALL && target[middle] >>> 24 > COVERED) return;
    if (!inside) {
      this.clip(stamp, column, row, (at, pixel) => {
        if (pixel >>> 24 > target[at] >>> 24) target[at] = pixel;
      });
      return;
    }
    const { offsets, pixels } = this.fitted(stamp);
    for (let i = 0; i < pixels.length; i++) {
      const at = middle + offsets[i];
      const pixel = pixels[i];
      if (pixel >>> 24 > target[at] >>> 24) target[at] = pixel;
    }
  }

  /** Puts a picture around a place in device pixels, over what is there. */
  over(stamp: Stamp, x: number, y: number): void {
    const column = Math.floor(x) - this.left;
    const row = Math.floor(y) - this.top;
    const target = this.pixels;
    if (!this.holds(stamp, column, row)) {
      this.clip(stamp, column, row, (at, pixel) => {
        target[at] = blend(pixel, target[at]);
      });
      return;
    }
    const { offsets, pixels } = this.fitted(stamp);
    const middle = row * this.width + column;
    for (let i = 0; i < pixels.length; i++) {
      const at = middle + offsets[i];
      const pixel = pixels[i];
      target[at] = pixel >>> 24 === OPAQUE ? pixel : blend(pixel, target[at]);
    }
  }

  show(context: CanvasRenderingContext2D): void {
    context.putImageData(this.data, this.left, this.top);
  }

  private holds({ reach }: Stamp, column: number, row: number): boolean {
    const { width, height } = this;
    return column >= reach && row >= reach && column < width - reach && row < height - reach;
  }

  private fitted(stamp: Stamp): Stamp {
    const { width } = this;
    if (stamp.width !== width) {
      stamp.width = width;
      stamp.offsets = Int32Array.from(stamp.dy, (dy, i) => dy * width + stamp.dx[i]);
    }
    return stamp;
  }

  private clip({ dx, dy, pixels }: Stamp, column: number, row: number, write: (at: number, pixel: number) => void): void {
    const { width, height } = this;
    for (let i = 0; i < pixels.length; i++) {
      const [x, y] = [column + dx[i], row + dy[i]];
      if (x >= 0 && y >= 0 && x < width && y < height) write(y * width + x, pixels[i]);
    }
  }
}

/** A round dot of a radius in device pixels, one stamp for each place between two pixels. */
export function roundDot(radius: number, [red, green, blue, strength]: Ink): Stamp[] {
  const reach = Math.ceil(radius + RIM);
  const side = 2 * reach + 1;
  const stamps: Stamp[] = [];
  for (let phase = 0; phase < PHASES * PHASES; phase++) {
    // The stamp's middle pixel is where the place is rounded down to.
    const cx = reach + ((phase % PHASES) + 0.5) / PHASES - 0.5;
    const cy = reach + (Math.floor(phase / PHASES) + 0.5) / PHASES - 0.5;
    const bytes = new Uint8ClampedArray(4 * side * side);
    for (let i = 0; i < side * side; i++) {
      const away = Math.hypot((i % side) - cx, Math.floor(i / side) - cy);
      const core = Math.min(1, Math.max(0, radius + 0.5 - away));
      const rim = Math.min(1, Math.max(0, radius + RIM + 0.5 - away)) * RIM_STRENGTH * (1 - core);
      const alpha = core + rim;
      if (alpha === 0) continue;
      const share = core / alpha;
      bytes.set([red * share, green * share, blue * share, 255 * alpha * strength], 4 * i);
    }
    stamps.push(stampOf(bytes, side));
  }
  return stamps;
}

/** The stamp of a square picture with an odd side, as ImageData holds it. */
export function stampOf(bytes: Uint8ClampedArray, side: number): Stamp {
  const reach = side >> 1;
  const [dx, dy, pixels]: number[][] = [[], [], []];
  new Uint32Array(bytes.buffer).forEach((pixel, i) => {
    if (pixel >>> 24 === 0) return;
    dx.push((i % side) - reach);
    dy.push(Math.floor(i / side) - reach);
    pixels.push(pixel);
  });
  return {
    reach,
    dx: Int16Array.from(dx),
    dy: Int16Array.from(dy),
    pixels: Uint32Array.from(pixels),
    offsets: new Int32Array(),
    width: 0,
  };
}

/** One pixel over another, neither of them multiplied by its alpha. */
function blend(over: number, under: number): number {
  const a = over >>> 24;
  const b = under >>> 24;
  if (b === 0) return over;
  // Shares of 255 in what is seen.
  const rest = (b * (OPAQUE - a)) / OPAQUE;
  const alpha = a + rest;
  const red = ((over & 255) * a + (under & 255) * rest) / alpha;
  const green = (((over >>> 8) & 255) * a + ((under >>> 8) & 255) * rest) / alpha;
  const blue = (((over >>> 16) & 255) * a + ((under >>> 16) & 255) * rest) / alpha;
  return ((alpha << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}
