// Closer, farther, whole: for those who have neither wheel nor keys at hand.

import { button, element } from "../core/dom.ts";
import type { Stage } from "./stage.ts";

const STEP = 1.6;

export function addZoomButtons(stage: Stage): void {
  const make = (label: string, title: string, act: () => void) => {
    const node = button(label, "cz-map-zoom", act);
    node.title = title;
    node.setAttribute("aria-label", title);
    return node;
  };
  const fit = make("fit", "Whole image, key f", () => stage.fit());
  const out = make("−", "Farther, key −", () => stage.zoomBy(1 / STEP));
  const closer = make("+", "Closer, key +", () => stage.zoomBy(STEP));
  stage.overlay.append(element("div", "cz-map-zooms", [fit, out, closer]));
  const mark = () => {
    fit.disabled = out.disabled = stage.atRest;
  };
  stage.onMove(mark);
  mark();
}
