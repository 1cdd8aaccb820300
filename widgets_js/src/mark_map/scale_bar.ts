// How long so many pixels of the image are on the stage.

import { element } from "../core/dom.ts";
import { thousands } from "../core/format.ts";
import type { Stage } from "./stage.ts";

/** The bar is at most so long, CSS pixels. */
const LONGEST = 110;

export function addScaleBar(stage: Stage): void {
  const bar = element("span", "cz-map-scale-bar");
  const text = element("span");
  const node = element("div", "cz-map-scale", [bar, text]);
  stage.overlay.append(node);
  const measure = () => {
    const length = roundLength(LONGEST / stage.camera.k);
    bar.style.width = `${length * stage.camera.k}px`;
    text.textContent = `${thousands(length)} px`;
  };
  stage.onMove(measure);
  measure();
}

/** The longest of 1, 2, 5, 10, 20, ... that is not longer. */
export function roundLength(limit: number): number {
  const power = 10 ** Math.floor(Math.log10(limit));
  const most = limit / power;
  return Math.max(1, (most >= 5 ? 5 : most >= 2 ? 2 : 1) * power);
}
