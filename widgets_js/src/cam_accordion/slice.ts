// One slice of the accordion: a button over which the whole picture lies, cut by the slice's edges.
// The picture is drawn once with its CAM; opening and closing only move boxes.

import { element } from "../core/dom.ts";
import type { CamOverlays } from "../core/cam.ts";
import { drawFitted } from "../core/pictures.ts";
import type { Store } from "../core/store.ts";
import type { Box } from "./layout.ts";

/** Long side in pixels of a canvas that holds a thumbnail; thumbnails have no more. */
const TILE_SIDE = 192;
const PICTURE_SIDE = 512;
/** From this width on, in pixels, a slice shows so much that a thumbnail would look soft. */
const WIDE = 80;

export class Slice {
  readonly node = element("button", "cz-cam-accordion-slice");
  readonly canvas = element("canvas", "cz-cam-accordion-picture");
  private readonly caption = element("span", "cz-cam-accordion-caption");
  /** What the canvas shows now; all but the bare thumbnail with its CAM */
  private detail: "none" | "bare" | "tile" | "picture" = "none";
  /** The full picture has been asked for */
  private sharp = false;
  open = false;

  constructor(
    private readonly store: Store,
    private readonly overlays: CamOverlays,
    readonly row: number,
  ) {
    const { images } = store;
    this.node.type = "button";
    this.node.tabIndex = -1;
    this.node.dataset.imageId = images.ids[row];
    this.node.setAttribute("aria-label", [images.names[row], images.labelName(row)].filter(Boolean).join(", "));
    this.canvas.setAttribute("aria-hidden", "true");
    this.caption.textContent = images.names[row];
    this.node.append(this.canvas, this.caption);
  }

  /** Moves the slice and the picture behind it; the style sheet makes it one motion. */
  place(x: number, width: number, box: Box): void {
    const { node, canvas } = this;
    node.style.left = `${x}px`;
    node.style.width = `${width}px`;
    canvas.style.left = `${box.left}px`;
    canvas.style.top = `${box.top}px`;
    canvas.style.width = `${box.width}px`;
    canvas.style.height = `${box.height}px`;
    if ((this.open || width >= WIDE) && !this.sharp) {
      this.sharp = true;
      this.sharpen();
    }
  }

  setOpen(open: boolean): void {
    this.open = open;
    this.node.classList.toggle("cz-open", open);
  }

  /** Draws the thumbnail without its CAM, which takes longer. */
  drawBare(): void {
    if (this.detail !== "none") return;
    const context = this.sized(TILE_SIDE);
    const { width, height } = this.canvas;
    if (this.store.pictures.drawTile(context, this.row, 0, 0, width, height)) this.detail = "bare";
  }

  /** Draws what there is; called again when thumbnails arrive or the CAM changes. */
  draw(): void {
    if (this.detail === "picture") this.sharpen();
    else this.drawTile();
  }

  /** True until the thumbnail has been drawn with its CAM. */
  get waiting(): boolean {
    return this.detail === "none" || this.detail === "bare";
  }

  private drawTile(): void {
    const context = this.sized(TILE_SIDE);
    const { width, height } = this.canvas;
    if (!this.store.pictures.drawTile(context, this.row, 0, 0, width, height)) return;
    this.detail = "tile";
    this.overlays.draw(context, this.row, 0, 0, width, height);
  }

  /** Swaps the thumbnail for the full picture as soon as it is there. */
  private sharpen(): void {
    void this.store.pictures.picture(this.row).then((picture) => {
      // Without a kernel there is none; a bitmap that the cache let go of has no size.
      if (!picture?.width || !this.node.isConnected) {
        if (this.detail === "picture") this.drawTile();
        return;
      }
      const context = this.sized(PICTURE_SIDE);
      const { width, height } = this.canvas;
      drawFitted(context, picture, 0, 0, picture.width, picture.height, 0, 0, width, height, "cover");
      this.overlays.draw(context, this.row, 0, 0, width, height);
      this.detail = "picture";
    });
  }

  /** The canvas in the picture's proportions, cleared, with its long side as given. */
  private sized(side: number): CanvasRenderingContext2D {
    const aspect = this.store.pictures.aspect(this.row);
    this.canvas.width = Math.max(1, Math.round(aspect >= 1 ? side : side * aspect));
    this.canvas.height = Math.max(1, Math.round(aspect >= 1 ? side / aspect : side));
    return this.canvas.getContext("2d")!;
  }
}
