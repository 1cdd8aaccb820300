// Pointer and keyboard for marks that are drawn on canvas.
// Up to KEYED marks each get a focusable button with data-image-id over their place, so that they can
// be reached, read aloud and found: Tab enters at one of them, arrows go to the next in a direction.
// Above that the pointer alone picks the nearest mark.

import { quadtree, type Quadtree } from "d3-quadtree";
import { element } from "./dom.ts";
import { step } from "./mark_steps.ts";
import type { Panel } from "./panel.ts";

export interface Mark {
  /** Image row */
  row: number;
  /** Pixels in the panel's body */
  x: number;
  y: number;
  /** Radius in pixels */
  r: number;
}

const KEYED = 600;
/** Pixels beyond a mark's edge that still count as on it. */
const REACH = 6;

export class MarkLayer {
  private readonly layer = element("div", "cz-marks");
  private readonly buttons = new Map<number, HTMLButtonElement>();
  private marks: Mark[] = [];
  /** Built when the pointer first asks, because marks move far more often than they are pointed at. */
  private tree: Quadtree<Mark> | null = null;
  private largest = 0;
  /** Row of the mark that had the focus last. */
  private focused = -1;
  /** Set while a drag or lasso is under way, so that its end is not taken for a click. */
  suspended = false;

  constructor(private readonly panel: Panel) {
    const { store, signal } = panel.context;
    panel.body.append(this.layer);
    this.layer.addEventListener("pointermove", (event) => {
      if (this.suspended || event.buttons) return;
      const mark = this.at(event);
      this.layer.style.cursor = mark ? "pointer" : "";
      store.hover(mark?.row ?? -1, { x: event.clientX, y: event.clientY });
    });
    this.layer.addEventListener("pointerleave", () => store.hover(-1));
    this.layer.addEventListener("click", (event) => {
      if (this.suspended) return;
      // A click from the keyboard has no place; the button itself says which image it was.
      const target = event.target as HTMLElement;
      const keyed = event.detail === 0 ? Number(target.dataset.row ?? -1) : -1;
      const row = keyed >= 0 ? keyed : (this.at(event)?.row ?? -1);
      if (row >= 0) store.select(row);
    });
    this.layer.addEventListener("keydown", (event) => {
      if (event.key === "Escape") store.select(-1);
      const from = this.marks.find((mark) => mark.row === this.focused);
      const to = from && this.buttons.size ? step(this.marks, from, event.key) : -1;
      if (to < 0) return;
      event.preventDefault();
      this.buttons.get(this.marks[to].row)?.focus();
    });
    this.layer.addEventListener("focusin", (event) => {
      const target = event.target as HTMLElement;
      this.focused = Number(target.dataset.row ?? -1);
      this.markEntry();
      if (!target.matches(":focus-visible")) return;
      const box = target.getBoundingClientRect();
      store.hover(this.focused, { x: box.right, y: box.bottom });
    });
    store.on("selected", () => this.markEntry(), signal);
    this.layer.addEventListener("focusout", () => store.hover(-1));
    signal.addEventListener("abort", () => this.layer.remove(), { once: true });
  }

  /** The element that receives the pointer, for drags and lassos. */
  get surface(): HTMLElement {
    return this.layer;
  }

  /** Tells the layer where the marks are now. */
  update(marks: Mark[]): void {
    this.marks = marks;
    this.tree = null;
    this.largest = marks.reduce((r, mark) => Math.max(r, mark.r), 0);
    const keyed = marks.length <= KEYED ? marks : [];
    const stale = new Set(this.buttons.keys());
    for (const mark of keyed) {
      stale.delete(mark.row);
      const node = this.buttons.get(mark.row) ?? this.addButton(mark.row);
      node.style.transform = `translate(${mark.x - mark.r}px, ${mark.y - mark.r}px)`;
      node.style.width = node.style.height = `${2 * mark.r}px`;
    }
    for (const row of stale) {
      this.buttons.get(row)!.remove();
      this.buttons.delete(row);
    }
    this.markEntry();
  }

  /** The mark under a pointer event: the nearest one whose disc, with some reach, holds the point. */
  at(event: MouseEvent): Mark | undefined {
    const box = this.layer.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    this.tree ??= quadtree<Mark>(this.marks, (m) => m.x, (m) => m.y);
    const mark = this.tree.find(x, y, this.largest + REACH);
    return mark && Math.hypot(mark.x - x, mark.y - y) <= mark.r + REACH ? mark : undefined;
  }

  /** One button takes part in the tab order: the one in focus last, else the selected, else the first. */
  private markEntry(): void {
    const wanted = [this.focused, this.panel.context.store.selected];
    const entry = wanted.find((row) => this.buttons.has(row)) ?? this.marks[0]?.row;
    for (const [row, node] of this.buttons) node.tabIndex = row === entry ? 0 : -1;
  }

  private addButton(row: number): HTMLButtonElement {
    const { images } = this.panel.context.store;
    const node = element("button", "cz-mark-button");
    node.type = "button";
    node.dataset.imageId = images.ids[row];
    node.dataset.row = String(row);
    node.setAttribute("aria-label", images.names[row]);
    this.buttons.set(row, node);
    this.layer.append(node);
    return node;
  }
}
