// The review beside the map: how far it is, the selected instance, the list of doubtful ones; the
// legend below the stage, the keys of the whole map and the sheet that lists them.

import { element } from "../core/dom.ts";
import { plural } from "../core/format.ts";
import type { Frame } from "../core/frame.ts";
import { addStyles } from "../core/styles.ts";
import { makeFilters } from "./filters.ts";
import { makeHelpSheet } from "./help_sheet.ts";
import { Inspector } from "./inspector.ts";
import { keepDecisions } from "./kept_decisions.ts";
import { attachKeys, type KeyHost } from "./keys.ts";
import { mountLegend } from "./legend.ts";
import { makeProgress } from "./progress.ts";
import type { Pyramid } from "./pyramid.ts";
import { ReviewList } from "./review_list.ts";
import { downloadDecisions } from "./save_decisions.ts";
import type { MarkState } from "./state.ts";
import styles from "./review.css";

addStyles(styles);

export interface ReviewContext {
  state: MarkState;
  pyramid: Pyramid;
  frame: Frame;
  stage: KeyHost["stage"];
  /** Where the review goes: a column beside the stage, or below it */
  column: HTMLElement;
  /** Where the legend goes */
  legend: HTMLElement;
  /** Whether a kernel holds the decisions too */
  live: boolean;
  signal: AbortSignal;
}

export function mountReview({ state, pyramid, frame, stage, column, legend, live, signal }: ReviewContext): void {
  const { root } = frame;
  const kept = live ? null : keepDecisions(state, signal);
  const hint = live ? "Click the map or the list first, so that keys reach them." : "";
  const sheet = makeHelpSheet(root, stage.element, () => state.scene.classes, hint, signal);
  const progress = makeProgress(state, {
    save: () => {
      progress.say(`${downloadDecisions(state)} downloaded`);
      kept?.saved();
    },
    help: sheet.toggle,
    live,
  }, signal);
  if (kept?.restored) progress.say(`${plural(kept.restored, "decision")} of your last visit ${kept.restored === 1 ? "is" : "are"} here again.`);
  const theme = () => frame.theme;
  // The filters first: they set the queue that the list shows.
  const filters = makeFilters(state, signal);
  const inspector = new Inspector({ state, pyramid }, theme, signal);
  const list = new ReviewList({ state, pyramid }, theme, signal);
  const review = element("div", "cz-review", [
    element("div", "cz-review-parts", [
      element("div", "cz-review-settle", [progress.node, inspector.node]),
      element("div", "cz-review-queue", [filters, list.node]),
    ]),
  ]);
  column.append(review);
  signal.addEventListener("abort", () => review.remove(), { once: true });
  mountLegend(legend, state, signal);
  frame.onTheme(() => {
    inspector.redraw();
    list.redraw();
  });
  // A page without a kernel holds the map alone: its keys work wherever the focus is.
  const scope = live ? root : root.ownerDocument;
  attachKeys({ root, scope, state, stage, help: sheet.toggle, say: progress.say }, signal);
  for (const place of [column, legend]) giveFocusBack(place, stage.element, signal);
}

/** After a press by pointer the keys go to the map again, else Enter would press the same button. */
function giveFocusBack(place: HTMLElement, home: HTMLElement, signal: AbortSignal): void {
  let byPointer = false;
  const giveBack = (event: Event) => {
    if (byPointer && (event.target as Element).closest("button, select, [role='option']")) home.focus({ preventScroll: true });
  };
  place.addEventListener("pointerdown", () => (byPointer = true), { signal });
  place.addEventListener("keydown", () => (byPointer = false), { signal, capture: true });
  place.addEventListener("change", giveBack, { signal });
  place.addEventListener("click", (event) => {
    // A press on a list of choices opens it.
    if (!(event.target instanceof HTMLSelectElement)) giveBack(event);
  }, { signal });
}
