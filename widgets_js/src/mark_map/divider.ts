// The divider of "compare": marks left of it, particles right of it; dragged, or moved by keys.

import { sliderArrows } from "../core/slider_arrows.ts";
import { element } from "../core/dom.ts";
import { keyTarget } from "../image_slider/geometry.ts";

export class Divider {
  /** Share of the stage's width that lies left of it, percent */
  position = 50;
  readonly element: HTMLElement;
  private readonly left = element("span", "cz-map-side cz-map-side-left", ["marks"]);
  private readonly right = element("span", "cz-map-side cz-map-side-right", ["particles"]);
  private readonly bar = element("div", "cz-map-divider", [element("span", "cz-map-divider-disc", [sliderArrows()])]);

  constructor(private readonly moved: () => void) {
    const { bar } = this;
    this.element = element("div", "cz-map-compare", [this.left, this.right, bar]);
    bar.tabIndex = 0;
    bar.setAttribute("role", "slider");
    bar.setAttribute("aria-label", "Marks on the left, particles on the right");
    bar.setAttribute("aria-valuemin", "0");
    bar.setAttribute("aria-valuemax", "100");
    // The stage below must not pan, zoom or select meanwhile.
    for (const type of ["pointerdown", "pointermove", "pointerup", "dblclick"]) {
      bar.addEventListener(type, (event) => event.stopPropagation());
    }
    bar.addEventListener("pointerdown", (event) => {
      if (event.button === 0) bar.setPointerCapture(event.pointerId);
    });
    bar.addEventListener("pointermove", (event) => {
      if (!bar.hasPointerCapture(event.pointerId)) return;
      const box = this.element.getBoundingClientRect();
      this.moveTo((100 * (event.clientX - box.left)) / box.width);
    });
    bar.addEventListener("keydown", (event) => {
      const target = keyTarget(event.key, this.position);
      if (target === null) return;
      event.preventDefault();
      event.stopPropagation();
      this.moveTo(target);
    });
    this.show(false);
  }

  show(on: boolean): void {
    this.element.hidden = !on;
    this.place();
  }

  private moveTo(percent: number): void {
    this.position = Math.min(100, Math.max(0, percent));
    this.place();
    this.moved();
  }

  private place(): void {
    const { position, bar } = this;
    bar.style.left = `${position}%`;
    bar.setAttribute("aria-valuenow", String(Math.round(position)));
    bar.setAttribute("aria-valuetext", `${Math.round(position)} % marks`);
    this.left.style.opacity = position > 12 ? "1" : "0";
    this.right.style.opacity = position < 88 ? "1" : "0";
  }
}
