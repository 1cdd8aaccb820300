// CAM overlays, composed in the browser from the small map of each image.
// Twin of crystalviz.cam.overlay_cam: bilinear map, exactly the top share of pixels coloured,
// pink over purple.

import type { Store } from "./store.ts";

export const CAM_PINK = [255, 79, 216] as const;
export const CAM_PURPLE = [155, 77, 255] as const;
/** Pixels a side at which overlays are composed before the browser scales them. */
const SIDE = 192;
const CACHED = 256;

/** Bilinear resize with pixel centres aligned, edges held (as Pillow and TensorFlow do). */
export function resizeMap(map: ArrayLike<number>, h: number, w: number, height: number, width: number): Float32Array {
  const columns = between(w, width);
  const rows = between(h, height);
  // Across first, once a row of the small map; then down.
  const wide = new Float64Array(h * width);
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < width; x++) {
      const { from, to, share } = columns[x];
      wide[y * width + x] = map[y * w + from] * (1 - share) + map[y * w + to] * share;
    }
  }
  const out = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    const { from, to, share } = rows[y];
    for (let x = 0; x < width; x++) {
      out[y * width + x] = wide[from * width + x] * (1 - share) + wide[to * width + x] * share;
    }
  }
  return out;
}

/** For each new pixel the two old ones that it lies between, and how near it is to the second. */
function between(old: number, size: number): { from: number; to: number; share: number }[] {
  return Array.from({ length: size }, (_, i) => {
    const at = Math.min(old - 1, Math.max(0, ((i + 0.5) * old) / size - 0.5));
    const from = Math.floor(at);
    return { from, to: Math.min(old - 1, from + 1), share: at - from };
  });
}

/** Pixels from the highest value to the lowest, ties in their order; values must not be negative. */
export function rankPixels(map: Float32Array): Uint32Array {
  // The bits of floats that are not negative order as the floats do, so two passes of a radix sort
  // order them exactly, in a tenth of the time of a comparing sort.
  const bits = new Uint32Array(map.buffer, map.byteOffset, map.length);
  let order = Uint32Array.from(map.keys());
  for (const shift of [0, 16]) {
    const digit = (pixel: number) => 0xffff - ((bits[pixel] >>> shift) & 0xffff);
    const starts = new Uint32Array(0x10001);
    for (let pixel = 0; pixel < bits.length; pixel++) starts[digit(pixel) + 1]++;
    for (let i = 1; i < starts.length; i++) starts[i] += starts[i - 1];
    const sorted = new Uint32Array(order.length);
    for (const pixel of order) sorted[starts[digit(pixel)]++] = pixel;
    order = sorted;
  }
  return order;
}

/** RGBA of the overlay: the top `share` of pixels coloured, the upper half of them pink. */
export function overlayPixels(map: Float32Array, share: number): Uint8ClampedArray<ArrayBuffer> {
  return colourRanks(rankPixels(map), share);
}

function colourRanks(order: ArrayLike<number>, share: number): Uint8ClampedArray<ArrayBuffer> {
  const pixels = new Uint8ClampedArray(4 * order.length);
  const count = Math.round(share * order.length);
  for (let rank = 0; rank < count; rank++) {
    const at = 4 * order[rank];
    const color = rank < count / 2 ? CAM_PINK : CAM_PURPLE;
    pixels[at] = color[0];
    pixels[at + 1] = color[1];
    pixels[at + 2] = color[2];
    pixels[at + 3] = 255;
  }
  return pixels;
}

/** Overlays of a store's images at the share in force, kept while it lasts. */
export class CamOverlays {
  private readonly cache = new Map<number, HTMLCanvasElement | null>();
  /** Ranks outlive a change of share, so that the slider stays live; SIDE * SIDE fits 16 bits. */
  private readonly ranks = new Map<number, Uint16Array>();
  private share = NaN;
  private static readonly ofStores = new WeakMap<Store, CamOverlays>();

  private constructor(private readonly store: Store) {}

  /** The overlays of a store: one set for all its panels, so that none is composed twice. */
  static of(store: Store): CamOverlays {
    const overlays = CamOverlays.ofStores.get(store) ?? new CamOverlays(store);
    CamOverlays.ofStores.set(store, overlays);
    return overlays;
  }

  /** Draws the overlay over a box that shows the whole image, at the store's opacity. */
  draw(context: CanvasRenderingContext2D, row: number, x: number, y: number, width: number, height: number): void {
    const overlay = this.overlay(row);
    if (!overlay) return;
    context.save();
    context.globalAlpha *= this.store.camOpacity;
    context.drawImage(overlay, x, y, width, height);
    context.restore();
  }

  /** The overlay as a SIDE x SIDE canvas, null when the image has no map or no evidence. */
  overlay(row: number): HTMLCanvasElement | null {
    if (this.share !== this.store.camShare) {
      this.cache.clear();
      this.share = this.store.camShare;
    }
    let canvas = this.cache.get(row);
    if (canvas === undefined) {
      canvas = this.compose(row);
      this.cache.set(row, canvas);
      if (this.cache.size > CACHED) this.cache.delete(this.cache.keys().next().value!);
    }
    return canvas;
  }

  private compose(row: number): HTMLCanvasElement | null {
    const map = this.store.images.cam(row);
    if (!map) return null;
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = SIDE;
    const pixels = colourRanks(this.ranksOf(row, map), this.share);
    canvas.getContext("2d")!.putImageData(new ImageData(pixels, SIDE, SIDE), 0, 0);
    return canvas;
  }

  private ranksOf(row: number, map: Uint8Array): Uint16Array {
    let ranks = this.ranks.get(row);
    if (!ranks) {
      const [h, w] = this.store.images.camShape;
      ranks = Uint16Array.from(rankPixels(resizeMap(map, h, w, SIDE, SIDE)));
      this.ranks.set(row, ranks);
      if (this.ranks.size > CACHED) this.ranks.delete(this.ranks.keys().next().value!);
    }
    return ranks;
  }
}
