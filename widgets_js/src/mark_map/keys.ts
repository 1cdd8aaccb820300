// The keys of the whole map: they settle, step, undo, look. `key_commands.ts` says which key does what.

import type { MarkState } from "./state.ts";
import { type Command, commandOf } from "./key_commands.ts";
import { settleSelected, standing } from "./verdicts.ts";

export interface KeyHost {
  root: HTMLElement;
  /** Where keys are listened to: the root, or the document of a page that holds nothing else */
  scope: HTMLElement | Document;
  state: MarkState;
  stage: { element: HTMLElement; zoomBy: (factor: number) => void; fit: () => void };
  help: () => void;
  /** Tells the reader why a key did nothing */
  say: (text: string) => void;
}

const ZOOM = 1.5;
const PICK_FIRST = "Pick an instance first: n goes to the most doubtful one.";

export function attachKeys(host: KeyHost, signal: AbortSignal): void {
  const { root, scope, state } = host;
  // A press anywhere in the panel brings the keys here; by Tab one comes to its controls.
  root.tabIndex = -1;
  // JupyterLab would cut cells at x, delete them at d d and restart the kernel at 0 0. Its selectors
  // match what has the focus, so that a sign on the root alone would come too late.
  root.addEventListener("focusin", (event) => {
    (event.target as HTMLElement).dataset.lmSuppressShortcuts = "true";
  }, { signal });
  scope.addEventListener("keydown", (event) => {
    if (!(event instanceof KeyboardEvent) || event.defaultPrevented || signal.aborted) return;
    const command = commandOf(event);
    if (!command || isOfControl(event.target as Element, event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    // A key held down must not settle one instance after the other unseen.
    if (event.repeat && command.name !== "step" && command.name !== "zoom" && command.name !== "image") return;
    run(command, host);
  }, { signal });
  const release = () => state.peek(false);
  window.addEventListener("keyup", (event) => {
    if (event.key === " ") release();
  }, { signal });
  window.addEventListener("blur", release, { signal });
  root.addEventListener("focusout", (event) => {
    if (!root.contains(event.relatedTarget as Node | null)) release();
  }, { signal });
  signal.addEventListener("abort", release, { once: true });
}

/** Whether the key belongs to the control that has the focus, so that it keeps its usual meaning. */
function isOfControl(target: Element, key: string): boolean {
  if (target.closest("input, select, textarea, [contenteditable], [role='menu'], .cz-menu, dialog")) return true;
  if (target.closest("button, a, summary") && (key === "Enter" || key === " ")) return true;
  return target.closest("[role='slider']") !== null && (key.startsWith("Arrow") || key.startsWith("Page"));
}

function run(command: Command, { state, stage, help, say }: KeyHost): void {
  const { scene } = state;
  switch (command.name) {
    case "class":
      if (command.number >= scene.classes.length) {
        say(scene.classes.length ? `There is no class ${command.number}.` : "There are no classes here: e is an instance, x is none.");
      } else if (!settleSelected(state, { exists: true, label: command.number })) say(PICK_FIRST);
      return;
    case "none":
      if (!settleSelected(state, { exists: false, label: null })) say(PICK_FIRST);
      return;
    case "exists":
      if (!settleSelected(state, { exists: true, label: null })) say(PICK_FIRST);
      return;
    case "stands":
      // Where nothing is selected yet, it begins.
      if (state.selected >= 0) settleSelected(state, standing(state, state.selected));
      else goOn(state, 1, say);
      return;
    case "step":
      if (command.all) stepAll(state, command.by);
      else goOn(state, command.by, say);
      return;
    case "undo":
      if (state.decisions.canUndo) state.undo();
      else say("Nothing to take back.");
      return;
    case "redo":
      if (state.decisions.canRedo) state.redo();
      else say("Nothing to make again.");
      return;
    case "image":
      return state.showImage(state.image + command.by);
    case "zoom":
      return stage.zoomBy(command.by > 0 ? ZOOM : 1 / ZOOM);
    case "fit":
      return stage.fit();
    case "before":
      return state.peek(true);
    case "help":
      return help();
  }
}

function goOn(state: MarkState, by: 1 | -1, say: (text: string) => void): void {
  if (state.waiting === 0) say("No doubtful one is left in this list.");
  else state.next(by);
}

/** The next or previous row of the queue, settled or not, round its ends. */
function stepAll(state: MarkState, by: 1 | -1): void {
  const n = state.queue.length;
  if (n === 0) return;
  const at = state.queue.indexOf(state.selected);
  state.select(state.queue[at < 0 ? (by > 0 ? 0 : n - 1) : (at + by + n) % n]);
}
