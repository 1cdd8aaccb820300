// The graph itself: which images stand in it and which are linked. Rows of the image table are its
// names for images; drawing and layout know nodes by their place in `rows`.

import type { Neighbor } from "../core/table.ts";

export interface Link {
  /** Places in `rows`, in the order in which the link was found */
  a: number;
  b: number;
  /** Cosine similarity of the two images */
  similarity: number;
}

/** A graph made in Python: image rows, and links between them with their similarity. */
export interface GivenGraph {
  rows: number[];
  links: [number, number, number][];
}

type NeighborsOf = (row: number, k: number) => Neighbor[];

/** Undirected: a link found from either end, or from both, is one link. */
export class NeighborGraph {
  /** Image rows, in the order in which they came */
  readonly rows: number[] = [];
  readonly links: Link[] = [];
  private readonly places = new Map<number, number>();
  private readonly linked = new Set<number>();
  /** For each node, its links' places in `links` */
  private readonly incident: number[][] = [];

  constructor(
    private readonly n: number,
    private readonly neighborsOf: NeighborsOf,
  ) {}

  /** Place of an image row in the graph, -1 when it is not there. */
  place(row: number): number {
    return this.places.get(row) ?? -1;
  }

  linksOf(place: number): Link[] {
    return this.incident[place]?.map((i) => this.links[i]) ?? [];
  }

  /** Adds an image, its k nearest, and a link to each; true when anything was new. */
  add(row: number, k: number): boolean {
    const before = this.rows.length + this.links.length;
    const a = this.node(row);
    for (const { index, similarity } of this.neighborsOf(row, k)) this.link(a, this.node(index), similarity);
    return this.rows.length + this.links.length > before;
  }

  /** Adds every image with links to its k nearest. */
  addAll(k: number): boolean {
    const before = this.rows.length + this.links.length;
    // Nodes first, so that their order is that of the table.
    for (let row = 0; row < this.n; row++) this.node(row);
    for (let row = 0; row < this.n; row++) this.add(row, k);
    return this.rows.length + this.links.length > before;
  }

  /** Adds the images and links of another graph as they are. */
  addGiven({ rows, links }: GivenGraph): void {
    for (const row of rows) this.node(row);
    for (const [a, b, similarity] of links) this.link(this.node(a), this.node(b), similarity);
  }

  clear(): void {
    this.rows.length = 0;
    this.links.length = 0;
    this.incident.length = 0;
    this.places.clear();
    this.linked.clear();
  }

  private node(row: number): number {
    let place = this.places.get(row);
    if (place === undefined) {
      place = this.rows.push(row) - 1;
      this.places.set(row, place);
      this.incident.push([]);
    }
    return place;
  }

  private link(a: number, b: number, similarity: number): void {
    const [low, high] = [Math.min(this.rows[a], this.rows[b]), Math.max(this.rows[a], this.rows[b])];
    const key = low * this.n + high;
    if (low === high || this.linked.has(key)) return;
    this.linked.add(key);
    const at = this.links.push({ a, b, similarity }) - 1;
    this.incident[a].push(at);
    this.incident[b].push(at);
  }
}

/**
 * Where similarities lie between the least and the most similar neighbours of this data set, 0 to 1.
 * Deep features put nearly all cosines above 0.8, so their plain values would all look the same.
 */
export function closenessScale(similarities: number[]): (similarity: number) => number {
  const sorted = Float64Array.from(similarities).sort();
  const low = sorted[Math.floor(0.05 * (sorted.length - 1))];
  const high = sorted[Math.ceil(0.95 * (sorted.length - 1))];
  if (!(high > low)) return () => 0.5;
  return (similarity) => Math.min(1, Math.max(0, (similarity - low) / (high - low)));
}
