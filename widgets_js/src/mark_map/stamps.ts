// Dots by the hundred thousand: small pictures of a dot are copied straight into the pixels of the
// layer, which takes a few milliseconds where drawing each as a path would take a second.

export interface Stamp {
  /** Pixels a side */
  side: number;
  /** Opaque or half-transparent pixels, row by row, as ImageData holds them */
  pixels: Uint32Array;
}

/** A dot's colour as red, green, blue (0 to 255) and strength (0 to 1). */
export type Ink = readonly [number, number, number, number];

/** Places between two pixels that are told apart along each axis. */
const PHASES = 2;
/** Device pixels of the dark rim that sets a dot off from a bright ground, and its strength. */
const RIM = 1;
const RIM_STRENGTH = 0.6;

export class StampLayer {
  private data = new ImageData(1, 1);
  private pixels = new Uint32Array(this.data.data.buffer);

  /** Empties the layer, at a size in device pixels. */
  clear(width: number, height: number): void {
    if (this.data.width !== width || this.data.height !== height) {
      this.data = new ImageData(width, height);
      this.pixels = new Uint32Array(this.data.data.buffer);
    } else this.pixels.fill(0);
  }

  /** Puts a dot around a place in device pixels; where dots overlap the stronger pixel stays. */
  put(dot: readonly Stamp[], x: number, y: number): void {
    const column = Math.floor(x);
    const row = Math.floor(y);
    const phase = (y - row >= 0.5 ? PHASES : 0) + (x - column >= 0.5 ? 1 : 0);
    const { side, pixels } = dot[phase];
    const { width, height } = this.data;
    const left = column - (side >> 1);
    const top = row - (side >> 1);
    const target = this.pixels;
    if (left < 0 || top < 0 || left + side > width || top + side > height) {
      this.putClipped(dot[phase], left, top);
      return;
    }
    let from = 0;
    for (let r = 0, at = top * width + left; r < side; r++, at += width - side) {
      for (let c = 0; c < side; c++, at++, from++) {
        const pixel = pixels[from];
        if (pixel >>> 24 > target[at] >>> 24) target[at] = pixel;
      }
    }
  }

  private putClipped({ side, pixels }: Stamp, left: number, top: number): void {
    const { width, height } = this.data;
    for (let r = Math.max(0, -top); r < Math.min(side, height - top); r++) {
      for (let c = Math.max(0, -left); c < Math.min(side, width - left); c++) {
        const at = (top + r) * width + left + c;
        const pixel = pixels[r * side + c];
        if (pixel >>> 24 > this.pixels[at] >>> 24) this.pixels[at] = pixel;
      }
    }
  }

  show(context: CanvasRenderingContext2D): void {
    context.putImageData(this.data, 0, 0);
  }
}

/** A round dot of a radius in device pixels, one stamp for each place between two pixels. */
export function roundDot(radius: number, [red, green, blue, strength]: Ink): Stamp[] {
  const reach = Math.ceil(radius + RIM + 1);
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
    stamps.push({ side, pixels: new Uint32Array(bytes.buffer) });
  }
  return stamps;
}
