// The volunteers' marks of one image as dots: all alike, or coloured by the instance they belong to.

import { clusterColors, CLUSTER_INKS } from "./cluster_colors.ts";
import { PointGrid } from "./point_grid.ts";
import type { Scene } from "./scene.ts";
import type { MarkState } from "./state.ts";
import { roundDot, StampLayer, type Ink, type Stamp } from "./stamps.ts";
import { visible, type Camera, type Size } from "./viewport.ts";

/** CSS pixels */
const SMALLEST = 1.1;
const LARGEST = 4;
/** Radius of a dot in units of the marks' jitter. */
const OF_JITTER = 0.3;
const PICKS: Ink = [255, 255, 255, 0.95];
const STRAYS: Ink = [150, 158, 170, 0.8];

export class MarkLayer {
  private readonly stamps = new StampLayer();
  private grid: PointGrid | null = null;
  private colors: Uint8Array | null = null;
  private scene: Scene | null = null;
  private image = -1;
  private dots: { radius: number; picks: Stamp[]; strays: Stamp[]; clusters: Stamp[][] } | null = null;

  constructor(private readonly state: MarkState) {}

  /** Draws onto a context whose canvas holds nothing else; `stage` in CSS pixels. */
  draw(context: CanvasRenderingContext2D, camera: Camera, stage: Size, density: number, clustered: boolean): void {
    const { scene } = this.state;
    this.prepare();
    const { width, height } = context.canvas;
    this.stamps.clear(width, height);
    const dots = this.dotsFor(Math.min(LARGEST, Math.max(SMALLEST, OF_JITTER * scene.jitter * camera.k)) * density);
    const { markX, markY, markInstance } = scene;
    const colors = clustered ? this.clusterColors() : null;
    const shown = clustered ? this.shownRows() : null;
    const [k, dx, dy] = [camera.k * density, camera.x * density, camera.y * density];
    const margin = LARGEST / camera.k;
    const box = visible(camera, stage);
    const reach = { x: box.x - margin, y: box.y - margin, width: box.width + 2 * margin, height: box.height + 2 * margin };
    this.grid!.visit(reach, (mark) => {
      const row = markInstance[mark];
      if (shown && row >= 0 && !shown[row]) return;
      const dot = colors === null ? dots.picks : row < 0 ? dots.strays : dots.clusters[colors[row]];
      this.stamps.put(dot, markX[mark] * k + dx, markY[mark] * k + dy);
    });
    this.stamps.show(context);
  }

  private prepare(): void {
    const { scene, image } = this.state;
    if (scene === this.scene && image === this.image) return;
    if (scene !== this.scene) this.colors = null;
    [this.scene, this.image] = [scene, image];
    const first = scene.markStart[image] ?? 0;
    const count = scene.images.length ? scene.marksOn(image) : 0;
    this.grid = new PointGrid(scene.markX, scene.markY, Int32Array.from({ length: count }, (_, i) => first + i));
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

