// The micrographs as tiles by level: level l is the picture scaled by 2^-l, cut into squares.
// Tiles that the page does not hold are asked of Python, those in view first; until they are here
// the coarser ones are drawn larger. Without a kernel the finest level held serves.

import { Emitter } from "../core/emitter.ts";
import { onChange, type Invoke, type Model } from "../core/model.ts";
import type { Box } from "./viewport.ts";

/** Size of a picture in pixels, and how many levels there are; 0 where there is no picture. */
export interface PictureLayout {
  width: number;
  height: number;
  levels: number;
}

interface Layout {
  tile: number;
  images: PictureLayout[];
}

const REQUEST_MS = 60_000;
const AT_ONCE = 4;
/** Tiles that wait to be asked for; what has left the view long ago is forgotten. */
const WAITING = 96;
/** Decoded tiles kept; one of 512 px is 1 MB. */
const DECODED = 256;
/** A tile that did not come is asked for again, when next in view, after so many ms. */
const RETRY_MS = 10_000;
/** Device pixels a picture's pixel from which on it is drawn as a square. */
const SQUARES = 6;

export class Pyramid extends Emitter<"loaded" | "failed"> {
  /** Why the last tile did not come, null when it did. */
  trouble: string | null = null;
  private layout: Layout;
  private readonly bitmaps = new Map<string, ImageBitmap>();
  private readonly waiting = new Set<string>();
  private readonly underWay = new Set<string>();
  private readonly failed = new Map<string, number>();

  constructor(
    private readonly model: Model,
    private readonly invoke: Invoke | null,
    private readonly signal: AbortSignal,
  ) {
    super();
    this.layout = model.get("_layout") as Layout;
    onChange(model, "_layout", () => {
      this.layout = model.get("_layout") as Layout;
      this.emit("loaded");
    }, signal);
    signal.addEventListener("abort", () => {
      for (const bitmap of this.bitmaps.values()) bitmap.close();
      this.bitmaps.clear();
    });
  }

  /** The picture of an image, null when it has none. */
  picture(image: number): PictureLayout | null {
    const found = this.layout.images[image] as PictureLayout | undefined;
    return found && found.levels > 0 ? found : null;
  }

  /** Whether tiles of an image are on their way. */
  get busy(): boolean {
    return this.underWay.size > 0 || this.waiting.size > 0;
  }

  /**
   * Draws a region of an image (its pixels) into a box (the context's units, `density` device
   * pixels each) as good as it is loaded, and asks for what would be better.
   * Returns whether anything was drawn.
   */
  draw(
    context: CanvasRenderingContext2D,
    image: number,
    region: Box,
    box: Box,
    density = window.devicePixelRatio || 1,
  ): boolean {
    const picture = this.picture(image);
    if (!picture) return false;
    const scale = box.width / region.width;
    const best = this.bestLevel(image, picture, scale * density);
    const span = this.layout.tile * 2 ** best;
    const first = { column: Math.max(0, Math.floor(region.x / span)), row: Math.max(0, Math.floor(region.y / span)) };
    const right = Math.min(picture.width, region.x + region.width);
    const bottom = Math.min(picture.height, region.y + region.height);
    // Edges lie on device pixels, so that no seam shows between tiles.
    const place = (x: number, from: number, to: number) => Math.round((to + (x - from) * scale) * density) / density;
    let drawn = false;
    context.save();
    context.beginPath();
    context.rect(box.x, box.y, box.width, box.height);
    context.clip();
    for (let row = first.row; row * span < bottom; row++) {
      for (let column = first.column; column * span < right; column++) {
        const found = this.find(image, picture, best, column, row);
        if (!found) continue;
        const part = cell(column, row, span, picture);
        const x = place(part.x, region.x, box.x);
        const y = place(part.y, region.y, box.y);
        const width = place(part.x + part.width, region.x, box.x) - x;
        const height = place(part.y + part.height, region.y, box.y) - y;
        if (width <= 0 || height <= 0) continue;
        const { bitmap, whole } = found;
        // Once a pixel of the picture is seen as a square, it is shown as one.
        context.imageSmoothingEnabled = bitmap.width < whole.width || scale * density < SQUARES;
        const [fx, fy] = [bitmap.width / whole.width, bitmap.height / whole.height];
        context.drawImage(
          bitmap,
          (part.x - whole.x) * fx, (part.y - whole.y) * fy, part.width * fx, part.height * fy,
          x, y, width, height,
        );
        drawn = true;
      }
    }
    context.restore();
    this.pump();
    return drawn;
  }

