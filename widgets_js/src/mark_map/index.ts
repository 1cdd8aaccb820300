// The mark map: the micrograph with what the crowd has marked and what was made of it on the left,
// what should be looked at on the right (below on narrow pages).

import { element } from "../core/dom.ts";
import { plural } from "../core/format.ts";
import { Frame } from "../core/frame.ts";
import type { Invoke, Model } from "../core/model.ts";
import { addSaveAction } from "../core/save_picture.ts";
import { addStyles } from "../core/styles.ts";
import { addCard } from "./card.ts";
import { makeImagePicker } from "./image_picker.ts";
import { Pyramid } from "./pyramid.ts";
import { mountReview } from "./review.ts";
import { drawPicture, pictureSize } from "./saved_picture.ts";
import { addScaleBar } from "./scale_bar.ts";
import { Stage } from "./stage.ts";
import styles from "./stage.css";
import { makeStageSwitch } from "./stage_switch.ts";
import { MarkState } from "./state.ts";
import { addZoomButtons } from "./zoom_buttons.ts";

addStyles(styles);

/** What the parts of the map get to work with. */
export interface MapContext {
  state: MarkState;
  stage: Stage;
  pyramid: Pyramid;
  frame: MapFrame;
  /** Where the review goes */
  column: HTMLElement;
  /** A strip under the stage for the legend */
  legend: HTMLElement;
  signal: AbortSignal;
}

export interface MapRequest {
  model: Model;
  el: HTMLElement;
  invoke: Invoke | null;
  signal: AbortSignal;
}

/** Below this width of the panel the review is under the stage, CSS pixels. */
const NARROW = 700;

export class MapFrame extends Frame {
  /** Where reports go; the stage shows them. */
  reported: (message: string) => void = () => undefined;

  constructor(el: HTMLElement, signal: AbortSignal, title: string) {
    super(el, signal, {
      name: "mark-map",
      title,
      help: "What the crowd has marked, and the instances found in it. Drag to pan, wheel or double-click to zoom, click an instance to settle it. A ring is closed as far as the instance is probable.",
    });
  }

  override report(message: string): void {
    this.reported(message);
  }
}

/** Mounts a map and returns its state. */
export function mountMarkMap({ model, el, invoke, signal }: MapRequest): MarkState {
  const height = model.get("height");
  if (typeof height === "number") el.style.setProperty("--cz-height", `${height}px`);
  const state = new MarkState(model, signal);
  const frame = new MapFrame(el, signal, state.scene.title);
  const pyramid = new Pyramid(model, invoke, signal);
  const stage = new Stage(frame, state, pyramid);
  frame.reported = (message) => stage.notice.say(message);
  frame.addBesideTitle(makeImagePicker(state, signal));
  frame.addControl(makeStageSwitch(state, signal));
  addSaveAction(frame, "mark-map", (context) => drawPicture(stage, context), () => pictureSize(stage));
  addScaleBar(stage);
  addZoomButtons(stage);
  addCard(stage, state);
  const column = element("aside", "cz-map-review");
  frame.body.classList.add("cz-map");
  const legend = element("div", "cz-map-legend");
  frame.body.append(element("div", "cz-map-main", [stage.element, legend]), column);
  mountReview({ state, stage, pyramid, frame, column, legend, live: invoke !== null, signal });

  const describe = () => {
    const { root } = frame;
    root.dataset.imageId = state.imageId ?? "";
    root.dataset.stage = state.stage;
    if (state.selectedId === null) delete root.dataset.selected;
    else root.dataset.selected = state.selectedId;
  };
  const count = () => {
    const found = state.scene.rowsOf(state.image).filter((row) => state.existsOf(row)).length;
    frame.setTitle(state.scene.title);
    frame.setFact(`${plural(found, "instance")} of ${plural(state.scene.marksOn(state.image), "mark")}`);
  };
  state.on(["selected", "image", "stage", "scene"], describe, signal);
  state.on(["image", "decisions", "scene"], count, signal);
  describe();
  count();
  const observer = new ResizeObserver(([entry]) => {
    frame.root.toggleAttribute("data-narrow", entry.contentRect.width < NARROW);
  });
  observer.observe(frame.root);
  signal.addEventListener("abort", () => observer.disconnect(), { once: true });
  return state;
}
