// What every scatter shares: a canvas for axes, one for marks, one for what is lifted out of them,
// pointer and keyboard on the marks, selection and hover from the store, and the saved picture.

import { MarkLayer, type Mark } from "./mark_layer.ts";
import { animate } from "./motion.ts";
import type { Panel, Size } from "./panel.ts";
import { addSaveAction } from "./save_picture.ts";
import { DIMMED, drawLifted, fillMarks, markAlpha, rowsByGroup, type Points } from "./scatter_marks.ts";

export interface ScatterDrawing {
  /** Places every row in the body; runs before anything is drawn. */
  place: (size: Size) => Points;
  /** Axes, bands, hulls: all that lies under the marks. */
  drawUnder: (context: CanvasRenderingContext2D, size: Size) => void;
  /** Under one lifted mark, e.g. its stem. */
  drawLead?: (context: CanvasRenderingContext2D, row: number, strength: number) => void;
  /** Over everything, e.g. a lasso. */
  drawOver?: (context: CanvasRenderingContext2D) => void;
}

const GROW_MS = 200;
/** Share of their strength that marks keep while another one is hovered. */
const HOVER_DIM = "0.35";

export class Scatter {
  readonly marks: MarkLayer;
  points: Points = { x: new Float32Array(0), y: new Float32Array(0), r: 5 };
  private readonly groups: number[][];
  private readonly redrawUnder: () => void;
  private readonly redrawMarks: () => void;
  private readonly redrawLifted: () => void;
  private readonly marksCanvas: HTMLCanvasElement;
  private grown = 1;
  private stopGrowing: () => void = () => undefined;
  private hovered = -1;

  constructor(
    private readonly panel: Panel,
    private readonly drawing: ScatterDrawing,
  ) {
    const { store, signal } = panel.context;
    this.groups = rowsByGroup(store.images.cluster, store.images.nClusters);
    panel.onResize((size) => this.place(size));
    this.redrawUnder = panel.addCanvas((context, size) => drawing.drawUnder(context, size)).redraw;
    const marks = panel.addCanvas((context) => this.drawMarks(context));
    this.redrawMarks = marks.redraw;
    this.marksCanvas = marks.canvas;
    this.redrawLifted = panel.addCanvas((context) => this.drawLifted(context)).redraw;
    this.marks = new MarkLayer(panel);
    if (this.points.x.length) this.updateMarks();

    store.on("selected", () => this.select(), signal);
    store.on("hovered", () => this.hover(), signal);
    store.on("visible", () => {
      this.updateMarks();
      this.redraw();
    }, signal);
  }

  /** "save" in the header; call it after the view's own actions, so that it stands last. */
  addSave(fileName: string): void {
    addSaveAction(this.panel, fileName, (context, size) => {
      this.drawing.drawUnder(context, size);
      this.drawMarks(context);
      this.drawSelected(context);
    });
  }

  redraw(): void {
    this.redrawUnder();
    this.redrawMarks();
    this.redrawLifted();
  }

  /** Asks for a redraw of the lifted marks and of `drawOver` alone. */
  redrawOver(): void {
    this.redrawLifted();
  }

  private place(size: Size): void {
    this.points = this.drawing.place(size);
    // The first size may come before the mark layer, which stands above the canvases, exists.
    (this.marks as MarkLayer | undefined)?.update(this.visibleMarks());
  }

  private updateMarks(): void {
    this.marks.update(this.visibleMarks());
  }

  private visibleMarks(): Mark[] {
    const { x, y, r } = this.points;
    const { visible } = this.panel.context.store;
    const marks: Mark[] = [];
    for (let row = 0; row < x.length; row++) {
      if (visible[row] && !Number.isNaN(x[row])) marks.push({ row, x: x[row], y: y[row], r });
    }
    return marks;
  }

  private drawMarks(context: CanvasRenderingContext2D): void {
    const { store } = this.panel.context;
    context.save();
    if (store.visibleCount < store.images.n) {
      context.globalAlpha = DIMMED;
      fillMarks(context, this.panel.theme, this.groups, this.points, store.visible, 0);
    }
    context.globalAlpha = markAlpha(store.images.n);
    fillMarks(context, this.panel.theme, this.groups, this.points, store.visible, 1);
    context.restore();
  }

  private drawLifted(context: CanvasRenderingContext2D): void {
    this.drawSelected(context);
    const { selected } = this.panel.context.store;
    if (this.hovered >= 0 && this.hovered !== selected) this.drawOne(context, this.hovered, 1.5, 1);
    this.drawing.drawOver?.(context);
  }

  private drawSelected(context: CanvasRenderingContext2D): void {
    const { selected } = this.panel.context.store;
    if (selected >= 0) this.drawOne(context, selected, 1 + 0.7 * this.grown, 2);
  }

  private drawOne(context: CanvasRenderingContext2D, row: number, growth: number, ring: number): void {
    const { x, y, r } = this.points;
    if (Number.isNaN(x[row])) return;
    this.drawing.drawLead?.(context, row, ring / 2);
    // Small marks are lifted more, so that one among 100,000 can still be found.
    const size = Math.max(r * growth, r + (growth - 1) * 5);
    drawLifted(context, this.panel.theme, this.panel.context.store.images.cluster[row], x[row], y[row], size, ring);
  }

  private select(): void {
    this.stopGrowing();
    this.stopGrowing = animate(GROW_MS, (share) => {
      this.grown = share;
      this.redrawLifted();
    }, this.panel.context.signal);
  }

  private hover(): void {
    const { hovered } = this.panel.context.store;
    if (hovered === this.hovered) return;
    this.hovered = hovered;
    this.marksCanvas.style.opacity = hovered >= 0 ? HOVER_DIM : "";
    this.redrawLifted();
  }
}
