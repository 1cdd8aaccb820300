// The layout: d3-force with the seed application's forces, run in slices so that whoever hosts it
// (the worker, or the page where workers are refused) can take orders in between.

import {
  forceCollide,
  forceLink,
  forceManyBody,
  forceSimulation,
  forceX,
  forceY,
  type SimulationLinkDatum,
  type SimulationNodeDatum,
} from "d3-force";
import { clampX, clampY, fitToFrame, GAP, seededRandom, separate, type Box } from "./frame.ts";

export interface GraphOrder extends Box {
  kind: "graph";
  /** Comes back with every answer, so that late answers to an older graph can be told */
  version: number;
  /** Where each node stands now, pixels */
  x: Float32Array;
  y: Float32Array;
  /** 1 for nodes that must stay where they are */
  pinned: Uint8Array;
  /** Pairs of nodes */
  links: Uint32Array;
  /** 0 to 1 for each link; closer images are linked shorter */
  closeness: Float32Array;
  radius: number;
  /** How much may still move: 1 for a new graph, less for one that grew */
  alpha: number;
}

export type Order =
  | GraphOrder
  /** The frame changed and the page has carried the nodes over. */
  | ({ kind: "frame"; x: Float32Array; y: Float32Array; radius: number } & Box)
  | { kind: "drag"; node: number; x: number; y: number }
  | { kind: "release"; node: number; keep: boolean }
  | { kind: "unpin" };

export interface Answer {
  version: number;
  x: Float32Array;
  y: Float32Array;
  /** "settled": the last word; "progress": on its way; "live": one frame of a drag */
  state: "settled" | "progress" | "live";
}

/** The seed's forces, for links of 80 px; they scale with the room that there is. */
const CHARGE = -50;
const DISTANCE = 80;
const PULL = 0.05;
const DRAG_ALPHA = 0.15;
/** After a drag the graph comes to rest within about a second. */
const REST_DECAY = 0.06;
const ALPHA_MIN = 0.001;
const FRAME_MS = 16;
/** Long runs show where they are this often, after this long. */
const PROGRESS_MS = 400;
/** Above this many nodes, collisions are left out until the graph has cooled to this alpha. */
const COLLIDED = 300;
const COOL = 0.06;
const SEED = 42;

/** Ticks from alpha 1 to rest: d3's 300, fewer for large graphs, which start from the PCA's places. */
export function ticksToRest(n: number): number {
  return Math.round(Math.max(60, Math.min(300, 300 * Math.sqrt(150 / Math.max(1, n)))));
}

type Node = SimulationNodeDatum;
type Edge = SimulationLinkDatum<Node> & { closeness: number };

export class LayoutEngine {
  private nodes: Node[] = [];
  private simulation = forceSimulation<Node>([]).stop();
  private box: Box = { width: 1, height: 1 };
  private radius = 1;
  private version = 0;
  private run = 0;
  private dragged = -1;

  /**
   * @param answer takes positions
   * @param later runs a task after some milliseconds, letting orders in before
   * @param sliceMs longest time without letting go of the thread
   */
  constructor(
    private readonly answer: (answer: Answer) => void,
    private readonly later: (task: () => void, milliseconds: number) => void,
    private readonly sliceMs: number,
  ) {}

  take(order: Order): void {
    switch (order.kind) {
      case "graph":
        return this.start(order);
      case "frame":
        this.box = { width: order.width, height: order.height };
        this.radius = order.radius;
        this.nodes.forEach((node, i) => {
          const pinned = typeof node.fx === "number";
          node.x = order.x[i];
          node.y = order.y[i];
          if (pinned) [node.fx, node.fy] = [node.x, node.y];
        });
        return this.setForces(null, this.stretch);
      case "drag": {
        const node = this.nodes[order.node] as Node | undefined;
        if (!node) return;
        node.fx = clampX(order.x, this.radius, this.box.width);
        node.fy = clampY(order.y, this.radius, this.box.height);
        if (this.dragged !== order.node) {
          this.dragged = order.node;
          this.simulation.alphaTarget(DRAG_ALPHA).alphaDecay(REST_DECAY).alpha(Math.max(this.simulation.alpha(), DRAG_ALPHA));
          this.live(++this.run);
        }
        return;
      }
      case "release": {
        this.dragged = -1;
        this.simulation.alphaTarget(0);
        const node = this.nodes[order.node] as Node | undefined;
        if (node && !order.keep) node.fx = node.fy = null;
        return;
      }
      case "unpin":
        for (const node of this.nodes) node.fx = node.fy = null;
        this.simulation.alpha(DRAG_ALPHA).alphaTarget(0).alphaDecay(REST_DECAY);
        this.live(++this.run);
    }
  }

