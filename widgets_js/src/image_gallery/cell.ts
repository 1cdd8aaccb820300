// One cell of the gallery: thumbnail, short name and group mark. Cells are used again as they scroll.

import { element } from "../core/dom.ts";
import { middleEllipsis } from "../core/format.ts";
import { groupMark, groupName, groupShape, traceShape } from "../core/groups.ts";
import type { Store } from "../core/store.ts";
import type { Theme } from "../core/theme.ts";

/** Mean width of a character at the size of the cell's caption, in pixels. */
const CHARACTER = 5.4;

export class Cell {
  readonly node = element("button", "cz-image-gallery-cell");
  readonly canvas = element("canvas", "cz-image-gallery-thumb");
  private readonly name = element("span", "cz-image-gallery-name");
  private readonly badge = element("span", "cz-image-gallery-stack");
  private readonly stranger = element("span", "cz-image-gallery-stranger", ["?"]);
  private readonly badges = element("span", "cz-image-gallery-badges", [this.badge, this.stranger]);
  private readonly mark = element("span", "cz-image-gallery-mark");
  private group = -1;
  private size = 0;
  private drawn = false;
  row = -1;

  constructor() {
    this.node.type = "button";
    this.node.tabIndex = -1;
    this.canvas.setAttribute("aria-hidden", "true");
    this.stranger.title = "unfamiliar: unlike the images this model was trained on";
    this.node.append(this.canvas, this.name, this.badges, this.mark);
  }

  /** Puts an image into the cell. */
  show(store: Store, row: number, stack: number, size: number): void {
    const { images } = store;
    if (row !== this.row || size !== this.size) {
      this.row = row;
      this.node.dataset.imageId = images.ids[row];
      this.node.setAttribute("aria-label", cellLabel(store, row));
      this.stranger.hidden = !images.unfamiliar(row);
      this.name.textContent = middleEllipsis(images.names[row], Math.max(4, Math.floor((size - 10) / CHARACTER)));
      const scale = window.devicePixelRatio || 1;
      this.size = size;
      this.canvas.width = this.canvas.height = Math.round(size * scale);
      this.drawn = false;
    }
    if (images.cluster[row] !== this.group) {
      this.group = images.cluster[row];
      this.mark.replaceChildren(groupMark(this.group, 11));
    }
    this.badge.textContent = stack > 1 ? `\u00d7${stack}` : "";
    this.badge.hidden = stack < 2;
    this.badge.title = stack > 1 ? `one of ${stack} images of this scene` : "";
    this.draw(store);
  }

  /** Draws the thumbnail unless it is there already; it may still be on its way. */
  draw(store: Store): void {
    if (this.drawn || this.row < 0) return;
    const context = this.canvas.getContext("2d")!;
    const side = this.canvas.width;
    this.drawn = store.pictures.drawTile(context, this.row, 0, 0, side, side);
  }

  /** Draws the cell as it looks into a picture. */
  paint(picture: CanvasRenderingContext2D, store: Store, theme: Theme, x: number, y: number, side: number): void {
    picture.drawImage(this.canvas, x, y, side, side);
    picture.font = `10px ${theme.font}`;
    picture.textAlign = "left";
    picture.textBaseline = "alphabetic";
    picture.lineJoin = "round";
    picture.lineWidth = 2.5;
    picture.strokeStyle = "rgba(0, 0, 0, 0.75)";
    picture.strokeText(this.name.textContent ?? "", x + 5, y + side - 6);
    picture.fillStyle = "#f2f4f8";
    picture.fillText(this.name.textContent ?? "", x + 5, y + side - 6);
    if (!this.stranger.hidden) this.paintStranger(picture, theme, x, y);
    picture.beginPath();
    traceShape(picture, groupShape(this.group), x + side - 10.5, y + 10.5, 4);
    picture.lineWidth = 1.4;
    picture.strokeStyle = theme.panel;
    picture.stroke();
    picture.fillStyle = theme.group(this.group);
    picture.fill();
    if (this.row !== store.selected) return;
    for (const [color, width] of [[theme.panel, 4], [theme.ring, 2]] as const) {
      picture.strokeStyle = color;
      picture.lineWidth = width;
      picture.strokeRect(x, y, side, side);
    }
  }

  private paintStranger(picture: CanvasRenderingContext2D, theme: Theme, x: number, y: number): void {
    picture.save();
    picture.beginPath();
    picture.arc(x + 11.5, y + 11.5, 7.5, 0, 2 * Math.PI);
    picture.fillStyle = theme.bad;
    picture.fill();
    picture.font = `bold 11px ${theme.font}`;
    picture.textAlign = "center";
    picture.textBaseline = "middle";
    picture.fillStyle = theme.panel;
    picture.fillText("?", x + 11.5, y + 12);
    picture.restore();
  }
}

function cellLabel({ images }: Store, row: number): string {
  const label = images.labelName(row);
  const stranger = images.unfamiliar(row) ? "unfamiliar" : null;
  return [images.names[row], label, groupName(images.cluster[row]), stranger].filter(Boolean).join(", ");
}
