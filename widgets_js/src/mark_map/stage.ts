// The stage: one image with what was found on it, in three layers that are redrawn only when what
// they show has changed, and a camera that pans and zooms over them.

import { element } from "../core/dom.ts";
import type { Frame } from "../core/frame.ts";
import { animate } from "../core/motion.ts";
import { readTheme, reducedMotion, type Theme } from "../core/theme.ts";
import { Divider } from "./divider.ts";
import { attachGestures } from "./gestures.ts";
import { Notice } from "./notice.ts";
import { Painter, PARTS, type Look, type Part } from "./painter.ts";
import type { Pyramid } from "./pyramid.ts";
import type { MarkState } from "./state.ts";
import { atRest, between, centred, contain, panBy, resized, whole, zoomAt, type Box, type Camera, type Size } from "./viewport.ts";

const FLIGHT_MS = 260;
/** Share of the way to the wheel's goal that each frame goes. */
const GLIDE = 0.35;
/** An instance that is gone to is shown with so many times the jitter around it, within limits. */
const AROUND = 60;
const LEAST_AROUND = 100;
const MOST_AROUND = 900;
/** Share of the stage, from each edge, in which an instance is moved towards the middle. */
const EDGE = 0.15;
/** Magnification in units of that of `reveal` that is close enough to judge an instance. */
const CLOSE_ENOUGH = 0.7;

export class Stage {
  readonly element: HTMLElement;
  /** Controls that lie over the image */
  readonly overlay = element("div", "cz-map-overlay cz-root");
  readonly notice: Notice;
  readonly divider: Divider;
  camera: Camera = { k: 1, x: 0, y: 0 };
  /** CSS pixels */
  size: Size = { width: 0, height: 0 };
  /** Where the pointer is over the stage, in client pixels */
  pointer: { x: number; y: number } | null = null;
  readonly painter: Painter;
  private readonly canvases: Record<Part, HTMLCanvasElement>;
  private readonly stale = new Set<Part>();
  private readonly watchers: (() => void)[] = [];
  private extent: Box = { x: 0, y: 0, width: 1, height: 1 };
  /** Where the wheel leads: the camera follows a share of the way each frame. */
  private goal: { k: number; x: number; y: number } | null = null;
  private stopFlight: () => void = () => undefined;
  private dark: Theme | null = null;
  private frame = 0;

  constructor(
    private readonly frameOf: Frame,
    private readonly state: MarkState,
    pyramid: Pyramid,
  ) {
    const { signal } = frameOf;
    this.painter = new Painter(state, pyramid);
    this.notice = new Notice(signal);
    this.divider = new Divider(() => this.redraw("marks", "instances"));
    const canvas = (name: Part) => {
      const node = element("canvas", `cz-canvas cz-map-${name}`);
      node.setAttribute("aria-hidden", "true");
      return node;
    };
    this.canvases = { picture: canvas("picture"), marks: canvas("marks"), instances: canvas("instances") };
    this.overlay.dataset.theme = "dark";
    this.overlay.append(this.divider.element, this.notice.element);
    this.element = element("div", "cz-map-stage", [...Object.values(this.canvases), this.overlay]);
    this.element.tabIndex = 0;
    this.element.setAttribute("role", "application");
    this.element.setAttribute("aria-roledescription", "map");
    attachGestures({
      surface: this.element,
      zoomed: () => !this.atRest,
      pan: (dx, dy) => this.pan(dx, dy),
      zoom: (factor, x, y, smooth) => this.zoom(factor, x, y, smooth),
      click: (x, y) => this.click(x, y),
      point: (place) => this.point(place),
      refused: () => this.notice.say("Click the map to zoom with the wheel, or hold Ctrl"),
    }, signal);
    this.element.addEventListener("keydown", (event) => {
      if (event.key === "Escape") state.select(-1);
    });
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
    state.on("stage", () => this.showStage(), signal);
    state.on(["decisions", "filter"], () => this.redraw("marks", "instances"), signal);
    pyramid.on(["loaded", "failed"], () => {
      this.redraw("picture");
      this.notice.keep(pyramid.trouble === null ? null : `The picture does not load: ${pyramid.trouble}`);
    }, signal);
    frameOf.onTheme(() => this.redraw(...PARTS));
    this.showImage();
    this.showStage();
  }

  /** Calls back whenever the camera has moved. */
  onMove(callback: () => void): void {
    this.watchers.push(callback);
  }

  /** Whether the whole image is on the stage. */
  get atRest(): boolean {
    return atRest(this.camera, this.extent, this.size);
  }

  /** Magnifies around the middle, or around a place on the stage. */
  zoomBy(factor: number, x = this.size.width / 2, y = this.size.height / 2): void {
    this.zoom(factor, x, y, true);
  }

  /** How the stage is looked at, for drawing it with so many device pixels a CSS pixel. */
  look(density: number): Look {
    // Micrographs are dark: what lies on them has the colours for that, whatever the page's theme.
    this.dark ??= readTheme(this.overlay);
    const { camera, size, dark: theme } = this;
    return { camera, size, density, theme, ground: this.frameOf.theme.page, divider: (size.width * this.divider.position) / 100 };
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
    if (inside && k >= CLOSE_ENOUGH * close) return;
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
    this.redraw(...PARTS);
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
    this.redraw(...PARTS);
    for (const callback of this.watchers) callback();
  }

  private click(x: number, y: number): void {
    const row = this.painter.instances.at(x, y, this.camera);
    if (row >= 0) this.state.select(row);
  }

  private point(place: { x: number; y: number; event: PointerEvent } | null): void {
    this.pointer = place && { x: place.event.clientX, y: place.event.clientY };
    const row = place ? this.painter.instances.at(place.x, place.y, this.camera) : -1;
    this.element.toggleAttribute("data-over", row >= 0);
    this.state.hover(row);
  }

  private showStage(): void {
    this.divider.show(this.state.shownStage === "compare");
    this.redraw("marks", "instances");
  }

  private showImage(keep = false): void {
    this.rest();
    this.extent = this.painter.extent();
    this.element.setAttribute("aria-label", this.state.imageId ?? "no image");
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
    const { size } = this;
    if (size.width === 0) return;
    const density = window.devicePixelRatio || 1;
    const look = this.look(density);
    const parts = [...this.stale];
    this.stale.clear();
    for (const part of parts) {
      const canvas = this.canvases[part];
      // A clear layer would still cost the browser a blend of the whole stage.
      canvas.hidden = this.painter.blank(part);
      if (canvas.hidden) continue;
      const [width, height] = [Math.round(size.width * density), Math.round(size.height * density)];
      if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
      // The lowest layer need not be blended with what is below it.
      const context = canvas.getContext("2d", { alpha: part !== "picture" })!;
      context.setTransform(density, 0, 0, density, 0, 0);
      this.painter.draw(part, context, look);
    }
  }
}