  private start(order: GraphOrder): void {
    this.version = order.version;
    this.box = { width: order.width, height: order.height };
    this.radius = order.radius;
    this.dragged = -1;
    this.nodes = Array.from(order.x, (x, i) => {
      const y = order.y[i];
      return order.pinned[i] ? { x, y, fx: x, fy: y } : { x, y };
    });
    this.simulation = forceSimulation(this.nodes)
      .stop()
      .randomSource(seededRandom(SEED))
      .alpha(order.alpha)
      .alphaMin(ALPHA_MIN)
      .alphaDecay(1 - Math.pow(ALPHA_MIN, 1 / ticksToRest(this.nodes.length)));
    const edges = Array.from(order.closeness, (closeness, i): Edge => ({
      source: order.links[2 * i],
      target: order.links[2 * i + 1],
      closeness,
    }));
    this.setForces(edges, 1);
    const now = performance.now();
    this.settle(++this.run, now, now);
  }

  private edges: Edge[] = [];
  private stretch = 1;

  /** Sets the forces for the frame; `edges` only when they are new. */
  private setForces(edges: Edge[] | null, stretch: number): void {
    if (edges) this.edges = edges;
    this.stretch = stretch;
    const { width, height } = this.box;
    const n = this.nodes.length;
    const unit = Math.min(1.2 * DISTANCE, 0.72 * Math.sqrt((width * height) / Math.max(1, n))) * stretch;
    const scale = unit / DISTANCE;
    // Weaker along the longer side, so that the graph takes the frame's own proportions.
    const aspect = Math.pow(width / height, 0.7);
    this.simulation
      .force("charge", forceManyBody().strength(2 * CHARGE * scale * scale).theta(n > 500 ? 1.1 : 0.9))
      .force("link", forceLink<Node, Edge>(this.edges).distance((edge) => unit * (1.25 - 0.5 * edge.closeness)))
      .force("x", forceX<Node>(width / 2).strength(PULL / aspect))
      .force("y", forceY<Node>(height / 2).strength(PULL * aspect))
      .force("collide", null);
  }

  /** Runs to rest out of sight, then brings the graph into the frame. */
  private settle(run: number, began: number, told: number): void {
    if (run !== this.run) return;
    const until = performance.now() + this.sliceMs;
    while (this.simulation.alpha() >= ALPHA_MIN && performance.now() < until) {
      const { simulation } = this;
      if (!simulation.force("collide") && (this.nodes.length <= COLLIDED || simulation.alpha() < COOL)) {
        simulation.force("collide", forceCollide(this.radius + GAP));
      }
      simulation.tick();
    }
    const now = performance.now();
    if (this.simulation.alpha() >= ALPHA_MIN) {
      if (now - began > PROGRESS_MS && now - told > PROGRESS_MS) {
        told = now;
        const [x, y] = this.positions();
        fitToFrame(x, y, this.radius, this.box);
        this.answer({ version: this.version, x, y, state: "progress" });
      }
      this.later(() => this.settle(run, began, told), 0);
      return;
    }
    this.finish();
  }

  private finish(): void {
    const [x, y] = this.positions();
    const pinned = this.nodes.some((node) => typeof node.fx === "number");
    // Pinned nodes stay where they were put; the others were laid out around them inside the frame.
    if (pinned) this.clamp(x, y);
    else {
      const { scaleX, scaleY } = fitToFrame(x, y, this.radius, this.box);
      // A later drag must find the forces in balance at the size that is shown.
      this.setForces(null, Math.sqrt(scaleX * scaleY));
      separate(x, y, this.radius, this.box, seededRandom(SEED));
    }
    this.nodes.forEach((node, i) => {
      node.x = x[i];
      node.y = y[i];
      node.vx = node.vy = 0;
    });
    this.answer({ version: this.version, x, y, state: "settled" });
  }

  /** One tick a frame, shown as it happens, until the drag is over and the graph has come to rest. */
  private live(run: number): void {
    if (run !== this.run) return;
    const began = performance.now();
    if (!this.simulation.force("collide")) this.simulation.force("collide", forceCollide(this.radius + GAP));
    this.simulation.tick();
    const [x, y] = this.positions();
    this.clamp(x, y);
    this.nodes.forEach((node, i) => {
      node.x = x[i];
      node.y = y[i];
    });
    const rests = this.dragged < 0 && this.simulation.alpha() < 0.01;
    this.answer({ version: this.version, x, y, state: rests ? "settled" : "live" });
    if (!rests) this.later(() => this.live(run), Math.max(0, FRAME_MS - (performance.now() - began)));
  }

  private clamp(x: Float32Array, y: Float32Array): void {
    for (let i = 0; i < x.length; i++) {
      x[i] = clampX(x[i], this.radius, this.box.width);
      y[i] = clampY(y[i], this.radius, this.box.height);
    }
  }

  private positions(): [Float32Array, Float32Array] {
    return [Float32Array.from(this.nodes, (node) => node.x!), Float32Array.from(this.nodes, (node) => node.y!)];
  }
}
