// The CAM accordion: a strip of slices through all images of one class, each under its CAM overlay;
// the slice under the pointer, in focus or selected opens to its whole picture.
// Reads the traits `label` (class name; null for all images) and `slice_position` (0 to 100), and the
// store's selection, hover, filters and CAM settings; writes the selection, the hover and `slice_position`.

import { CamOverlays } from "../core/cam.ts";
import { element } from "../core/dom.ts";
import { plural } from "../core/format.ts";
import { onChange } from "../core/model.ts";
import { Panel, type Size, type ViewContext } from "../core/panel.ts";
import { addSaveAction } from "../core/save_picture.ts";
import { addStyles } from "../core/styles.ts";
import { reducedMotion } from "../core/theme.ts";
import { dragScroll } from "./drag_scroll.ts";
import { DrawQueue } from "./draw_queue.ts";
import { indexAt, layoutStrip, pictureBox, sliceAt, type Strip } from "./layout.ts";
import { makePositionControl, slicePosition } from "./position_control.ts";
import { rowsOfClass, scenesOf } from "./rows.ts";
import { Slice } from "./slice.ts";
import styles from "./styles.css";

addStyles(styles);

/** Space at the sides and below, in pixels; a scroll bar lies in it. */
const MARGIN = 12;
/** Pixels beyond each edge in which slices are kept; an opening slice pushes its neighbours this far. */
const OVERSCAN = 260;
/** Narrower than this the header leaves words out. */
const NARROW = 420;

export function mountCamAccordion(context: ViewContext): void {
  new Accordion(context);
}

class Accordion {
  private readonly panel: Panel;
  private readonly overlays: CamOverlays;
  private readonly inner = element("div", "cz-cam-accordion-strip");
  private readonly scroller = element("div", "cz-cam-accordion", [this.inner]);
  private readonly slices = new Map<number, Slice>();
  private rows: number[] = [];
  private readonly places = new Map<number, number>();
  private strip: Strip = layoutStrip(0, 1, new Map());
  private active = -1;
  /** Row under the pointer or in focus here; it is open */
  private pointed = -1;
  private hovered = -1;
  private readonly queue: DrawQueue<Slice>;

  constructor(private readonly context: ViewContext) {
    const { store, signal, model } = context;
    this.panel = new Panel(context, {
      name: "cam-accordion",
      title: "",
      help:
        "A slice through every image of the class, with the part the model looked at in pink and purple. " +
        "Point at a slice to open it, click to select; wheel or drag moves along a long strip.",
    });
    this.overlays = CamOverlays.of(store);
    this.queue = new DrawQueue(signal);
    this.panel.body.append(this.scroller);
    this.panel.addControl(makePositionControl(context, () => this.arrange("still")));
    addSaveAction(this.panel, `cam-${this.className ?? "all"}`, (picture, size) => this.paint(picture, size));
    this.listen();
    this.rebuild();
    this.panel.onResize(({ width }) => {
      this.panel.root.classList.toggle("cz-narrow", width < NARROW);
      this.arrange("still");
      this.reveal(store.selected, "instant");
    });
    onChange(model, "label", () => this.rebuild(), signal);
    store.on("visible", () => this.rebuild(), signal);
    store.on("cam", () => this.slices.forEach((slice) => this.queue.add(slice)), signal);
    store.on("tiles", () => this.slices.forEach((slice) => slice.waiting && this.queue.add(slice)), signal);
    store.on("selected", () => this.followSelected(), signal);
    store.on("hovered", () => this.followHovered(), signal);
  }

  private get className(): string | null {
    return (this.context.model.get("label") as string | null | undefined) ?? null;
  }

