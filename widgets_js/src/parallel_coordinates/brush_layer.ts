// Pointer and keyboard for the brushes: drag along an axis to filter, drag the brush to move it or one
// of its ends, click the axis to lift it. By keyboard each axis has two range inputs, seen while in focus.

import { element } from "../core/dom.ts";
import type { Panel } from "../core/panel.ts";
import type { Axis } from "./axes.ts";
import { gripAt, movedRange, orderedRange, rangeMask, type Range } from "./brushes.ts";
import { type Frame, valueAt, yOf } from "./geometry.ts";

/** A press this near to an axis is for the axis, in pixels; its title counts as well. */
const AXIS_REACH = 11;
const TITLE_REACH = 28;
const END_REACH = 6;
/** A press that moves less is a click. */
const SLACK = 3;
const STEPS = 100;

interface Inputs {
  node: HTMLElement;
  low: HTMLInputElement;
  high: HTMLInputElement;
}

interface Drag {
  axis: Axis;
  /** Changes the range as the pointer goes to y */
  to: (y: number) => Range;
  from: number;
  moved: boolean;
}

export class BrushLayer {
  readonly ranges = new Map<string, Range>();
  private readonly inputs = new Map<string, Inputs>();
  private drag: Drag | null = null;

  constructor(
    private readonly panel: Panel,
    private readonly axes: Axis[],
    private readonly surface: HTMLElement,
    private readonly frame: () => Frame,
    private readonly changed: () => void,
  ) {
    const { store, signal } = panel.context;
    for (const axis of axes) this.addInputs(axis);
    surface.addEventListener("pointerdown", (event) => this.press(event));
    surface.addEventListener("pointermove", (event) => this.move(event));
    surface.addEventListener("pointerup", () => this.release());
    surface.addEventListener("pointercancel", () => this.release());
    // A filter that was lifted elsewhere takes its brush with it.
    store.on("visible", () => {
      for (const key of this.ranges.keys()) if (!store.hasFilter(filterName(key))) this.forget(key);
    }, signal);
    signal.addEventListener("abort", () => this.clear(), { once: true });
  }

  /** True while a brush is being drawn or moved. */
  get busy(): boolean {
    return this.drag !== null;
  }

  /** The axis under the pointer, if any. */
  axisAt(x: number, y: number): number {
    const { xs, top, bottom } = this.frame();
    if (y < top - TITLE_REACH || y > bottom + AXIS_REACH) return -1;
    return xs.findIndex((at) => Math.abs(at - x) <= AXIS_REACH);
  }

  /** What the pointer's shape should say at a place on an axis. */
  cursorAt(axis: number, y: number): string {
    const grip = gripAt(this.span(this.axes[axis]), y, END_REACH);
    return { none: "crosshair", whole: "grab", top: "ns-resize", bottom: "ns-resize" }[grip];
  }

  clear(): void {
    for (const { key } of this.axes) this.set(key, null);
  }

  set(key: string, range: Range | null): void {
    const { store } = this.panel.context;
    const axis = this.axes.find((candidate) => candidate.key === key)!;
    if (range) this.ranges.set(key, range);
    else if (!this.ranges.delete(key)) return;
    this.showInputs(axis);
    store.setFilter(filterName(key), range ? rangeMask(axis.values, range) : null);
    this.changed();
  }

  /** Puts the keyboard's inputs under their axes. */
  place(): void {
    const { xs, bottom, width } = this.frame();
    this.axes.forEach(({ key }, i) => {
      const { node } = this.inputs.get(key)!;
      node.style.left = `${Math.min(width - 70, Math.max(70, xs[i]))}px`;
      node.style.top = `${bottom - 44}px`;
    });
  }

  private span(axis: Axis): { top: number; bottom: number } | null {
    const range = this.ranges.get(axis.key);
    if (!range) return null;
    return { top: yOf(axis, this.frame(), range[1]), bottom: yOf(axis, this.frame(), range[0]) };
  }

  private press(event: PointerEvent): void {
    if (event.button !== 0) return;
    const [x, y] = this.placeOf(event);
    const index = this.axisAt(x, y);
    if (index < 0) return;
    const axis = this.axes[index];
    const frame = this.frame();
    const grip = gripAt(this.span(axis), y, END_REACH);
    const range = this.ranges.get(axis.key);
    const start = valueAt(axis, frame, y);
    const unit = (axis.domain[1] - axis.domain[0]) / (frame.bottom - frame.top);
    let to = (now: number): Range => orderedRange(start, valueAt(axis, frame, now), axis.domain);
    if (range && grip === "whole") to = (now) => movedRange(range, (y - now) * unit, axis.domain);
    if (range && grip === "top") to = (now) => orderedRange(range[0], valueAt(axis, frame, now), axis.domain);
    if (range && grip === "bottom") to = (now) => orderedRange(range[1], valueAt(axis, frame, now), axis.domain);
    this.drag = { axis, to, from: y, moved: false };
    this.surface.setPointerCapture(event.pointerId);
    event.preventDefault();
  }

  private move(event: PointerEvent): void {
    if (!this.drag) return;
    const [, y] = this.placeOf(event);
    if (!this.drag.moved && Math.abs(y - this.drag.from) < SLACK) return;
    this.drag.moved = true;
    this.set(this.drag.axis.key, this.drag.to(y));
  }

  private release(): void {
    const { drag } = this;
    if (!drag) return;
    this.drag = null;
    const { store } = this.panel.context;
    if (!drag.moved) this.set(drag.axis.key, null);
    else store.report(`brush on ${drag.axis.name}: ${store.visibleCount} of ${store.images.n} images`);
  }

  private placeOf(event: PointerEvent): [number, number] {
    const box = this.surface.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  private forget(key: string): void {
    this.ranges.delete(key);
    this.showInputs(this.axes.find((axis) => axis.key === key)!);
    this.changed();
  }

  private addInputs(axis: Axis): void {
    const make = (end: string) => {
      const input = element("input", "cz-range");
      input.type = "range";
      input.min = "0";
      input.max = String(STEPS);
      input.setAttribute("aria-label", `${axis.name}, ${end} end of the filter`);
      input.addEventListener("input", () => this.fromInputs(axis));
      return input;
    };
    const [low, high] = [make("lower"), make("upper")];
    const node = element("div", "cz-parallel-coordinates-inputs", [low, high]);
    this.inputs.set(axis.key, { node, low, high });
    this.panel.body.append(node);
    this.showInputs(axis);
  }

  private fromInputs(axis: Axis): void {
    const { low, high } = this.inputs.get(axis.key)!;
    const [a, b] = axis.domain;
    const value = (input: HTMLInputElement) => a + ((b - a) * Number(input.value)) / STEPS;
    const whole = Number(low.value) === 0 && Number(high.value) === STEPS;
    this.set(axis.key, whole ? null : orderedRange(value(low), value(high), axis.domain));
  }

  private showInputs(axis: Axis): void {
    const { low, high } = this.inputs.get(axis.key)!;
    const [a, b] = axis.domain;
    const range = this.ranges.get(axis.key) ?? axis.domain;
    // An input that is being moved shows what it was moved to.
    [low, high].forEach((input, end) => {
      const percent = (STEPS * (range[end] - a)) / (b - a);
      if (!input.matches(":focus")) input.value = String(percent);
      input.style.setProperty("--cz-fill", `${percent}%`);
      input.setAttribute("aria-valuetext", String(Number(range[end].toPrecision(4))));
    });
  }
}

function filterName(key: string): string {
  return `brush:${key}`;
}
