// Parallel coordinates: one line an image across group, PC 1, PC 2, entropy and confidence.
// Dragging along an axis filters every panel. Reads the store's selection, hover and filters;
// writes the selection, the hover and one filter an axis ("brush:<axis>"). No traits of its own.

import { element } from "../core/dom.ts";
import { thousands } from "../core/format.ts";
import { Panel, type Size, type ViewContext } from "../core/panel.ts";
import { addSaveAction } from "../core/save_picture.ts";
import { addStyles } from "../core/styles.ts";
import { makeAxes, type Axis } from "./axes.ts";
import { BrushLayer } from "./brush_layer.ts";
import { lineAt, makeFrame, makeHeights, nearestLine, type Frame } from "./geometry.ts";
import { HANDLES, LineHandles } from "./handles.ts";
import { drawAllLines, LinePainter, type Scene } from "./lines.ts";
import { drawAxes, drawStrongLine } from "./overlay.ts";
import styles from "./styles.css";

addStyles(styles);

/** A line this near to the pointer counts as under it, in pixels. */
const REACH = 7;
/** Where between the first two axes the handles lie: lines have parted there. */
const HANDLE_AT = 0.78;
/** Above this many lines a vector picture carries them as pixels. */
const VECTOR_LINES = 5000;
const HINT = "drag an axis to filter";

export function mountParallelCoordinates(context: ViewContext): void {
  new ParallelCoordinates(context);
}

class ParallelCoordinates {
  private readonly panel: Panel;
  private readonly axes: Axis[];
  private readonly surface = element("div", "cz-marks cz-parallel-coordinates");
  private readonly painter: LinePainter;
  private readonly brushes: BrushLayer;
  private readonly handles: LineHandles;
  private readonly clearAction: HTMLButtonElement;
  private readonly redrawOverlay: () => void;
  private frame: Frame;
  private heights: Float32Array[] = [];
  private hovered = -1;
  /** The press that a click ends was for an axis, not for a line */
  private onAxis = false;

  constructor(private readonly context: ViewContext) {
    const { store, signal } = context;
    this.panel = new Panel(context, {
      name: "parallel-coordinates",
      title: "Parallel coordinates",
      help:
        "Each line is an image. Drag along an axis to keep only images in that range, drag the bar to move " +
        "it, click the axis to lift it. Click a line to select its image.",
    });
    this.axes = makeAxes(store.images);
    this.frame = makeFrame(this.axes.length, 1, 1);
    const { canvas, redraw } = this.panel.addCanvas((target) => {
      const { width, height } = this.frame;
      if (this.painter.canvas.width) target.drawImage(this.painter.canvas, 0, 0, width, height);
    });
    this.painter = new LinePainter(redraw, signal);
    this.redrawOverlay = this.panel.addCanvas((target) => this.drawOverlay(target)).redraw;
    this.panel.body.append(this.surface);
    this.brushes = new BrushLayer(this.panel, this.axes, this.surface, () => this.frame, () => this.brushed());
    this.handles = new LineHandles(store, this.surface);
    this.clearAction = this.panel.addAction("clear", "Lift all brushes", () => this.brushes.clear());
    addSaveAction(this.panel, "parallel-coordinates", (target, size) => this.paint(target, size));
    if (this.axes.length < 2) this.panel.say("No image to draw");
    this.listen();
    this.brushed();
    this.panel.onResize((size) => this.resize(size));
    this.panel.onTheme(() => this.repaint());
    store.on("visible", () => {
      this.placeHandles();
      this.repaint();
      this.sayCount();
    }, signal);
    store.on("selected", () => {
      this.placeHandles();
      this.redrawOverlay();
    }, signal);
    store.on("hovered", () => {
      if (store.hovered === this.hovered) return;
      this.hovered = store.hovered;
      // Dimming all lines at once costs no drawing.
      canvas.classList.toggle("cz-parallel-coordinates-dim", this.hovered >= 0);
      this.redrawOverlay();
    }, signal);
  }

