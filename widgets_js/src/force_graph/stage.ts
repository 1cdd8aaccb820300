// The graph on its four canvases: links, bright links, pictures, and what is lifted above them.
// Four, so that hovering redraws the lifted ones alone, and a picture never lies under a link.

import { MarkLayer, type Mark } from "../core/mark_layer.ts";
import { animate } from "../core/motion.ts";
import type { Panel, Size } from "../core/panel.ts";
import { between, WHOLE, type View } from "./camera.ts";
import { drawBrightLinks, drawLifted, drawLinks, drawNames, drawNodes, liftedRadius, type Scene } from "./draw.ts";
import type { NeighborGraph } from "./neighbor_graph.ts";

const GROW_MS = 200;
const VIEW_MS = 250;
/** Strength of the panel-coloured veil over everything that is not hovered. */
const VEIL = 0.7;

export class Stage {
  readonly marks: MarkLayer;
  view: View = WHOLE;
  /** Positions at whole view, pixels; nodes grow with `growth` when they are new */
  x = new Float32Array(0);
  y = new Float32Array(0);
  r = 1;
  readonly pinned = new Set<number>();
  private scene: Scene | null = null;
  private readonly layers: { redraw: () => void }[];
  private grown = 1;
  private stopGrowing: () => void = () => undefined;
  private stopView: () => void = () => undefined;

  constructor(
    private readonly panel: Panel,
    private readonly graph: NeighborGraph,
    private readonly closeness: (similarity: number) => number,
  ) {
    const { store, signal } = panel.context;
    this.layers = [
      panel.addCanvas((context) => drawLinks(context, this.current())),
      panel.addCanvas((context) => this.drawBright(context)),
      panel.addCanvas((context, { width, height }) => drawNodes(context, this.current(), width, height)),
      panel.addCanvas((context, size) => this.drawTop(context, size)),
    ];
    this.marks = new MarkLayer(panel);
    store.on("selected", () => {
      this.stopGrowing();
      this.stopGrowing = animate(GROW_MS, (share) => {
        this.grown = share;
        this.redrawLifted();
      }, signal);
    }, signal);
    let hovered = -1;
    store.on("hovered", () => {
      const node = graph.place(store.hovered);
      if (node === hovered) return;
      hovered = node;
      this.redrawLifted();
    }, signal);
    store.on("visible", () => {
      this.redraw();
      this.updateMarks();
    }, signal);
    store.on("tiles", () => this.redraw(), signal);
    panel.onTheme(() => this.redraw());
  }

  /** Shows the graph at these positions; pointer targets follow with `updateMarks`. */
  show(x: Float32Array, y: Float32Array, r: number): void {
    this.x = x;
    this.y = y;
    this.r = r;
    this.redraw();
  }

  redraw(): void {
    this.scene = null;
    for (const layer of this.layers) layer.redraw();
  }

  setView(view: View): void {
    this.stopView();
    this.view = view;
    this.redraw();
    this.updateMarks();
  }

  /** Back to the whole frame, in one short motion. */
  showWhole(): void {
    const from = this.view;
    if (from.k === 1) return;
    this.stopView();
    this.stopView = animate(VIEW_MS, (share) => {
      this.view = share === 1 ? WHOLE : between(from, WHOLE, share);
      this.redraw();
      if (share === 1) this.updateMarks();
    }, this.panel.context.signal);
  }

  /** Tells pointer and keyboard where the pictures are. */
  updateMarks(): void {
    const { x, y, r } = this.current();
    const { store } = this.panel.context;
    const { width, height } = this.panel.size;
    const marks: Mark[] = [];
    this.graph.rows.forEach((row, i) => {
      if (!store.visible[row] || !(x[i] > -r && y[i] > -r && x[i] < width + r && y[i] < height + r)) return;
      marks.push({ row, x: x[i], y: y[i], r: row === store.selected ? liftedRadius(r, 1) : r });
    });
    this.marks.update(marks);
  }

  /** The whole picture, for "save". */
  drawAll(context: CanvasRenderingContext2D, size: Size): void {
    drawLinks(context, this.current());
    this.drawBright(context);
    drawNodes(context, this.current(), size.width, size.height);
    this.drawTop(context, size);
  }

  private redrawLifted(): void {
    this.layers[1].redraw();
    this.layers[3].redraw();
  }

  /** Positions under zoom and pan. Pictures grow more slowly than the distances between them. */
  private current(): Scene {
    if (this.scene?.theme === this.panel.theme) return this.scene;
    const { k, x, y } = this.view;
    this.scene = {
      store: this.panel.context.store,
      theme: this.panel.theme,
      graph: this.graph,
      x: k === 1 ? this.x : this.x.map((value) => value * k + x),
      y: k === 1 ? this.y : this.y.map((value) => value * k + y),
      r: this.r * Math.pow(k, 0.6),
      zoom: k,
      pinned: this.pinned,
      closeness: this.closeness,
    };
    return this.scene;
  }

  private get selectedNode(): number {
    return this.graph.place(this.panel.context.store.selected);
  }

  private get hoveredNode(): number {
    return this.graph.place(this.panel.context.store.hovered);
  }

  private drawBright(context: CanvasRenderingContext2D): void {
    const { selectedNode: selected } = this;
    if (selected >= 0) drawBrightLinks(context, this.current(), selected, 0.9);
  }

  private drawTop(context: CanvasRenderingContext2D, { width, height }: Size): void {
    const scene = this.current();
    const { store } = this.panel.context;
    const { selectedNode: selected, hoveredNode: hovered } = this;
    if (hovered >= 0) {
      // The hovered image and its neighbours stay bright above a veil; under it, pictures still hide
      // the links behind them.
      context.save();
      context.globalAlpha = VEIL;
      context.fillStyle = scene.theme.panel;
      context.fillRect(0, 0, width, height);
      context.restore();
      drawBrightLinks(context, scene, hovered, hovered === selected ? 0.9 : 0.75);
      for (const { a, b } of this.graph.linksOf(hovered)) {
        const other = a === hovered ? b : a;
        if (other !== selected && store.visible[this.graph.rows[other]]) drawLifted(context, scene, other, 0, false);
      }
    }
    const lifted: { node: number; r: number }[] = [];
    if (selected >= 0) {
      drawLifted(context, scene, selected, this.grown, true);
      lifted.push({ node: selected, r: liftedRadius(scene.r, 1) });
    }
    if (hovered >= 0 && hovered !== selected) {
      drawLifted(context, scene, hovered, 0.5, false);
      lifted.unshift({ node: hovered, r: liftedRadius(scene.r, 0.5) });
    }
    drawNames(context, scene, lifted, width, height);
  }
}
