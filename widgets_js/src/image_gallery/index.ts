// The image gallery: every visible image as a thumbnail in a grid (or a strip), with name and group.
// Only the cells in view are in the page. Reads the store's selection, hover and filters and the trait
// `details` (facts of the selected image above the grid); writes the selection and the hover.

import { element } from "../core/dom.ts";
import { plural, thousands } from "../core/format.ts";
import { Panel, type Size, type ViewContext } from "../core/panel.ts";
import { addSaveAction } from "../core/save_picture.ts";
import { addStyles } from "../core/styles.ts";
import { reducedMotion } from "../core/theme.ts";
import { Cell } from "./cell.ts";
import { makeDetails } from "./details.ts";
import { cellAt, cellsInView, type Grid, indexAfterKey, makeGrid, offsetToShow } from "./grid.ts";
import { shownRows, sortedRows, sortKeys, type Shown, type SortKey } from "./order.ts";
import { addSortMenu } from "./sort_menu.ts";
import styles from "./styles.css";

addStyles(styles);

/** Space around the cells, in pixels; room for the ring of a selected one. */
const MARGIN = 12;
const TOP = 4;
/** The first thumbnail asks to be clicked during this time, in ms. */
const PULSE = { from: 3000, to: 10_000 };
/** Narrower than this the header shortens its words. */
const NARROW = 340;
/** Cells kept for later use beyond those in the page. */
const SPARE = 120;

export function mountImageGallery(context: ViewContext): void {
  new Gallery(context);
}

class Gallery {
  private readonly panel: Panel;
  private readonly inner = element("div", "cz-image-gallery-cells");
  private readonly scroller = element("div", "cz-image-gallery-scroller", [this.inner]);
  private readonly cells = new Map<number, Cell>();
  private readonly spare: Cell[] = [];
  private grid: Grid = makeGrid(0, 1, 1);
  private sorted: Uint32Array;
  private shown: Shown = { rows: [], stack: [] };
  /** Index of each row's cell, -1 for rows that are not shown */
  private readonly place: Int32Array;
  private fold = false;
  /** Row that the keyboard would act on */
  private active = 0;
  /** Row of the first cell in the page */
  private first = -1;
  private hovered = -1;

  constructor(private readonly context: ViewContext) {
    const { store, signal, model } = context;
    this.panel = new Panel(context, {
      name: "image-gallery",
      title: "Images",
      help:
        "Click an image to select it in every panel. The mark in its corner is its group. " +
        (store.images.unfamiliarity
          ? "A red ? marks an image unlike those the model was trained on; do not rely on its class. "
          : "") +
        "Arrow keys move, Enter selects, Escape clears.",
    });
    this.sorted = sortedRows(store.images, "name", false);
    this.place = new Int32Array(store.images.n).fill(-1);
    const frame = element("div", "cz-image-gallery", [this.scroller]);
    this.panel.body.append(frame);
    const scenes = this.addScenesAction();
    addSortMenu(this.panel, sortKeys(store.images), (key, descending) => this.sort(key, descending));
    addSaveAction(this.panel, "images", (picture, size) => this.paint(picture, size));

    if (model.get("details") === true) {
      const details = makeDetails(store);
      frame.prepend(details.node);
      store.on(["selected", "tiles"], details.update, signal);
    }
    this.listen();
    this.rebuild();
    this.panel.onResize(({ width }) => {
      if (scenes) scenes.textContent = width < NARROW ? "scenes" : "unique scenes";
      this.arrange();
      this.reveal(store.selected, "instant");
    });
    store.on("visible", () => this.rebuild(), signal);
    store.on("selected", () => this.followSelected(), signal);
    store.on("hovered", () => this.followHovered(), signal);
    store.on("tiles", () => this.cells.forEach((cell) => cell.draw(store)), signal);
    this.invite();
  }