  private listen(): void {
    const { store } = this.context;
    const { inner, scroller } = this;
    dragScroll(scroller);
    scroller.addEventListener("scroll", () => this.render(), { passive: true });
    inner.addEventListener("click", (event) => {
      const row = this.rowOf(event.target);
      if (row >= 0) store.select(row);
    });
    inner.addEventListener("pointermove", (event) => {
      if (event.buttons) return;
      // The place a slice is heading for counts, so that none opens in passing.
      const x = event.clientX - inner.getBoundingClientRect().left;
      this.point(this.rows[indexAt(this.strip, x)] ?? -1);
    });
    inner.addEventListener("pointerleave", () => this.point(-1));
    inner.addEventListener("focusin", (event) => {
      if ((event.target as HTMLElement).matches(":focus-visible")) this.point(this.rowOf(event.target));
    });
    inner.addEventListener("focusout", () => this.point(-1));
    inner.addEventListener("keydown", (event) => this.key(event));
  }

  private key(event: KeyboardEvent): void {
    if (event.key === "Escape") {
      this.context.store.select(-1);
      return;
    }
    const at = this.places.get(this.rowOf(event.target)) ?? -1;
    const last = this.rows.length - 1;
    const to = { ArrowRight: Math.min(last, at + 1), ArrowLeft: Math.max(0, at - 1), Home: 0, End: last }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    this.active = this.rows[to];
    this.point(this.active);
    this.reveal(this.active, "instant");
    this.slices.get(this.active)?.node.focus();
  }

  /** Opens the slice under the pointer or in focus, and tells the other panels. */
  private point(row: number): void {
    const { store } = this.context;
    if (row === this.pointed) return;
    this.pointed = row;
    this.arrange("moving");
    // Without a point no card appears: the open slice shows the picture already.
    store.hover(row, null);
  }

  /** Works out anew which images the strip holds. */
  private rebuild(): void {
    const { store } = this.context;
    const { className } = this;
    this.rows = rowsOfClass(store.images, className, store.visible);
    this.places.clear();
    this.rows.forEach((row, place) => this.places.set(row, place));
    if (!this.places.has(this.pointed)) this.pointed = -1;
    if (!this.places.has(this.active)) this.active = this.rows[0] ?? -1;
    const title = className ?? "All images";
    this.panel.setTitle(title);
    this.panel.root.setAttribute("aria-label", `CAM accordion: ${title}`);
    const scenes = scenesOf(store.images, this.rows);
    const counts = plural(this.rows.length, "image");
    this.panel.setFact(scenes < this.rows.length ? `${counts}, ${plural(scenes, "scene")}` : counts);
    this.panel.say(this.rows.length ? null : this.emptyText());
    this.arrange("still");
  }

  private emptyText(): string {
    const { images } = this.context.store;
    const any = rowsOfClass(images, this.className, new Uint8Array(images.n).fill(1)).length > 0;
    const what = this.className === null ? "images" : `images of class ${this.className}`;
    return any ? `No ${what} pass the filters` : `No ${what}`;
  }

  private get height(): number {
    return Math.max(1, this.panel.body.clientHeight - MARGIN);
  }

  private arrange(motion: "moving" | "still"): void {
    const width = this.panel.body.clientWidth - 2 * MARGIN;
    if (width <= 0) return;
    const { store } = this.context;
    const { height } = this;
    const wishes = new Map<number, number>();
    for (const row of [store.selected, this.pointed]) {
      const place = row < 0 ? undefined : this.places.get(row);
      if (place !== undefined) wishes.set(place, store.pictures.aspect(row) * height);
    }
    this.strip = layoutStrip(this.rows.length, width, wishes);
    this.inner.style.width = `${this.strip.length}px`;
    this.inner.style.height = `${height}px`;
    this.render(motion);
  }

