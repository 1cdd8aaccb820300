// The stage: one image with what was found on it, in three layers that are redrawn only when what
// they show has changed, and a camera that pans and zooms over them.

import { element } from "../core/dom.ts";
import type { Frame } from "../core/frame.ts";
import { animate } from "../core/motion.ts";
import { reducedMotion } from "../core/theme.ts";
import { attachGestures } from "./gestures.ts";
import { imageExtent } from "./extent.ts";
import { InstanceLayer } from "./instance_layer.ts";
import { MarkLayer } from "./mark_layer.ts";
import type { Pyramid } from "./pyramid.ts";
import type { MarkState } from "./state.ts";
import { atRest, between, centred, contain, panBy, resized, visible, whole, zoomAt, type Box, type Camera, type Size } from "./viewport.ts";

const FLIGHT_MS = 260;
/** Share of the way to the wheel's goal that each frame goes. */
const GLIDE = 0.35;
const KEY_ZOOM = 1.5;
/** An instance that is gone to is shown with so many times the jitter around it, within limits. */
const AROUND = 90;
const LEAST_AROUND = 120;
const MOST_AROUND = 900;
/** Share of the stage, from each edge, in which an instance is moved towards the middle. */
const EDGE = 0.15;

/** What of the stage is to be drawn anew. */
type Part = "picture" | "marks" | "instances";

export class Stage {
  readonly element: HTMLElement;
  readonly instances: InstanceLayer;
  camera: Camera = { k: 1, x: 0, y: 0 };
  private readonly marks: MarkLayer;
  private readonly canvases: Record<Part, HTMLCanvasElement>;
  private readonly stale = new Set<Part>();
  private readonly watchers: (() => void)[] = [];
  private size: Size = { width: 0, height: 0 };
  private extent: Box = { x: 0, y: 0, width: 1, height: 1 };
  /** Where the wheel leads: the camera follows a share of the way each frame. */
  private goal: { k: number; x: number; y: number } | null = null;
  private stopFlight: () => void = () => undefined;
  private frame = 0;

  constructor(
    private readonly frameOf: Frame,
    private readonly state: MarkState,
    private readonly pyramid: Pyramid,
  ) {
    const { signal } = frameOf;
    this.instances = new InstanceLayer(state);
    this.marks = new MarkLayer(state);
    const canvas = (name: string) => {
      const node = element("canvas", `cz-canvas cz-map-${name}`);
      node.setAttribute("aria-hidden", "true");
      return node;
    };
    this.canvases = { picture: canvas("picture"), marks: canvas("marks"), instances: canvas("instances") };
    this.element = element("div", "cz-map-stage", Object.values(this.canvases));
    this.element.tabIndex = 0;
    this.element.setAttribute("role", "application");
    this.element.setAttribute("aria-roledescription", "micrograph");
    attachGestures({
      surface: this.element,
      zoomed: () => !this.atRest,
      pan: (dx, dy) => this.pan(dx, dy),
      zoom: (factor, x, y, smooth) => this.zoom(factor, x, y, smooth),
      click: (x, y) => this.click(x, y),
      point: (place) => state.hover(place ? this.instances.at(place.x, place.y, this.camera) : -1),
      refused: () => undefined,
    }, signal);
    const observer = new ResizeObserver(() => this.resize());
    observer.observe(this.element);
    signal.addEventListener("abort", () => {
      observer.disconnect();
      cancelAnimationFrame(this.frame);
      this.stopFlight();
    }, { once: true });
    state.on("image", () => this.showImage(), signal);
    state.on("scene", () => this.showImage(true), signal);
    state.on("selected", () => this.reveal(state.selected), signal);
    state.on(["selected", "hovered"], () => this.redraw("instances"), signal);
    state.on(["stage", "decisions", "filter"], () => this.redraw("marks", "instances"), signal);
    pyramid.on("loaded", () => this.redraw("picture"), signal);
    frameOf.onTheme(() => this.redraw("picture", "marks", "instances"));
    this.showImage();
  }

  /** Calls back whenever the camera has moved. */
  onMove(callback: () => void): void {
    this.watchers.push(callback);
  }

  /** Whether the whole image is on the stage. */
  get atRest(): boolean {
    return atRest(this.camera, this.extent, this.size);
  }

  get stageSize(): Size {
    return this.size;
  }

  /** Magnifies around the middle, or around a place on the stage. */
  zoomBy(factor: number, x = this.size.width / 2, y = this.size.height / 2): void {
    this.zoom(factor, x, y, true);
  }

  zoomIn(): void {
    this.zoomBy(KEY_ZOOM);
  }

  zoomOut(): void {
    this.zoomBy(1 / KEY_ZOOM);
  }

  /** Shows the whole image. */
  fit(): void {
    this.flyTo(whole(this.extent, this.size));
  }

  /** Moves the image by CSS pixels. */
  pan(dx: number, dy: number): void {
    this.rest();
    this.moveTo(panBy(this.camera, dx, dy, this.extent, this.size));
  }