  private listen(): void {
    const { store } = this.context;
    const { inner, scroller } = this;
    scroller.addEventListener("scroll", () => this.render(), { passive: true });
    scroller.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    inner.addEventListener("click", (event) => {
      const row = this.rowOf(event.target);
      if (row < 0) return;
      this.active = row;
      store.select(row);
      this.markActive();
    });
    inner.addEventListener("pointermove", (event) => {
      if (event.buttons) return;
      store.hover(this.rowOf(event.target), { x: event.clientX, y: event.clientY });
    });
    inner.addEventListener("pointerleave", () => store.hover(-1));
    inner.addEventListener("focusin", (event) => {
      if ((event.target as HTMLElement).matches(":focus-visible")) store.hover(this.rowOf(event.target));
    });
    inner.addEventListener("focusout", () => store.hover(-1));
    inner.addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        store.select(-1);
        return;
      }
      const row = this.rowOf(event.target);
      const index = row < 0 ? null : indexAfterKey(this.grid, this.place[row], event.key);
      if (index === null) return;
      event.preventDefault();
      this.active = this.shown.rows[index];
      this.reveal(this.active, "instant");
      this.markActive();
      this.cells.get(this.active)?.node.focus();
    });
  }

  private addScenesAction(): HTMLButtonElement | null {
    const { images } = this.context.store;
    if (images.sceneCounts.size === images.n) return null;
    const action = this.panel.addAction("unique scenes", "Show one image of each scene (rotated copies are one scene)", () => {
      this.fold = !this.fold;
      action.setAttribute("aria-pressed", String(this.fold));
      this.rebuild();
    });
    action.setAttribute("aria-pressed", "false");
    return action;
  }

  private sort(key: SortKey, descending: boolean): void {
    this.sorted = sortedRows(this.context.store.images, key, descending);
    this.scroller.scrollTo(0, 0);
    this.rebuild();
  }

  /** Works out anew which images are shown, and in which order. */
  private rebuild(): void {
    const { store } = this.context;
    const { images } = store;
    this.shown = shownRows(this.sorted, store.visible, this.fold ? { scene: images.scene, selected: store.selected } : null);
    this.place.fill(-1);
    this.shown.rows.forEach((row, index) => (this.place[row] = index));
    if (!(this.place[this.active] >= 0)) this.active = this.shown.rows[0] ?? -1;
    const all = store.visibleCount === images.n ? "" : ` of ${thousands(images.n)}`;
    this.panel.setFact(this.fold
      ? plural(this.shown.rows.length, "scene")
      : `${thousands(store.visibleCount)}${all}`);
    this.panel.say(images.n === 0 ? "No images" : this.shown.rows.length ? null : "No image passes the filters");
    this.arrange();
  }

  private arrange(): void {
    const { clientWidth, clientHeight } = this.panel.body;
    if (clientWidth === 0) return;
    const details = this.scroller.offsetTop;
    // A scroll bar lies in the margin, so it never changes the columns.
    this.grid = makeGrid(this.shown.rows.length, clientWidth - 2 * MARGIN, clientHeight - details - TOP - MARGIN);
    const { strip, length, cell } = this.grid;
    this.scroller.classList.toggle("cz-strip", strip);
    this.inner.style.width = strip ? `${length}px` : `${clientWidth - 2 * MARGIN}px`;
    this.inner.style.height = `${strip ? cell : length}px`;
    this.inner.style.setProperty("--cz-cell", `${cell}px`);
    this.render();
  }

  private get offset(): number {
    return this.grid.strip ? this.scroller.scrollLeft : this.scroller.scrollTop;
  }

  private get viewport(): number {
    return this.grid.strip ? this.scroller.clientWidth - MARGIN : this.scroller.clientHeight - TOP;
  }

  /** Brings the page's cells in line with what is in view. */
  private render(): void {
    const { store } = this.context;
    const [first, last] = cellsInView(this.grid, this.offset, this.viewport);
    for (const [row, cell] of this.cells) {
      const index = this.place[row];
      // A cell that holds the focus stays, or the keyboard would lose its place.
      if ((index >= first && index < last) || (index >= 0 && cell.node.matches(":focus"))) continue;
      this.cells.delete(row);
      cell.node.remove();
      if (this.spare.length < SPARE) this.spare.push(cell);
    }
    this.first = this.shown.rows[first] ?? -1;
    let next = this.inner.firstElementChild;
    for (let index = first; index < last; index++) {
      const row = this.shown.rows[index];
      const cell = this.cells.get(row) ?? this.spare.pop() ?? new Cell();
      this.cells.set(row, cell);
      cell.show(store, row, this.shown.stack[index], this.grid.cell);
      const { x, y } = cellAt(this.grid, index);
      cell.node.style.left = `${x}px`;
      cell.node.style.top = `${y}px`;
      // Kept in reading order, for readers and for tests.
      if (cell.node === next) next = next.nextElementSibling;
      else this.inner.insertBefore(cell.node, next);
    }
    this.markSelected();
    this.markActive();
    this.markHovered();
  }

  private markSelected(): void {
    const { selected } = this.context.store;
    for (const [row, { node }] of this.cells) node.setAttribute("aria-pressed", String(row === selected));
  }

  /** One cell takes part in the tab order: the active one, or the first in view. */
  private markActive(): void {
    const entry = this.cells.has(this.active) ? this.active : this.first;
    for (const [row, { node }] of this.cells) node.tabIndex = row === entry ? 0 : -1;
  }

  private markHovered(): void {
    const { hovered } = this;
    this.inner.classList.toggle("cz-dim", hovered >= 0);
    for (const [row, { node }] of this.cells) node.classList.toggle("cz-hovered", row === hovered);
  }

  private followSelected(): void {
    const { selected } = this.context.store;
    if (selected >= 0) {
      this.active = selected;
      if (this.fold) this.rebuild();
      this.reveal(selected, "smooth");
    }
    this.markSelected();
    this.markActive();
  }

  private followHovered(): void {
    const { hovered } = this.context.store;
    if (hovered === this.hovered) return;
    this.hovered = hovered;
    this.markHovered();
  }

  /** Scrolls as little as needed to show an image. */
  private reveal(row: number, motion: "smooth" | "instant"): void {
    const index = row < 0 ? -1 : this.place[row];
    if (index < 0) return;
    const { offset, viewport } = this;
    const target = offsetToShow(this.grid, index, offset, viewport);
    if (target === offset) return;
    // A long way is jumped: to fly over thousands of images would load them all.
    const near = Math.abs(target - offset) < 2 * viewport;
    const behavior = motion === "smooth" && near && !reducedMotion() ? "smooth" : "instant";
    this.scroller.scrollTo({ [this.grid.strip ? "left" : "top"]: target, behavior });
    if (behavior === "instant") this.render();
  }

  /** In a strip the usual wheel moves along it, until an end is reached. */
  private wheel(event: WheelEvent): void {
    if (!this.grid.strip || Math.abs(event.deltaX) > Math.abs(event.deltaY)) return;
    const before = this.scroller.scrollLeft;
    this.scroller.scrollLeft += event.deltaY;
    if (this.scroller.scrollLeft !== before) event.preventDefault();
  }

  private rowOf(target: EventTarget | null): number {
    const node = (target as HTMLElement | null)?.closest<HTMLElement>("[data-image-id]");
    return node ? this.context.store.images.row(node.dataset.imageId!) : -1;
  }

  /** The first thumbnail pulses for a while if nothing has been picked. */
  private invite(): void {
    const { store, signal } = this.context;
    if (reducedMotion() || store.selected >= 0) return;
    const stop = () => {
      clearTimeout(start);
      clearTimeout(end);
      this.inner.classList.remove("cz-invite");
    };
    const start = setTimeout(() => this.inner.classList.add("cz-invite"), PULSE.from);
    const end = setTimeout(stop, PULSE.to);
    store.on("selected", stop, signal);
    signal.addEventListener("abort", stop, { once: true });
  }

  /** The cells in view as a picture. */
  private paint(picture: CanvasRenderingContext2D, { width, height }: Size): void {
    const frame = this.panel.body.getBoundingClientRect();
    picture.save();
    picture.beginPath();
    picture.rect(0, 0, width, height);
    picture.clip();
    for (const cell of this.cells.values()) {
      const box = cell.node.getBoundingClientRect();
      const [x, y] = [box.left - frame.left, box.top - frame.top];
      if (x > width || y > height || x + box.width < 0 || y + box.height < 0) continue;
      cell.paint(picture, this.context.store, this.panel.theme, x, y, box.width);
    }
    picture.restore();
  }
}
