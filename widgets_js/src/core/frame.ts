// The frame of every panel: title, a quiet fact, actions at the right, a body, and its states.

import { button, element, onceAFrame } from "./dom.ts";
import { followTheme, readTheme, type Theme } from "./theme.ts";
import { helpButton } from "./help.ts";

export interface FrameOptions {
  /** Value of data-crystalviz, e.g. "force-graph" */
  name: string;
  title: string;
  /** One or two sentences for the help button */
  help: string;
}

export interface Size {
  width: number;
  height: number;
}

export abstract class Frame {
  readonly root: HTMLElement;
  readonly body: HTMLElement;
  theme: Theme;
  private readonly titleElement = element("h3", "cz-title");
  private readonly factElement = element("span", "cz-fact");
  private readonly actions = element("div", "cz-actions");
  private message: HTMLElement | null = null;
  private readonly resizeCallbacks: ((size: Size) => void)[] = [];
  private readonly themeCallbacks: (() => void)[] = [];

  constructor(
    el: HTMLElement,
    readonly signal: AbortSignal,
    options: FrameOptions,
  ) {
    this.titleElement.textContent = options.title;
    this.body = element("div", "cz-body");
    this.root = element("section", "cz-panel", [
      element("header", "cz-header", [this.titleElement, this.factElement, this.actions]),
      this.body,
    ]);
    this.root.dataset.crystalviz = options.name;
    this.root.setAttribute("aria-label", options.title);
    this.actions.append(helpButton(options.help, signal));
    el.append(this.root);
    // Inside the Explorer the page is the themed root; a panel alone is its own.
    const themed = el.closest<HTMLElement>(".cz-root") ?? el;
    followTheme(themed, () => this.applyTheme(), signal);
    this.theme = readTheme(this.root);
    const observer = new ResizeObserver(() => this.resized());
    observer.observe(this.body);
    signal.addEventListener("abort", () => {
      observer.disconnect();
      this.root.remove();
    });
  }

  /** Tells the reader what an action has done. */
  abstract report(message: string): void;

  setTitle(title: string, whole = title): void {
    this.titleElement.textContent = title;
    this.titleElement.title = whole;
    this.root.setAttribute("aria-label", whole);
  }

  setFact(fact: string): void {
    this.factElement.textContent = fact;
    this.factElement.title = fact;
  }

  /** A quiet word at the right of the header; returns it so that its state can change. */
  addAction(label: string, title: string, onClick: () => void): HTMLButtonElement {
    const node = button(label, "cz-action", onClick);
    node.title = title;
    this.actions.insertBefore(node, this.actions.lastChild);
    return node;
  }

  /** Any control beside the title. */
  addBesideTitle(control: HTMLElement): void {
    this.titleElement.after(control);
  }

  /** Any control in the header's actions. */
  addControl(control: HTMLElement): void {
    this.actions.insertBefore(control, this.actions.lastChild);
  }

  /** Shows one line in the middle of the body (empty, loading or error state); null clears it. */
  say(text: string | null): void {
    if (text === null) {
      this.message?.remove();
      this.message = null;
      return;
    }
    if (!this.message) {
      this.message = element("p", "cz-message");
      this.body.append(this.message);
    }
    this.message.textContent = text;
  }

  /** Calls back with the body's size now (once it has one) and whenever it changes. */
  onResize(callback: (size: Size) => void): void {
    this.resizeCallbacks.push(callback);
    if (this.size.width > 0) callback(this.size);
  }

  onTheme(callback: () => void): void {
    this.themeCallbacks.push(callback);
  }

  get size(): Size {
    return { width: this.body.clientWidth, height: this.body.clientHeight };
  }

  /** A canvas that fills the body; `draw` gets CSS pixels. Returns a function that asks for a redraw. */
  addCanvas(draw: (context: CanvasRenderingContext2D, size: Size) => void): {
    canvas: HTMLCanvasElement;
    redraw: () => void;
  } {
    const canvas = element("canvas", "cz-canvas");
    canvas.setAttribute("aria-hidden", "true");
    this.body.append(canvas);
    const redraw = onceAFrame(() => {
      const { width, height } = this.size;
      if (width === 0 || height === 0) return;
      const scale = window.devicePixelRatio || 1;
      const [w, h] = [Math.round(width * scale), Math.round(height * scale)];
      if (canvas.width !== w || canvas.height !== h) [canvas.width, canvas.height] = [w, h];
      const context = canvas.getContext("2d")!;
      context.setTransform(scale, 0, 0, scale, 0, 0);
      context.clearRect(0, 0, width, height);
      draw(context, { width, height });
    }, this.signal);
    this.onResize(redraw);
    this.onTheme(redraw);
    return { canvas, redraw };
  }

  private resized(): void {
    if (this.size.width > 0) for (const callback of this.resizeCallbacks) callback(this.size);
  }

  private applyTheme(): void {
    this.theme = readTheme(this.root);
    for (const callback of this.themeCallbacks) callback();
  }
}
