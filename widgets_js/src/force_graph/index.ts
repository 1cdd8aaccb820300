// Nearest neighbours: a force graph of round pictures, each linked to its k most similar images.
// Reads: `k`, `start` ("all" or "empty"), `_graph` (one from Python, in the place of these), selected, hovered, visible. Writes: selected (click), hovered.
// The panel's root says how much it shows in data-nodes and data-edges.

import { onChange } from "../core/model.ts";
import { animate } from "../core/motion.ts";
import { Panel, type Size, type ViewContext } from "../core/panel.ts";
import { addSaveAction } from "../core/save_picture.ts";
import { addStyles } from "../core/styles.ts";
import { panBy, zoomAt } from "./camera.ts";
import { clampX, clampY, moveToFrame, pictureRadius, seededRandom, separate } from "./frame.ts";
import { attachGestures } from "./gestures.ts";
import type { Answer } from "./layout_engine.ts";
import { hostLayout } from "./layout_host.ts";
import { closenessScale, NeighborGraph, type GivenGraph } from "./neighbor_graph.ts";
import { placeBeside, placeByComponents } from "./placing.ts";
import { Stage } from "./stage.ts";
import styles from "./styles.css";

addStyles(styles);

const DEFAULT_K = 5;
/** Beyond this many images the graph starts empty and grows with each selection. */
const SHOW_ALL = 500;
const MOVE_MS = 280;
/** Images whose similarities tell what is much and what is little in this data set. */
const SAMPLED = 5000;

