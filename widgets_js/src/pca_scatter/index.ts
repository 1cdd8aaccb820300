// PCA: the first two principal components, groups of K-means as marks and soft hulls, a lasso.
// Reads: selected, hovered, visible. Writes: selected (click), hovered, the lasso filter with `picked`.

import { plural } from "../core/format.ts";
import { Panel, type Size, type ViewContext } from "../core/panel.ts";
import { drawAxisTitle, drawXAxis, drawYAxis, type Frame } from "../core/scatter_axes.ts";
import { rowsByGroup, type Points } from "../core/scatter_marks.ts";
import { axisOf, markRadius, pixels } from "../core/scatter_scale.ts";
import { Scatter } from "../core/scatter.ts";
import { addStyles } from "../core/styles.ts";
import { groupHull, traceRounded, type Point } from "./hull.ts";
import { componentTitle } from "./labels.ts";
import { attachLasso, rowsInside } from "./lasso.ts";
import styles from "./styles.css";

addStyles(styles);

const HULL_MARGIN = 11;
const HULL_ALPHA = 0.13;

export function mountPcaScatter(context: ViewContext): void {
  const { store, signal } = context;
  const { images } = store;
  const panel = new Panel(context, {
    name: "pca-scatter",
    title: "PCA",
    help:
      "Each image's features, projected on their two directions of widest spread: near means alike. " +
      "Colour, shape and hull show the K-means group. Click a mark to select it; lasso (or drag with Shift) to keep only what you circle; Escape lifts it.",
  });
  const showFact = () => {
    const held = store.hasFilter("lasso") ? ` · lasso holds ${plural(store.visibleCount, "image")}` : "";
    panel.setFact(images.n ? `K-means, k = ${images.nClusters}${held}` : "");
  };
  showFact();
  if (images.n === 0) {
    panel.say("No images");
    return;
  }

  const xAxis = (size: Size) => axisOf(images.pcaX, { count: Math.max(2, Math.min(7, size.width / 90)) });
  const yAxis = (size: Size) => axisOf(images.pcaY, { count: Math.max(2, Math.min(6, size.height / 45)) });
  const groups = rowsByGroup(images.cluster, images.nClusters);
  let hulls = findHulls();
  /** Lasso in data units, so that it keeps its place when the panel changes size */
  let held: Point[] = [];
  let drawing: Point[] = [];

  const scatter = new Scatter(panel, { place, drawUnder, drawOver });

  function place(size: Size): Points {
    const { x, y } = maps(size);
    return { x: Float32Array.from(images.pcaX, x), y: Float32Array.from(images.pcaY, y), r: markRadius(images.n) };
  }

  function maps(size: Size) {
    const frame = frameOf(size);
    return {
      x: pixels(xAxis(size), frame.left, frame.right),
      y: pixels(yAxis(size), frame.bottom, frame.top),
    };
  }

  function findHulls(): Point[][] {
    return groups.map((rows) => groupHull(rows.filter((row) => store.visible[row]), images.pcaX, images.pcaY));
  }

  function drawUnder(canvas: CanvasRenderingContext2D, size: Size): void {
    const { theme } = panel;
    const frame = frameOf(size);
    const { x, y } = maps(size);
    drawXAxis(canvas, theme, xAxis(size), x, frame);
    drawYAxis(canvas, theme, yAxis(size), y, frame);
    drawAxisTitle(canvas, theme, componentTitle(1, images.explainedVariance[0]), frame.right, size.height - 6, "right");
    drawAxisTitle(canvas, theme, componentTitle(2, images.explainedVariance[1]), frame.left, frame.top - 8, "left");
    canvas.save();
    canvas.globalAlpha = HULL_ALPHA;
    hulls.forEach((hull, group) => {
      if (hull.length === 0) return;
      canvas.fillStyle = theme.group(group);
      canvas.beginPath();
      traceRounded(canvas, hull.map(([px, py]): Point => [x(px), y(py)]), HULL_MARGIN);
      canvas.fill();
    });
    canvas.restore();
  }

  function drawOver(canvas: CanvasRenderingContext2D): void {
    const { x, y } = maps(panel.size);
    const outline = drawing.length ? drawing : held.map(([px, py]): Point => [x(px), y(py)]);
    if (outline.length < 2) return;
    canvas.save();
    canvas.beginPath();
    outline.forEach(([px, py], i) => (i ? canvas.lineTo(px, py) : canvas.moveTo(px, py)));
    canvas.closePath();
    canvas.fillStyle = canvas.strokeStyle = panel.theme.accent;
    canvas.globalAlpha = 0.08;
    canvas.fill();
    canvas.globalAlpha = drawing.length ? 1 : 0.6;
    canvas.lineWidth = 1.25;
    canvas.lineJoin = "round";
    canvas.stroke();
    canvas.restore();
  }

  // --- lasso -----------------------------------------------------------------------------

  const toggle = panel.addAction("lasso", "Circle the images to keep; an empty lasso or Escape lifts it", () => arm(!armed()));
  const armed = () => toggle.getAttribute("aria-pressed") === "true";
  const arm = (on: boolean) => {
    toggle.setAttribute("aria-pressed", String(on));
    panel.root.classList.toggle("cz-pca-scatter-armed", on);
  };
  arm(false);
  scatter.addSave("pca");

  attachLasso({
    surface: scatter.marks.surface,
    armed,
    suspend: (on) => {
      scatter.marks.suspended = on;
      if (on) store.hover(-1);
    },
    drawn: (outline) => {
      drawing = outline;
      scatter.redrawOver();
    },
    closed: (outline) => {
      drawing = [];
      const { x, y } = scatter.points;
      const hidden = new Set(store.hiddenGroups);
      const rows = rowsInside(outline, x, y).filter((row) => !hidden.has(images.cluster[row]));
      held = rows.length ? toData(outline) : [];
      lift(rows);
    },
  }, signal);

  function toData(outline: Point[]): Point[] {
    const size = panel.size;
    const frame = frameOf(size);
    const [ax, ay] = [xAxis(size), yAxis(size)];
    return outline.map(([px, py]): Point => [
      ax.min + ((px - frame.left) / (frame.right - frame.left)) * (ax.max - ax.min),
      ay.min + ((frame.bottom - py) / (frame.bottom - frame.top)) * (ay.max - ay.min),
    ]);
  }

  function lift(rows: number[]): void {
    if (rows.length || store.hasFilter("lasso")) store.pick(rows);
    scatter.redrawOver();
  }

  panel.root.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !(armed() || store.hasFilter("lasso"))) return;
    // The lasso goes first; a second Escape clears the selection.
    event.stopPropagation();
    held = [];
    arm(false);
    lift([]);
  }, { capture: true, signal });

  store.on("visible", () => {
    if (!store.hasFilter("lasso")) held = [];
    hulls = findHulls();
    showFact();
    scatter.redraw();
  }, signal);
}

function frameOf(size: Size): Frame {
  return { left: 44, right: Math.max(60, size.width - 14), top: 26, bottom: Math.max(50, size.height - 44) };
}
