// One line over the stage: what an action has done, how to zoom, or that the picture does not come.

import { element } from "../core/dom.ts";

/** Time in ms that a passing line stays. */
const STAY = 3200;

export class Notice {
  readonly element = element("p", "cz-map-notice");
  private lasting: string | null = null;
  private timer = 0;

  constructor(signal: AbortSignal) {
    this.element.setAttribute("role", "status");
    signal.addEventListener("abort", () => clearTimeout(this.timer), { once: true });
    this.show(null);
  }

  /** Says something for a few seconds. */
  say(text: string): void {
    clearTimeout(this.timer);
    this.show(text);
    this.timer = window.setTimeout(() => this.show(this.lasting), STAY);
  }

  /** Says something until it is no longer so (null). */
  keep(text: string | null): void {
    if (text === this.lasting) return;
    this.lasting = text;
    clearTimeout(this.timer);
    this.show(text);
  }

  private show(text: string | null): void {
    this.element.textContent = text ?? "";
    this.element.classList.toggle("cz-map-silent", text === null);
  }
}
