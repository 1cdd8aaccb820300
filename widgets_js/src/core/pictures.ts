// Thumbnails, full pictures and gray-level histograms of the images.
// Thumbnails come in pages: one WebP atlas of PAGE tiles plus the histograms of the same images.
// What the page does not hold already is asked of Python, once; without a kernel the tile serves.

import type { Invoke, Model } from "./model.ts";
import type { ImageTable } from "./table.ts";

interface PackedPage {
  /** WebP atlas, tiles in rows of `columns`, each in the top left of a square cell. */
  atlas: DataView;
  /** Deflated little-endian uint32, 256 bins an image. */
  histograms: DataView;
}

interface Layout {
  page: number;
  columns: number;
  cell: number;
}

const REQUEST_MS = 60_000;
/** Decoded atlases kept at once; one is about 16 MB. */
const DECODED_PAGES = 16;
const DECODED_PICTURES = 64;

export class Pictures {
  private readonly layout: Layout;
  private readonly atlases = new Map<number, ImageBitmap>();
  private readonly histogramPages = new Map<number, Uint32Array>();
  private readonly pagesUnderWay = new Set<number>();
  private readonly pictures = new Map<number, Promise<ImageBitmap | null>>();
  private readonly failedPages = new Set<number>();

  constructor(
    private readonly images: ImageTable,
    private readonly model: Model,
    private readonly invoke: Invoke | null,
    private readonly notify: { loaded: () => void; failed: (message: string) => void },
  ) {
    this.layout = model.get("_layout") as Layout;
  }

  /** Draws a thumbnail into a box; false while it is still on its way. */
  drawTile(
    context: CanvasRenderingContext2D,
    row: number,
    x: number,
    y: number,
    width: number,
    height: number,
    fit: "cover" | "contain" = "cover",
  ): boolean {
    const { page, columns, cell } = this.layout;
    const atlas = this.atlas(Math.floor(row / page));
    if (!atlas) return false;
    const at = row % page;
    const sx = (at % columns) * cell;
    const sy = Math.floor(at / columns) * cell;
    const sw = this.images.tileSizes[2 * row];
    const sh = this.images.tileSizes[2 * row + 1];
    drawFitted(context, atlas, sx, sy, sw, sh, x, y, width, height, fit);
    return true;
  }

  /** 256 counts of the image at its native size, or null while they are on their way. */
  histogram(row: number): Uint32Array | null {
    const page = Math.floor(row / this.layout.page);
    const counts = this.histogramPages.get(page);
    if (!counts) {
      this.load(page);
      return null;
    }
    const at = (row % this.layout.page) * 256;
    return counts.subarray(at, at + 256);
  }

  /** The picture at up to 512 px, or null when there is no kernel to ask (draw the tile then). */
  picture(row: number): Promise<ImageBitmap | null> {
    let picture = this.pictures.get(row);
    if (!picture) {
      picture = this.fetchPicture(row).catch((error: unknown) => {
        this.pictures.delete(row);
        this.notify.failed(`no picture of ${this.images.ids[row]}: ${text(error)}`);
        return null;
      });
      this.pictures.set(row, picture);
      if (this.pictures.size > DECODED_PICTURES) this.dropOldest();
    }
    return picture;
  }

  /** Width over height of the image. */
  aspect(row: number): number {
    return this.images.tileSizes[2 * row] / Math.max(1, this.images.tileSizes[2 * row + 1]);
  }

  /** Asks again, when next needed, for the pages that did not come: the kernel may only have been busy. */
  retry(): void {
    if (this.failedPages.size === 0) return;
    this.failedPages.clear();
    this.notify.loaded();
  }

  private atlas(page: number): ImageBitmap | null {
    const atlas = this.atlases.get(page);
    if (!atlas) {
      this.load(page);
      return null;
    }
    // Re-inserting keeps the map in order of last use.
    this.atlases.delete(page);
    this.atlases.set(page, atlas);
    return atlas;
  }

  private load(page: number): void {
    if (this.pagesUnderWay.has(page) || this.failedPages.has(page)) return;
    this.pagesUnderWay.add(page);
    this.fetchPage(page)
      .then(async ({ atlas, histograms }) => {
        this.atlases.set(page, await decode(atlas));
        this.histogramPages.set(page, await inflate(histograms));
        if (this.atlases.size > DECODED_PAGES) {
          const [oldest, bitmap] = this.atlases.entries().next().value!;
          this.atlases.delete(oldest);
          bitmap.close();
        }
        this.notify.loaded();
      })
      .catch((error: unknown) => {
        this.failedPages.add(page);
        this.notify.failed(`thumbnails did not load: ${text(error)}`);
        this.notify.loaded();
      })
      .finally(() => this.pagesUnderWay.delete(page));
  }

  private async fetchPage(page: number): Promise<PackedPage> {
    const held = (this.model.get("_pages") as PackedPage[])[page];
    if (held) return held;
    const [, [atlas, histograms]] = await this.ask("page", { page });
    return { atlas, histograms };
  }

  private async fetchPicture(row: number): Promise<ImageBitmap | null> {
    const held = (this.model.get("_pictures") as DataView[])[row];
    if (held) return decode(held);
    if (!this.invoke) return null;
    const [, [bytes]] = await this.ask("picture", { row });
    return decode(bytes);
  }

  private ask(name: string, message: unknown): Promise<[unknown, DataView[]]> {
    if (!this.invoke) throw new Error("there is no kernel to ask");
    return this.invoke(name, message, { signal: AbortSignal.timeout(REQUEST_MS) });
  }

  private dropOldest(): void {
    const [oldest, bitmap] = this.pictures.entries().next().value!;
    this.pictures.delete(oldest);
    void bitmap.then((held) => held?.close());
  }
}

/** Draws a region of an image into a box, cropped to fill it or whole inside it. */
export function drawFitted(
  context: CanvasRenderingContext2D,
  image: CanvasImageSource,
  sx: number,
  sy: number,
  sw: number,
  sh: number,
  x: number,
  y: number,
  width: number,
  height: number,
  fit: "cover" | "contain",
): void {
  if (sw < 1 || sh < 1) return;
  if (fit === "cover") {
    const scale = Math.max(width / sw, height / sh);
    const cw = width / scale;
    const ch = height / scale;
    context.drawImage(image, sx + (sw - cw) / 2, sy + (sh - ch) / 2, cw, ch, x, y, width, height);
  } else {
    const scale = Math.min(width / sw, height / sh);
    const w = sw * scale;
    const h = sh * scale;
    context.drawImage(image, sx, sy, sw, sh, x + (width - w) / 2, y + (height - h) / 2, w, h);
  }
}

function decode(bytes: DataView): Promise<ImageBitmap> {
  return createImageBitmap(new Blob([bytes as DataView<ArrayBuffer>], { type: "image/webp" }));
}

async function inflate(bytes: DataView): Promise<Uint32Array> {
  const stream = new Blob([bytes as DataView<ArrayBuffer>])
    .stream()
    .pipeThrough(new DecompressionStream("deflate"));
  return new Uint32Array(await new Response(stream).arrayBuffer());
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
