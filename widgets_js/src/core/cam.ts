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
  const out = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    const sy = Math.min(h - 1, Math.max(0, ((y + 0.5) * h) / height - 0.5));
    const y0 = Math.floor(sy);
    const y1 = Math.min(h - 1, y0 + 1);
    const fy = sy - y0;
    for (let x = 0; x < width; x++) {
      const sx = Math.min(w - 1, Math.max(0, ((x + 0.5) * w) / width - 0.5));
      const x0 = Math.floor(sx);
      const x1 = Math.min(w - 1, x0 + 1);
      const fx = sx - x0;
      const top = map[y0 * w + x0] * (1 - fx) + map[y0 * w + x1] * fx;
      const bottom = map[y1 * w + x0] * (1 - fx) + map[y1 * w + x1] * fx;
      out[y * width + x] = top * (1 - fy) + bottom * fy;
    }
  }
  return out;
}

/** RGBA of the overlay: the top `share` of pixels coloured, the upper half of them pink. */
export function overlayPixels(map: Float32Array, share: number): Uint8ClampedArray<ArrayBuffer> {
  const pixels = new Uint8ClampedArray(4 * map.length);
  const count = Math.round(share * map.length);
  if (count === 0) return pixels;
  const order = Uint32Array.from(map.keys()).sort((a, b) => map[b] - map[a] || a - b);
  for (let rank = 0; rank < count; rank++) {
    pixels.set(rank < count / 2 ? CAM_PINK : CAM_PURPLE, 4 * order[rank]);
    pixels[4 * order[rank] + 3] = 255;
  }
  return pixels;
}

/** Overlays of a store's images at the share in force, kept while it lasts. */
export class CamOverlays {
  private readonly cache = new Map<number, HTMLCanvasElement | null>();
  private share = NaN;

  constructor(private readonly store: Store) {}

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
    const [h, w] = this.store.images.camShape;
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = SIDE;
    const pixels = overlayPixels(resizeMap(map, h, w, SIDE, SIDE), this.share);
    canvas.getContext("2d")!.putImageData(new ImageData(pixels, SIDE, SIDE), 0, 0);
    return canvas;
  }
}
