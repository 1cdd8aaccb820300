// The classes of the shown image with their counts; a press hides or shows a class on the map.

import { element } from "../core/dom.ts";
import { thousands } from "../core/format.ts";
import { groupMark } from "../core/groups.ts";
import { addStyles } from "../core/styles.ts";
import type { MarkState } from "./state.ts";
import styles from "./legend.css";

addStyles(styles);

export interface ClassCount {
  /** Class number; the number of classes stands for instances without one */
  label: number;
  here: number;
  everywhere: number;
}

/** Instances of each class after the decisions; "without a class" only where there is one. */
export function countClasses(state: MarkState): ClassCount[] {
  const { scene, decisions } = state;
  const none = scene.classes.length;
  const counts = Array.from({ length: none + 1 }, (_, label) => ({ label, here: 0, everywhere: 0 }));
  const add = (row: number, exists: boolean, label: number, by: 1 | -1) => {
    if (!exists) return;
    const count = counts[label < 0 ? none : label];
    count.everywhere += by;
    if (scene.image[row] === state.image) count.here += by;
  };
  const found = (row: number) => scene.pExists[row] >= scene.minProbability;
  for (let row = 0; row < scene.n; row++) add(row, found(row), scene.label[row], 1);
  // Few are settled, so that only these are looked up.
  for (const instance of new Set(decisions.log.map((decision) => decision.instance))) {
    const row = scene.row(instance);
    if (row < 0) continue;
    add(row, found(row), scene.label[row], -1);
    add(row, state.existsOf(row), state.labelOf(row), 1);
  }
  return counts.filter(({ label, everywhere }) => label < none || everywhere > 0);
}

export function mountLegend(home: HTMLElement, state: MarkState, signal: AbortSignal): void {
  const node = element("div", "cz-mark-legend");
  node.setAttribute("role", "group");
  node.setAttribute("aria-label", "Classes; press one to hide or show it, with Shift to show it alone");
  home.append(node);
  signal.addEventListener("abort", () => node.remove(), { once: true });
  let items: { label: number; node: HTMLButtonElement; count: HTMLElement }[] = [];

  const build = () => {
    items = countClasses(state).map(({ label }) => {
      const count = element("b");
      const item = element("button", "cz-mark-legend-item", [classMark(state, label), count, className(state, label)]);
      item.type = "button";
      item.addEventListener("click", (event) => press(label, event.shiftKey));
      return { label, node: item, count };
    });
    node.replaceChildren(...items.map((item) => item.node));
    update();
  };
  const update = () => {
    const counts = countClasses(state);
    if (counts.length !== items.length) {
      build();
      return;
    }
    counts.forEach(({ label, here, everywhere }, i) => {
      const { node: item, count } = items[i];
      count.textContent = thousands(here);
      item.title = `${className(state, label)}: ${thousands(here)} on this image, ${thousands(everywhere)} in all. Press to hide or show, with Shift to show alone.`;
      item.setAttribute("aria-pressed", String(state.visibleClasses[label] === 1));
    });
  };
  const press = (label: number, alone: boolean) => {
    if (!alone) {
      state.showClass(label, state.visibleClasses[label] === 0);
      return;
    }
    // Alone already: all come back.
    const others = items.filter((item) => item.label !== label);
    const lonely = state.visibleClasses[label] === 1 && others.every((item) => state.visibleClasses[item.label] === 0);
    for (const item of items) state.showClass(item.label, lonely || item.label === label);
  };
  state.on(["image", "decisions", "filter"], update, signal);
  state.on("scene", build, signal);
  build();
}

function className(state: MarkState, label: number): string {
  const { classes } = state.scene;
  return classes[label] ?? (classes.length ? "no class" : "instances");
}

/** The class's mark; an open ring for no class. */
function classMark(state: MarkState, label: number): Element {
  return label < state.scene.classes.length ? groupMark(label, 12) : element("span", "cz-mark-open");
}
