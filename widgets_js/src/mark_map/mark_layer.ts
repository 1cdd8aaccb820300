// The volunteers' marks of one image as dots: all alike, or coloured by the instance they belong to.

import { clusterColors, CLUSTER_INKS } from "./cluster_colors.ts";
import type { Glance } from "./painter.ts";
import { PointGrid } from "./point_grid.ts";
import type { Scene } from "./scene.ts";
import type { MarkState } from "./state.ts";
import { roundDot, StampLayer, type Ink, type Stamp } from "./stamps.ts";
import { grown, inImage, scaled } from "./viewport.ts";

/** CSS pixels */
const SMALLEST = 1.1;
const LARGEST = 4;
/** Radius of a dot in units of the marks' jitter. */
const OF_JITTER = 0.3;
/** CSS pixels within which two marks are drawn as one: about the radius of the smallest dot. */
const SAME = 1.2;
/** From a jitter of so many CSS pixels on marks lie apart, and every one is drawn. */
const APART = 8;
const PICKS: Ink = [255, 255, 255, 1];
const STRAYS: Ink = [150, 158, 170, 0.8];

export class MarkLayer {
  private readonly stamps = new StampLayer();
  /** By octave of the zoom: from far away marks that fall onto one another are left out. */
  private readonly grids = new Map<number, PointGrid>();
  private colors: Uint8Array | null = null;
  private scene: Scene | null = null;
  private image = -1;
  private dots: { radius: number; picks: Stamp[]; strays: Stamp[]; clusters: Stamp[][] } | null = null;

  constructor(private readonly state: MarkState) {}

  /** Draws onto a context whose canvas holds nothing else. */
  draw(context: CanvasRenderingContext2D, { camera, density, part }: Glance, clustered: boolean): void {
    const { scene } = this.state;
    this.prepare();
    this.stamps.clear(scaled(part, density));
    const dots = this.dotsFor(Math.min(LARGEST, Math.max(SMALLEST, OF_JITTER * scene.jitter * camera.k)) * density);
    const colors = clustered ? this.clusterColors() : null;
    const shown = clustered ? this.shownRows() : null;
    const { markInstance } = scene;
    const grid = this.grid(camera.k);
    const { order, xs, ys } = grid;
    const { stamps } = this;
    const [k, dx, dy] = [camera.k * density, camera.x * density, camera.y * density];
    grid.spans(inImage(camera, grown(part, LARGEST)), (from, to) => {
      for (let at = from; at < to; at++) {
        let dot = dots.picks;
        if (colors !== null) {
          const row = markInstance[order[at]];
          if (shown !== null && row >= 0 && shown[row] === 0) continue;
          dot = row < 0 ? dots.strays : dots.clusters[colors[row]];
        }
        stamps.put(dot, xs[at] * k + dx, ys[at] * k + dy);
      }
    });
    this.stamps.show(context);
  }

  private prepare(): void {
    const { scene, image } = this.state;
    if (scene === this.scene && image === this.image) return;
    if (scene !== this.scene) this.colors = null;
    [this.scene, this.image] = [scene, image];
    this.grids.clear();
  }

  /** The marks to draw at a magnification, CSS pixels a pixel of the image. */
  private grid(magnification: number): PointGrid {
    const { scene, image } = this.state;
    const closest = Math.ceil(Math.log2(APART / Math.max(scene.jitter, 1e-3)));
    const octave = Math.min(Math.floor(Math.log2(magnification)), closest);
    let grid = this.grids.get(octave);
    if (!grid) {
      const first = scene.markStart[image] ?? 0;
      const count = scene.images.length ? scene.marksOn(image) : 0;
      const all = Int32Array.from({ length: count }, (_, i) => first + i);
      // The finest pixel of the octave.
      const pixel = SAME / 2 ** (octave + 1);
      const kept = octave === closest ? all : thinned(scene.markX, scene.markY, all, pixel);
      grid = new PointGrid(scene.markX, scene.markY, kept);
      this.grids.set(octave, grid);
    }
    return grid;
  }

  private clusterColors(): Uint8Array {
    this.colors ??= clusterColors(this.state.scene);
    return this.colors;
  }

  /** 1 for each row whose class is switched on; null when all are. */
  private shownRows(): Uint8Array | null {
    const { state } = this;
    if (state.visibleClasses.every((on) => on === 1)) return null;
    return Uint8Array.from({ length: state.scene.n }, (_, row) => Number(state.shows(row)));
  }

  private dotsFor(radius: number): NonNullable<MarkLayer["dots"]> {
    const rounded = Math.round(4 * radius) / 4;
    if (this.dots?.radius !== rounded) {
      this.dots = {
        radius: rounded,
        picks: roundDot(rounded, PICKS),
        strays: roundDot(0.8 * rounded, STRAYS),
        clusters: CLUSTER_INKS.map((ink) => roundDot(rounded, ink)),
      };
    }
    return this.dots;
  }
}


/** The first point of every square of a side. */
function thinned(x: Float32Array, y: Float32Array, points: Int32Array, side: number): Int32Array {
  const taken = new Set<number>();
  return points.filter((i) => {
    const key = Math.floor(x[i] / side) * 2 ** 26 + Math.floor(y[i] / side);
    return taken.size !== taken.add(key).size;
  });
}