  /** Brings the page's slices in line with what is in view. */
  private render(motion?: "moving" | "still"): void {
    const { store } = this.context;
    const { strip, scroller } = this;
    const first = indexAt(strip, scroller.scrollLeft - OVERSCAN);
    const last = this.rows.length ? indexAt(strip, scroller.scrollLeft + scroller.clientWidth + OVERSCAN) : -1;
    // Slices on their way out of view leave when the next scroll or motion finds them.
    for (const [row, slice] of this.slices) {
      const place = this.places.get(row) ?? -1;
      if ((place >= first && place <= last) || (place >= 0 && slice.node.matches(":focus"))) continue;
      slice.node.remove();
      this.queue.drop(slice);
      this.slices.delete(row);
    }
    // A scroll leaves a motion under way as it is.
    if (motion) this.inner.classList.toggle("cz-moving", motion === "moving");
    const position = slicePosition(this.context);
    const { height } = this;
    let next = this.inner.firstElementChild;
    for (let place = first; place <= last; place++) {
      const row = this.rows[place];
      const slice = this.slices.get(row) ?? this.addSlice(row);
      const { x, width } = sliceAt(strip, place);
      slice.node.classList.toggle("cz-first", place === 0);
      slice.node.classList.toggle("cz-last", place === this.rows.length - 1);
      slice.setOpen(strip.open.has(place));
      slice.place(x, width, pictureBox(width, height, store.pictures.aspect(row), position, slice.open));
      if (slice.node === next) next = next.nextElementSibling;
      else this.inner.insertBefore(slice.node, next);
      // The picture comes at once, its overlay when there is time for it.
      if (slice.waiting) {
        slice.drawBare();
        this.queue.add(slice);
      }
    }
    this.mark();
  }

  private addSlice(row: number): Slice {
    const slice = new Slice(this.context.store, this.overlays, row);
    this.slices.set(row, slice);
    return slice;
  }

  private mark(): void {
    const { selected } = this.context.store;
    const entry = this.slices.has(this.active) ? this.active : this.slices.keys().next().value;
    this.inner.classList.toggle("cz-dim", this.hovered >= 0);
    for (const [row, { node }] of this.slices) {
      node.setAttribute("aria-pressed", String(row === selected));
      node.tabIndex = row === entry ? 0 : -1;
      node.classList.toggle("cz-hovered", row === this.hovered);
    }
  }

  private followSelected(): void {
    const { selected } = this.context.store;
    if (this.places.has(selected)) this.active = selected;
    this.arrange("moving");
    this.reveal(selected, "smooth");
  }

  private followHovered(): void {
    const { hovered } = this.context.store;
    if (hovered === this.hovered) return;
    this.hovered = hovered;
    this.mark();
  }

  /** Scrolls as little as needed to show a slice. */
  private reveal(row: number, motion: "smooth" | "instant"): void {
    const place = this.places.get(row);
    if (place === undefined) return;
    const { scroller } = this;
    const { x, width } = sliceAt(this.strip, place);
    const view = scroller.clientWidth;
    const offset = scroller.scrollLeft;
    const target = x < offset ? x : x + width > offset + view ? x + width - view : offset;
    if (target === offset) return;
    const near = Math.abs(target - offset) < 2 * view;
    const behavior = motion === "smooth" && near && !reducedMotion() ? "smooth" : "instant";
    scroller.scrollTo({ left: target, behavior });
    if (behavior === "instant") this.render();
  }

  private rowOf(target: EventTarget | null): number {
    const node = (target as HTMLElement | null)?.closest<HTMLElement>("[data-image-id]");
    return node ? this.context.store.images.row(node.dataset.imageId!) : -1;
  }

  /** The slices in view as a picture. */
  private paint(picture: CanvasRenderingContext2D, { width }: Size): void {
    const { store } = this.context;
    const position = slicePosition(this.context);
    for (const [row, { canvas, open }] of this.slices) {
      const at = sliceAt(this.strip, this.places.get(row)!);
      const x = MARGIN + at.x - this.scroller.scrollLeft;
      if (x > width - MARGIN || x + at.width < MARGIN) continue;
      const box = pictureBox(at.width, this.height, store.pictures.aspect(row), position, open);
      picture.save();
      picture.beginPath();
      picture.rect(x, 0, at.width, this.height);
      picture.clip();
      picture.drawImage(canvas, x + box.left, box.top, box.width, box.height);
      picture.restore();
      if (row !== store.selected) continue;
      const { panel, ring } = this.panel.theme;
      for (const [color, inset] of [[panel, 2.5], [ring, 1]] as const) {
        picture.strokeStyle = color;
        picture.lineWidth = inset === 1 ? 2 : 1;
        picture.strokeRect(x + inset, inset, at.width - 2 * inset, this.height - 2 * inset);
      }
    }
  }
}
