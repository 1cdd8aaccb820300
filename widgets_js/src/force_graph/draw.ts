// How the graph is drawn: links, bright links, pictures or plain marks, the lifted ones, names.

import { middleEllipsis } from "../core/format.ts";
import { groupShape, traceShape } from "../core/groups.ts";
import type { Store } from "../core/store.ts";
import type { Theme } from "../core/theme.ts";
import type { NeighborGraph } from "./neighbor_graph.ts";
import { placeName, type Disc } from "./names.ts";

/** Everything a drawing needs, in pixels of the panel with zoom and pan applied. */
export interface Scene {
  store: Store;
  theme: Theme;
  graph: NeighborGraph;
  x: Float32Array;
  y: Float32Array;
  /** Radius of a picture */
  r: number;
  zoom: number;
  /** Nodes that stay where they were dragged */
  pinned: ReadonlySet<number>;
  closeness: (similarity: number) => number;
}

/** Below this radius a picture cannot be made out: plain marks in the group's colour and shape. */
const SMALLEST_PICTURE = 6;
const MOST_PICTURES = 900;
/** From this radius there is room for the group's shape on the ring. */
const SHAPED = 11;
export const HIDDEN_ALPHA = 0.12;
const NAME_ZOOM = 2.2;
const MOST_NAMES = 40;
const NAME_LENGTH = 30;
const FONT_SIZE = 12;

/** Radius that a node grows to when it is lifted (selected or hovered). */
export function liftedRadius(r: number, grown: number): number {
  return r + grown * Math.max(3, Math.min(9, 0.4 * r));
}

export function drawLinks(context: CanvasRenderingContext2D, scene: Scene): void {
  const { graph, store, theme, x, y } = scene;
  const { visible } = store;
  const alpha = Math.max(0.05, 0.17 * Math.min(1, Math.sqrt(300 / Math.max(1, graph.links.length))));
  context.save();
  context.strokeStyle = theme.text;
  context.lineWidth = 1;
  for (const shown of [0, 1]) {
    context.globalAlpha = shown ? alpha : alpha * HIDDEN_ALPHA;
    let pending = 0;
    context.beginPath();
    for (const { a, b } of graph.links) {
      if ((visible[graph.rows[a]] & visible[graph.rows[b]]) !== shown) continue;
      context.moveTo(x[a], y[a]);
      context.lineTo(x[b], y[b]);
      if (++pending % 1024 === 0) {
        context.stroke();
        context.beginPath();
      }
    }
    context.stroke();
  }
  context.restore();
}

/** A node's links, as wide as their images are alike. */
export function drawBrightLinks(context: CanvasRenderingContext2D, scene: Scene, node: number, alpha: number): void {
  const { graph, store, theme, x, y } = scene;
  context.save();
  context.strokeStyle = theme.ring;
  context.lineCap = "round";
  for (const { a, b, similarity } of graph.linksOf(node)) {
    const shown = store.visible[graph.rows[a]] & store.visible[graph.rows[b]];
    context.globalAlpha = shown ? alpha : alpha * HIDDEN_ALPHA;
    context.lineWidth = 1 + 3 * scene.closeness(similarity);
    context.beginPath();
    context.moveTo(x[a], y[a]);
    context.lineTo(x[b], y[b]);
    context.stroke();
  }
  context.restore();
}

/** Nodes inside the frame, in drawing order. */
function nodesInView(scene: Scene, width: number, height: number): number[] {
  const { x, y, r } = scene;
  const nodes: number[] = [];
  for (let i = 0; i < x.length; i++) {
    if (x[i] > -r && y[i] > -r && x[i] < width + r && y[i] < height + r) nodes.push(i);
  }
  return nodes;
}

export function drawNodes(context: CanvasRenderingContext2D, scene: Scene, width: number, height: number): void {
  const { store, graph, r } = scene;
  const nodes = nodesInView(scene, width, height);
  const hidden = nodes.filter((i) => !store.visible[graph.rows[i]]);
  const shown = nodes.filter((i) => store.visible[graph.rows[i]]);
  const pictures = r >= SMALLEST_PICTURE && nodes.length <= MOST_PICTURES;
  context.save();
  for (const [some, alpha] of [[hidden, HIDDEN_ALPHA], [shown, 1]] as const) {
    context.globalAlpha = alpha;
    if (pictures) for (const i of some) drawPicture(context, scene, i, r);
    else drawPlain(context, scene, some);
  }
  context.restore();
}

function drawPlain(context: CanvasRenderingContext2D, scene: Scene, nodes: number[]): void {
  const { store, graph, theme, x, y, r } = scene;
  const groups = new Map<number, number[]>();
  for (const i of nodes) {
    const group = store.images.cluster[graph.rows[i]];
    const members = groups.get(group);
    if (members) members.push(i);
    else groups.set(group, [i]);
  }
  for (const [group, members] of groups) {
    context.fillStyle = theme.group(group);
    members.forEach((i, at) => {
      if (at % 512 === 0) {
        if (at) context.fill();
        context.beginPath();
      }
      traceShape(context, groupShape(group), x[i], y[i], r * 0.9);
    });
    context.fill();
  }
}