export function mountForceGraph(context: ViewContext): void {
  const { store, model, signal } = context;
  const { images } = store;
  const panel = new Panel(context, {
    name: "force-graph",
    title: "Nearest neighbours",
    help:
      "Each picture is linked to the k images whose features are most alike (cosine similarity); a selected picture's links are as wide as they are alike. " +
      "Click a picture to select it, drag it to move it. Ctrl + wheel, or the wheel after a click, zooms; double-click shows everything. " +
      "all: every image; pin: dragged pictures stay; clear: start again from the next pick.",
  });
  panel.root.classList.add("cz-force-graph");

  const readK = () => Math.max(1, Math.floor(Number(model.get("k")) || DEFAULT_K));
  let k = readK();
  const startsFull = () => {
    const start = model.get("start");
    return start === "all" || (start !== "empty" && images.n <= SHOW_ALL);
  };
  const graph = new NeighborGraph(images.n, (row, count) => images.neighbors(row, count));
  let full = false;
  let centres: number[] = [];
  const closeness = closenessScale(sampleSimilarities());
  const stage = new Stage(panel, graph, closeness);
  let box: Size = panel.size;
  let version = 0;
  let dragged = -1;
  let stopMoving: () => void = () => undefined;
  const layout = hostLayout(arrived, signal);

  function sampleSimilarities(): number[] {
    const found: number[] = [];
    const stride = Math.ceil(images.n / SAMPLED);
    for (let row = 0; row < images.n; row += stride) {
      for (const { similarity } of images.neighbors(row, readK())) found.push(similarity);
    }
    return found;
  }

  // --- what the graph holds ----------------------------------------------------------------

  function describe(): void {
    panel.setFact(`k = ${k} · drag a picture`);
    panel.root.dataset.nodes = String(graph.rows.length);
    panel.root.dataset.edges = String(graph.links.length);
    if (images.n === 0) panel.say("No images");
    else panel.say(graph.rows.length ? null : "Pick an image to see its neighbours");
  }

  function showAll(): void {
    full = true;
    const before = graph.rows.length;
    if (!graph.addAll(k)) return;
    // Where most nodes are new, their own places make the better start than places beside a few.
    const [x, y] = graph.rows.length > 2 * before
      ? placeByComponents(graph.rows, images.pcaX, images.pcaY, box)
      : placeBeside(graph, stage.x, stage.y, box);
    rearrange(x, y, 1);
  }

  /** The graph that Python gave, if any. */
  function given(): GivenGraph | null {
    const one = model.get("_graph") as Partial<GivenGraph> | undefined;
    return one?.rows ? { rows: one.rows, links: one.links ?? [] } : null;
  }

  function showGiven(one: GivenGraph): void {
    graph.addGiven(one);
    const [x, y] = placeByComponents(graph.rows, images.pcaX, images.pcaY, box);
    rearrange(x, y, 1);
  }

  function addSelected(): void {
    if (store.selected < 0) return;
    const before = graph.rows.length;
    if (!graph.add(store.selected, k)) return;
    centres.push(store.selected);
    const [x, y] = placeBeside(graph, stage.x, stage.y, box);
    rearrange(x, y, before ? 0.7 : 1);
  }

  function clear(): void {
    full = false;
    centres = [];
    graph.clear();
    stage.pinned.clear();
    store.hover(-1);
    rearrange(new Float32Array(0), new Float32Array(0), 1);
    stage.showWhole();
  }

  /** Builds the graph again with the k in force, around what was looked at. */
  function rebuild(): void {
    const was = full;
    const kept = centres;
    clear();
    k = readK();
    const from = given();
    if (from) showGiven(from);
    if (was) showAll();
    for (const row of kept) if (graph.add(row, k)) centres.push(row);
    if (!was && centres.length) {
      const [x, y] = placeBeside(graph, stage.x, stage.y, box);
      rearrange(x, y, 1);
    }
    describe();
  }

  function reset(): void {
    clear();
    const from = given();
    if (from) showGiven(from);
    else if (startsFull()) showAll();
    addSelected();
    describe();
  }

  // --- layout ------------------------------------------------------------------------------

  function rearrange(x: Float32Array, y: Float32Array, alpha: number): void {
    stopMoving();
    version++;
    const n = graph.rows.length;
    stage.show(x, y, pictureRadius(n, box));
    stage.updateMarks();
    describe();
    moving(n > 0 && box.width > 0);
    if (n === 0 || box.width === 0) return;
    layout.send({
      kind: "graph",
      version,
      ...box,
      x,
      y,
      pinned: Uint8Array.from(graph.rows, (_, i) => Number(stage.pinned.has(i))),
      links: Uint32Array.from(graph.links.flatMap(({ a, b }) => [a, b])),
      closeness: Float32Array.from(graph.links, ({ similarity }) => closeness(similarity)),
      radius: stage.r,
      alpha,
    });
  }

  function arrived(answer: Answer): void {
    if (answer.version !== version || answer.x.length !== graph.rows.length) return;
    if (answer.state === "live") {
      if (dragged >= 0) [answer.x[dragged], answer.y[dragged]] = [stage.x[dragged], stage.y[dragged]];
      stage.show(answer.x, answer.y, stage.r);
      return;
    }
    move(answer.x, answer.y, answer.state === "settled");
  }

  /** Says on the panel's root that pictures are on their way, to screen readers and tests. */
  function moving(on: boolean): void {
    if (on) panel.root.setAttribute("aria-busy", "true");
    else panel.root.removeAttribute("aria-busy");
  }

  /** Carries the pictures to their new places in one short motion, then rests. */
  function move(x: Float32Array, y: Float32Array, settled: boolean): void {
    stopMoving();
    const [fromX, fromY] = [stage.x, stage.y];
    stopMoving = animate(MOVE_MS, (share) => {
      if (share === 1) {
        stage.show(x, y, stage.r);
        stage.updateMarks();
        if (settled) moving(false);
      } else {
        stage.show(
          x.map((value, i) => fromX[i] + (value - fromX[i]) * share),
          y.map((value, i) => fromY[i] + (value - fromY[i]) * share),
          stage.r,
        );
      }
    }, signal);
  }

  panel.onResize((size) => {
    const before = box;
    box = size;
    const n = graph.rows.length;
    if (n === 0) return;
    if (before.width === 0) {
      // The panel was mounted out of sight: nothing was laid out yet.
      const [x, y] = placeByComponents(graph.rows, images.pcaX, images.pcaY, box);
      return rearrange(x, y, 1);
    }
    if (before.width === size.width && before.height === size.height) return;
    stopMoving();
    const r = pictureRadius(n, size);
    const [x, y] = [stage.x.slice(), stage.y.slice()];
    moveToFrame(x, y, r, before, size);
    separate(x, y, r, size, seededRandom(version));
    stage.show(x, y, r);
    stage.setView({ k: 1, x: 0, y: 0 });
    layout.send({ kind: "frame", x, y, radius: r, ...size });
  });

  // --- header and gestures -----------------------------------------------------------------

  panel.addAction("all", "Show every image with its neighbours", showAll);
  const pin = panel.addAction("pin", "Dragged pictures stay where they are put", () => {
    const on = pin.getAttribute("aria-pressed") !== "true";
    pin.setAttribute("aria-pressed", String(on));
    if (on || stage.pinned.size === 0) return;
    stage.pinned.clear();
    moving(true);
    layout.send({ kind: "unpin" });
  });
  pin.setAttribute("aria-pressed", "false");
  panel.addAction("clear", "Empty the graph; the next pick starts it again", clear);
  addSaveAction(panel, "nearest-neighbours", (canvas, size) => stage.drawAll(canvas, size));

  attachGestures({
    root: panel.root,
    surface: stage.marks.surface,
    nodeAt: (event) => graph.place(stage.marks.at(event)?.row ?? -1),
    zoomed: () => stage.view.k > 1,
    suspend: (on) => {
      stage.marks.suspended = on;
      if (on) store.hover(-1);
    },
    drag: (node, px, py) => {
      stopMoving();
      const { k: zoom, x, y } = stage.view;
      dragged = node;
      moving(true);
      stage.x[node] = clampX((px - x) / zoom, stage.r, box.width);
      stage.y[node] = clampY((py - y) / zoom, stage.r, box.height);
      stage.redraw();
      layout.send({ kind: "drag", node, x: stage.x[node], y: stage.y[node] });
    },
    release: (node) => {
      dragged = -1;
      const keep = pin.getAttribute("aria-pressed") === "true";
      if (keep) stage.pinned.add(node);
      layout.send({ kind: "release", node, keep });
      stage.updateMarks();
    },
    pan: (dx, dy) => stage.setView(panBy(stage.view, dx, dy, box.width, box.height)),
    zoom: (factor, px, py) => stage.setView(zoomAt(stage.view, factor, px, py, box.width, box.height)),
    whole: () => stage.showWhole(),
  }, signal);

  store.on(["selected", "reselected"], () => {
    addSelected();
    stage.updateMarks();
  }, signal);
  onChange(model, "k", rebuild, signal);
  onChange(model, "start", reset, signal);
  onChange(model, "_graph", reset, signal);
  reset();
}
