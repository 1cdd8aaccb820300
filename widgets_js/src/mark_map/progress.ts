// How far the review is, what was settled last, and what can be done with it: undo, redo, save.

import { button, element } from "../core/dom.ts";
import { thousands } from "../core/format.ts";
import type { Decision } from "./decisions.ts";
import type { MarkState } from "./state.ts";
import { verdictText } from "./verdicts.ts";

export interface Progress {
  node: HTMLElement;
  /** Tells the reader something that changed nothing, such as a key that has no meaning here */
  say: (text: string) => void;
}

export interface ProgressActions {
  save: () => void;
  help: () => void;
  /** Whether Python can take the decisions over */
  live: boolean;
}

export function makeProgress(state: MarkState, actions: ProgressActions, signal: AbortSignal): Progress {
  const done = element("b");
  const of = element("span");
  const more = element("span", "cz-review-more");
  const undo = button("undo", "cz-action", () => state.undo());
  const redo = button("redo", "cz-action", () => state.redo());
  const save = button("save decisions", "cz-action", actions.save);
  const keys = button("keys", "cz-action", actions.help);
  undo.title = "Take the last decision back (u or Ctrl+Z)";
  redo.title = "Make it again (Ctrl+Shift+Z)";
  save.title = "Download the decisions as a CSV file";
  keys.title = "All keys (?)";
  const fill = element("span");
  const bar = element("div", "cz-review-bar", [fill]);
  bar.setAttribute("role", "progressbar");
  bar.setAttribute("aria-label", "Doubtful instances that are settled");
  bar.setAttribute("aria-valuemin", "0");
  // Read out when it changes, without taking the focus.
  const said = element("p", "cz-review-said");
  said.setAttribute("role", "status");
  const node = element("header", "cz-review-progress", [
    element("div", "cz-review-count", [done, of, more]),
    element("div", "cz-review-actions", [undo, redo, keys]),
    bar,
    said,
    save,
  ]);
  let before: readonly Decision[] = state.decisions.log;

  const say = (text: string) => {
    said.textContent = text;
  };
  const update = () => {
    const { scene, decisions } = state;
    const total = scene.review.length;
    const settled = scene.review.reduce((sum, row) => sum + Number(state.isSettled(row)), 0);
    const others = decisions.size - settled;
    // Once the decisions are applied, nothing of what they settled is doubtful any more.
    done.textContent = thousands(total ? settled : others);
    of.textContent = total ? ` of ${thousands(total)} settled` : " settled";
    more.textContent = total && others > 0 ? ` + ${thousands(others)}` : "";
    more.title = more.textContent && `${thousands(others)} more that are not on the list`;
    fill.style.width = `${total ? (100 * settled) / total : 100}%`;
    bar.setAttribute("aria-valuemax", String(total));
    bar.setAttribute("aria-valuenow", String(settled));
    undo.disabled = !decisions.canUndo;
    redo.disabled = !decisions.canRedo;
    save.disabled = decisions.size === 0;
    node.classList.toggle("cz-all", settled === total);
    return { total, settled };
  };
  const tell = () => {
    const { total, settled } = update();
    const { log } = state.decisions;
    const { classes } = state.scene;
    if (log.length > before.length) say(`${verdictText(log.at(-1)!, classes)} ✓`);
    else if (log.length < before.length) say(`taken back: ${verdictText(before.at(-1)!, classes)}`);
    before = log;
    if (total > 0 && settled === total) say(`All ${thousands(total)} settled. ${actions.live ? "Save them, or apply() the map in Python." : "Save the decisions to hand them on."}`);
    else if (settled > 0 && state.waiting === 0) say("All of this list settled.");
  };
  const start = () => {
    before = state.decisions.log;
    const { total } = update();
    if (total) say("");
    else say(state.decisions.size ? "Nothing doubtful is left." : "Nothing is doubtful. Pick any instance to settle it.");
  };
  state.on("decisions", tell, signal);
  state.on("scene", start, signal);
  start();
  return { node, say };
}