  /** Brings a row into view, close enough to judge it, without a move where it is so already. */
  reveal(row: number): void {
    const { scene, image } = this.state;
    if (row < 0 || scene.image[row] !== image || this.size.width === 0) return;
    const around = Math.min(MOST_AROUND, Math.max(LEAST_AROUND, AROUND * scene.jitter));
    const close = Math.min(this.size.width, this.size.height) / around;
    const { k } = this.camera;
    const [x, y] = [scene.x[row] * k + this.camera.x, scene.y[row] * k + this.camera.y];
    const { width, height } = this.size;
    const inside = x > EDGE * width && x < (1 - EDGE) * width && y > EDGE * height && y < (1 - EDGE) * height;
    if (inside && k >= 0.7 * close) return;
    this.flyTo(centred(Math.max(k, close), scene.x[row], scene.y[row], this.extent, this.size));
  }

  redraw(...parts: Part[]): void {
    for (const part of parts) this.stale.add(part);
    if (this.frame || this.frameOf.signal.aborted) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.followGoal();
      this.draw();
    });
  }

  private zoom(factor: number, x: number, y: number, smooth: boolean): void {
    this.stopFlight();
    if (!smooth || reducedMotion()) {
      this.goal = null;
      this.moveTo(zoomAt(this.camera, factor, x, y, this.extent, this.size));
      return;
    }
    const k = zoomAt({ ...this.camera, k: this.goal?.k ?? this.camera.k }, factor, x, y, this.extent, this.size).k;
    this.goal = { k, x, y };
    this.redraw("picture", "marks", "instances");
  }

  private followGoal(): void {
    if (!this.goal) return;
    const { k, x, y } = this.goal;
    const left = Math.log(k / this.camera.k);
    const factor = Math.abs(left) < 0.004 ? k / this.camera.k : Math.exp(GLIDE * left);
    if (factor === k / this.camera.k) this.goal = null;
    this.moveTo(zoomAt(this.camera, factor, x, y, this.extent, this.size));
  }

  private flyTo(goal: Camera): void {
    this.rest();
    const from = this.camera;
    this.stopFlight = animate(FLIGHT_MS, (share) => {
      this.moveTo(share === 1 ? goal : contain(between(from, goal, share), this.extent, this.size));
    }, this.frameOf.signal);
  }

  private rest(): void {
    this.stopFlight();
    this.goal = null;
  }

  private moveTo(camera: Camera): void {
    this.camera = camera;
    this.redraw("picture", "marks", "instances");
    for (const callback of this.watchers) callback();
  }

  private click(x: number, y: number): void {
    const row = this.instances.at(x, y, this.camera);
    if (row >= 0) this.state.select(row);
  }

  private showImage(keep = false): void {
    this.rest();
    this.extent = imageExtent(this.state.scene, this.state.image, this.pyramid.picture(this.state.image));
    if (this.size.width === 0) return;
    const moved = keep ? contain(this.camera, this.extent, this.size) : whole(this.extent, this.size);
    this.moveTo(moved);
  }

  private resize(): void {
    const size = { width: this.element.clientWidth, height: this.element.clientHeight };
    if (size.width === 0 || size.height === 0) return;
    const first = this.size.width === 0;
    const camera = first ? whole(this.extent, size) : resized(this.camera, this.size, size, this.extent);
    this.size = size;
    this.moveTo(camera);
    if (first) this.reveal(this.state.selected);
  }

  private draw(): void {
    if (this.size.width === 0) return;
    const density = window.devicePixelRatio || 1;
    const parts = [...this.stale];
    this.stale.clear();
    for (const part of parts) {
      const canvas = this.canvases[part];
      const [width, height] = [Math.round(this.size.width * density), Math.round(this.size.height * density)];
      if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
      const context = canvas.getContext("2d")!;
      context.setTransform(density, 0, 0, density, 0, 0);
      this.drawPart(part, context, density);
    }
  }

  private drawPart(part: Part, context: CanvasRenderingContext2D, density: number): void {
    const { camera, size } = this;
    const { theme } = this.frameOf;
    const stage = this.state.shownStage;
    if (part === "picture") {
      context.clearRect(0, 0, size.width, size.height);
      this.drawPicture(context, density);
    } else if (part === "marks") {
      if (stage === "particles") context.clearRect(0, 0, size.width, size.height);
      else this.marks.draw(context, camera, size, density, stage === "clusters");
    } else {
      context.clearRect(0, 0, size.width, size.height);
      if (stage === "particles" || stage === "compare") this.instances.draw(context, camera, size, density, theme);
      this.instances.drawChosen(context, camera, theme);
    }
  }

  private drawPicture(context: CanvasRenderingContext2D, density: number): void {
    const { camera, extent, size } = this;
    const box = { x: 0, y: 0, width: size.width, height: size.height };
    if (this.pyramid.draw(context, this.state.image, visible(camera, size), box, density)) return;
    // No picture, or none yet: a quiet ground where it lies or would lie.
    context.fillStyle = this.frameOf.theme.grid;
    context.fillRect(extent.x * camera.k + camera.x, extent.y * camera.k + camera.y, extent.width * camera.k, extent.height * camera.k);
  }
}