/** One round picture with its group's ring and, where there is room, its group's shape. */
export function drawPicture(context: CanvasRenderingContext2D, scene: Scene, node: number, r: number): void {
  const { store, graph, theme } = scene;
  const row = graph.rows[node];
  const [x, y] = [scene.x[node], scene.y[node]];
  const group = store.images.cluster[row];
  const color = theme.group(group);
  const ring = Math.max(1.25, Math.min(2.5, r / 8));
  // The background keeps links from shining through while the picture is on its way.
  context.fillStyle = theme.panel;
  disc(context, x, y, r);
  context.fill();
  context.save();
  disc(context, x, y, r);
  context.clip();
  if (!store.pictures.drawTile(context, row, x - r, y - r, 2 * r, 2 * r)) {
    context.globalAlpha *= 0.5;
    context.fillStyle = color;
    context.fillRect(x - r, y - r, 2 * r, 2 * r);
  }
  context.restore();
  context.strokeStyle = color;
  context.lineWidth = ring;
  disc(context, x, y, r);
  context.stroke();
  if (r >= SHAPED) drawShape(context, theme, group, x + 0.72 * r, y - 0.72 * r, Math.min(4.2, 0.24 * r));
  if (scene.pinned.has(node)) drawPin(context, theme, x, y + r, Math.max(2, Math.min(3.5, 0.2 * r)));
}

function drawShape(context: CanvasRenderingContext2D, theme: Theme, group: number, x: number, y: number, r: number): void {
  context.beginPath();
  traceShape(context, groupShape(group), x, y, r);
  context.lineJoin = "round";
  context.lineWidth = 3;
  context.strokeStyle = theme.panel;
  context.stroke();
  context.fillStyle = theme.group(group);
  context.fill();
}

function drawPin(context: CanvasRenderingContext2D, theme: Theme, x: number, y: number, r: number): void {
  disc(context, x, y, r);
  context.lineWidth = 2;
  context.strokeStyle = theme.panel;
  context.stroke();
  context.fillStyle = theme.text;
  context.fill();
}

/** A node above all others; the selected one wears the ring. */
export function drawLifted(context: CanvasRenderingContext2D, scene: Scene, node: number, grown: number, selected: boolean): void {
  const r = liftedRadius(scene.r, grown);
  if (r >= SMALLEST_PICTURE) drawPicture(context, scene, node, r);
  else drawPlain(context, { ...scene, r }, [node]);
  if (!selected) return;
  context.strokeStyle = scene.theme.ring;
  context.lineWidth = 2;
  disc(context, scene.x[node], scene.y[node], r + 3);
  context.stroke();
}

/** Names of the lifted nodes, and of all in view once few enough are magnified enough. */
export function drawNames(
  context: CanvasRenderingContext2D,
  scene: Scene,
  lifted: { node: number; r: number }[],
  width: number,
  height: number,
): void {
  const { graph, store, x, y, r } = scene;
  const named = lifted.map(({ node, r: own }) => ({ node, disc: { x: x[node], y: y[node], r: own + 4 } }));
  const inside = ({ disc: { x: dx, y: dy } }: { disc: Disc }) => dx >= 0 && dy >= 0 && dx <= width && dy <= height;
  const inView = nodesInView(scene, width, height);
  if (scene.zoom >= NAME_ZOOM && inView.length <= MOST_NAMES) {
    for (const node of inView) {
      if (!store.visible[graph.rows[node]] || lifted.some((one) => one.node === node)) continue;
      named.push({ node, disc: { x: x[node], y: y[node], r } });
    }
  }
  // Very many marks are small, and hiding a few of them is no loss.
  const discs = inView.length <= MOST_PICTURES ? inView.map((node) => ({ x: x[node], y: y[node], r })) : [];
  context.save();
  context.font = `${FONT_SIZE}px ${scene.theme.font}`;
  context.textAlign = "left";
  context.textBaseline = "middle";
  context.lineJoin = "round";
  // Last comes on top: the selected and the hovered name.
  for (const { node, disc: own } of named.filter(inside).reverse()) {
    const text = middleEllipsis(store.images.names[graph.rows[node]], NAME_LENGTH);
    const others = discs.filter((other) => other.x !== own.x || other.y !== own.y);
    const place = placeName(own, context.measureText(text).width, FONT_SIZE + 4, others, width, height);
    context.lineWidth = 4;
    context.strokeStyle = scene.theme.panel;
    context.strokeText(text, place.x, place.y);
    context.fillStyle = scene.theme.text;
    context.fillText(text, place.x, place.y);
  }
  context.restore();
}

function disc(context: CanvasRenderingContext2D, x: number, y: number, r: number): void {
  context.beginPath();
  context.arc(x, y, r, 0, 2 * Math.PI);
}
