// Room for the graph: how large pictures are, and how positions are brought into the frame.

import { forceCollide, forceSimulation, type SimulationNodeDatum } from "d3-force";

export interface Box {
  width: number;
  height: number;
}

const LARGEST = 20;
const SMALLEST = 2.5;
/** Pixels between a picture and the frame; the selected picture grows into it. */
const EDGE = 14;
/** Room below the lowest picture for its name. */
const NAME = 12;
/** Pixels kept free between two pictures */
export const GAP = 3;
/** A graph of a few pictures is not blown up beyond this. */
const MOST_STRETCH = 1.5;
/** Above this, marks are so small that overlaps do not hide anything. */
const SEPARATED = 1500;

/** Radius in pixels of the pictures: about a third of what each has of the frame. */
export function pictureRadius(n: number, { width, height }: Box): number {
  const share = Math.sqrt((width * height) / Math.max(1, n));
  return Math.max(SMALLEST, Math.min(LARGEST, 0.29 * share, 0.09 * Math.min(width, height)));
}

/** Keeps a node's centre so far inside that the picture is wholly in the frame. */
export function clampX(x: number, r: number, width: number): number {
  return Math.max(Math.min(r + EDGE, width / 2), Math.min(width - Math.min(r + EDGE, width / 2), x));
}

export function clampY(y: number, r: number, height: number): number {
  return Math.max(Math.min(r + EDGE, height / 2), Math.min(height - Math.min(r + EDGE + NAME, height / 2), y));
}

interface Spread {
  scaleX: number;
  scaleY: number;
}

/** Moves and scales positions, in place, so that they fill the frame and none leaves it. */
export function fitToFrame(x: Float32Array, y: Float32Array, r: number, box: Box): Spread {
  if (x.length === 0) return { scaleX: 1, scaleY: 1 };
  const [left, right] = range(x);
  const [top, bottom] = range(y);
  const roomX = Math.max(1, box.width - 2 * (r + EDGE));
  const roomY = Math.max(1, box.height - 2 * (r + EDGE) - NAME);
  const scaleX = Math.min(MOST_STRETCH, roomX / Math.max(1e-6, right - left));
  const scaleY = Math.min(MOST_STRETCH, roomY / Math.max(1e-6, bottom - top));
  const middleX = box.width / 2;
  const middleY = (box.height - NAME) / 2;
  for (let i = 0; i < x.length; i++) {
    x[i] = clampX(middleX + (x[i] - (left + right) / 2) * scaleX, r, box.width);
    y[i] = clampY(middleY + (y[i] - (top + bottom) / 2) * scaleY, r, box.height);
  }
  return { scaleX, scaleY };
}

/** Carries positions, in place, from one frame's size to another's. */
export function moveToFrame(x: Float32Array, y: Float32Array, r: number, from: Box, to: Box): void {
  for (let i = 0; i < x.length; i++) {
    x[i] = clampX((x[i] / from.width) * to.width, r, to.width);
    y[i] = clampY((y[i] / from.height) * to.height, r, to.height);
  }
}

/** Pushes overlapping pictures apart, in place, inside the frame. */
export function separate(x: Float32Array, y: Float32Array, r: number, box: Box, random: () => number): void {
  if (x.length < 2 || x.length > SEPARATED) return;
  const nodes = Array.from(x, (value, i): SimulationNodeDatum => ({ x: value, y: y[i] }));
  const simulation = forceSimulation(nodes)
    .stop()
    .randomSource(random)
    .alphaDecay(0)
    .force("collide", forceCollide(r + GAP).iterations(2));
  for (let step = 0; step < 30; step++) {
    simulation.tick();
    for (const node of nodes) {
      node.x = clampX(node.x!, r, box.width);
      node.y = clampY(node.y!, r, box.height);
    }
  }
  nodes.forEach((node, i) => {
    x[i] = node.x!;
    y[i] = node.y!;
  });
}

/** A linear congruential generator (Numerical Recipes' constants): the same picture every time. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => (state = (Math.imul(1664525, state) + 1013904223) >>> 0) / 4294967296;
}

function range(values: Float32Array): [number, number] {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}
