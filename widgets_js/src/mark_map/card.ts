// The card beside the pointer: what is known of the instance under it.

import { element } from "../core/dom.ts";
import { groupMark } from "../core/groups.ts";
import { floatingHome } from "../core/help.ts";
import type { Stage } from "./stage.ts";
import type { MarkState } from "./state.ts";
import { nameOf } from "./names.ts";
import { percent, placeOf, readsText } from "./why.ts";

const OFFSET = 16;

export function addCard(stage: Stage, state: MarkState): void {
  const { signal } = state;
  const card = element("div", "cz-root cz-card cz-map-card");
  card.setAttribute("role", "tooltip");
  const show = () => {
    const { hovered: row } = state;
    const point = stage.pointer;
    if (row < 0 || !point) {
      card.remove();
      return;
    }
    card.replaceChildren(...facts(state, row));
    card.dataset.theme = stage.element.closest<HTMLElement>(".cz-root")?.dataset.theme ?? "light";
    if (!card.isConnected) floatingHome(stage.element).append(card);
    const { width, height } = card.getBoundingClientRect();
    const right = point.x + OFFSET + width < innerWidth;
    const below = point.y + OFFSET + height < innerHeight;
    card.style.left = `${Math.max(4, right ? point.x + OFFSET : point.x - OFFSET - width)}px`;
    card.style.top = `${Math.max(4, below ? point.y + OFFSET : point.y - OFFSET - height)}px`;
  };
  state.on(["hovered", "decisions", "scene"], show, signal);
  signal.addEventListener("abort", () => card.remove(), { once: true });
}

function facts(state: MarkState, row: number): HTMLElement[] {
  const { scene } = state;
  const label = state.labelOf(row);
  const head = element("strong", "cz-card-name");
  if (state.existsOf(row) && label >= 0) head.append(groupMark(label), " ");
  head.append(nameOf(state, row) || "instance");
  const line = (text: string) => element("div", "cz-card-line", [text]);
  const lines = [line(`instance ${percent(scene.pExists[row])}`)];
  if (label >= 0) lines.push(line(`${scene.classes[label]} ${percent(scene.probability(row, label))}`));
  lines.push(line(readsText(placeOf(scene, row))));
  if (state.isSettled(row)) lines.push(line("settled by you"));
  lines.push(element("div", "cz-card-line cz-map-card-id", [scene.ids[row]]));
  return [head, ...lines];
}