  /** The coarsest level that has a pixel for every device pixel; offline the finest one held. */
  private bestLevel(image: number, picture: PictureLayout, density: number): number {
    const wanted = Math.floor(Math.log2(1 / density) + 1e-6);
    let level = Math.min(picture.levels - 1, Math.max(0, wanted));
    if (!this.invoke) while (level < picture.levels - 1 && !this.held(tileKey(image, level, 0, 0))) level++;
    return level;
  }

  /** The tile, or the finest coarser one over its place; asks for the tile itself. */
  private find(
    image: number,
    picture: PictureLayout,
    level: number,
    column: number,
    row: number,
  ): { bitmap: ImageBitmap; whole: Box } | null {
    const steps = picture.levels - 1 - level;
    for (let up = 0; up <= steps; up++) {
      const [c, r] = [column >> up, row >> up];
      const key = tileKey(image, level + up, c, r);
      const bitmap = this.bitmaps.get(key);
      if (!bitmap) {
        // The tile itself, and the coarsest for a first look.
        if (up === 0 || up === steps) this.want(key);
        continue;
      }
      // Re-inserting keeps the map in order of last use.
      this.bitmaps.delete(key);
      this.bitmaps.set(key, bitmap);
      return { bitmap, whole: cell(c, r, this.layout.tile * 2 ** (level + up), picture) };
    }
    return null;
  }

  private want(key: string): void {
    if (this.underWay.has(key)) return;
    const failedAt = this.failed.get(key);
    if (failedAt !== undefined && performance.now() - failedAt < RETRY_MS) return;
    // What was wanted last is asked for first.
    this.waiting.delete(key);
    this.waiting.add(key);
    if (this.waiting.size > WAITING) this.waiting.delete(this.waiting.values().next().value!);
  }

  private pump(): void {
    const order = [...this.waiting].reverse();
    for (const key of order) {
      if (this.underWay.size >= AT_ONCE) return;
      this.waiting.delete(key);
      this.underWay.add(key);
      void this.load(key);
    }
  }

  private async load(key: string): Promise<void> {
    try {
      const bytes = this.held(key) ?? (await this.ask(key));
      const bitmap = await createImageBitmap(new Blob([bytes as DataView<ArrayBuffer>], { type: "image/webp" }));
      if (this.signal.aborted) {
        bitmap.close();
        return;
      }
      this.bitmaps.set(key, bitmap);
      this.dropOldest();
      this.failed.delete(key);
      this.trouble = null;
      this.emit("loaded");
    } catch (error) {
      this.failed.set(key, performance.now());
      this.trouble = error instanceof Error ? error.message : String(error);
      this.emit("failed");
    } finally {
      this.underWay.delete(key);
      if (!this.signal.aborted) this.pump();
    }
  }

  private held(key: string): DataView | undefined {
    return (this.model.get("_held") as Record<string, DataView>)[key];
  }

  private async ask(key: string): Promise<DataView> {
    if (!this.invoke) throw new Error("it is not in this page, and there is no kernel to ask");
    const [image, level, column, row] = key.split("/").map(Number);
    const [answer, buffers] = await this.invoke("tile", { image, level, column, row }, { signal: AbortSignal.timeout(REQUEST_MS) });
    if (!buffers.length) throw new Error((answer as { error?: string } | null)?.error ?? "the kernel sent no picture");
    return buffers[0];
  }

  private dropOldest(): void {
    while (this.bitmaps.size > DECODED) {
      const [key, bitmap] = this.bitmaps.entries().next().value!;
      this.bitmaps.delete(key);
      bitmap.close();
    }
  }
}

export function tileKey(image: number, level: number, column: number, row: number): string {
  return `${image}/${level}/${column}/${row}`;
}

/** The part of a picture that one tile covers, in pixels of the picture. */
function cell(column: number, row: number, span: number, picture: PictureLayout): Box {
  const [x, y] = [column * span, row * span];
  return { x, y, width: Math.min(span, picture.width - x), height: Math.min(span, picture.height - y) };
}