  private get scene(): Scene {
    const { images, visible } = this.context.store;
    return { images, heights: this.heights, frame: this.frame, visible, theme: this.panel.theme };
  }

  private resize({ width, height }: Size): void {
    if (this.axes.length < 2) return;
    this.frame = makeFrame(this.axes.length, width, height);
    this.heights = makeHeights(this.axes, this.frame);
    this.brushes.place();
    this.placeHandles();
    this.repaint();
  }

  private repaint(): void {
    if (this.heights.length) this.painter.paint(this.scene);
    this.redrawOverlay();
  }

  private listen(): void {
    const { store } = this.context;
    const { surface } = this;
    surface.addEventListener("pointermove", (event) => {
      if (this.brushes.busy || event.buttons) return;
      const [x, y] = this.placeOf(event);
      const axis = this.brushes.axisAt(x, y);
      const row = axis < 0 ? this.rowAt(x, y) : -1;
      surface.style.cursor = axis >= 0 ? this.brushes.cursorAt(axis, y) : row >= 0 ? "pointer" : "";
      store.hover(row, { x: event.clientX, y: event.clientY });
    });
    surface.addEventListener("pointerdown", (event) => {
      this.onAxis = this.brushes.axisAt(...this.placeOf(event)) >= 0;
      store.hover(-1);
    });
    surface.addEventListener("pointerleave", () => store.hover(-1));
    surface.addEventListener("click", (event) => {
      // A click from the keyboard has no place; its handle says which image it was.
      if (event.detail === 0) {
        const row = this.handles.rowOf(event.target);
        if (row >= 0) store.select(row);
        return;
      }
      if (this.onAxis) return;
      const row = this.rowAt(...this.placeOf(event));
      if (row >= 0) store.select(row);
    });
  }

  /** The line under a place: a visible one, or the selected one. */
  private rowAt(x: number, y: number): number {
    const { visible, selected } = this.context.store;
    return nearestLine(this.heights, this.frame, x, y, REACH, (row) => visible[row] === 1 || row === selected);
  }

  private placeOf(event: MouseEvent): [number, number] {
    const box = this.surface.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  private placeHandles(): void {
    if (!this.heights.length) return;
    const { store } = this.context;
    const rows: number[] = [];
    for (let row = 0; row < store.images.n && rows.length <= HANDLES; row++) {
      if (store.visible[row] || row === store.selected) rows.push(row);
    }
    const [x0, x1] = this.frame.xs;
    const x = x0 + HANDLE_AT * (x1 - x0);
    const fallback = (this.frame.top + this.frame.bottom) / 2;
    this.handles.update(rows, x, (row) => {
      const y = lineAt(this.heights, this.frame, row, x);
      return Number.isNaN(y) ? fallback : y;
    });
  }

  private brushed(): void {
    this.clearAction.hidden = this.brushes.ranges.size === 0;
    this.sayCount();
    this.redrawOverlay();
  }

  private sayCount(): void {
    const { store } = this.context;
    const some = this.brushes.ranges.size > 0;
    this.panel.setFact(some ? `${thousands(store.visibleCount)} of ${thousands(store.images.n)}` : HINT);
  }

  private drawOverlay(target: CanvasRenderingContext2D): void {
    if (!this.heights.length) return;
    const { selected, hovered } = this.context.store;
    const { scene } = this;
    if (hovered >= 0 && hovered !== selected) drawStrongLine(target, scene, hovered, false);
    if (selected >= 0) drawStrongLine(target, scene, selected, true);
    drawAxes(target, this.axes, this.frame, this.panel.theme, this.brushes.ranges);
  }

  /** The whole panel as a picture. */
  private paint(target: CanvasRenderingContext2D, { width, height }: Size): void {
    if (!this.heights.length) return;
    if (this.context.store.images.n > VECTOR_LINES) target.drawImage(this.painter.canvas, 0, 0, width, height);
    else drawAllLines(target, this.scene);
    this.drawOverlay(target);
  }
}
