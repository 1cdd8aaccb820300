// What the stage draws, as quiet words in the header: one of them is pressed.

import { button, element } from "../core/dom.ts";
import { STAGES, type MarkState, type Stage } from "./state.ts";

const TITLES: Record<Stage, string> = {
  marks: "The volunteers' marks alone, as they came",
  clusters: "Marks in the colour of the instance they belong to; strays are gray",
  particles: "One sign an instance: its class, and a ring that is closed as far as it is probable",
  compare: "A divider between marks and particles",
};

export function makeStageSwitch(state: MarkState, signal: AbortSignal): HTMLElement {
  const buttons = STAGES.map((stage) => {
    const node = button(stage, "cz-action", () => state.setStage(stage));
    node.title = TITLES[stage];
    node.dataset.stage = stage;
    return node;
  });
  const group = element("div", "cz-map-switch", buttons);
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", "What is drawn");
  const mark = () => {
    for (const node of buttons) node.setAttribute("aria-pressed", String(node.dataset.stage === state.shownStage));
  };
  state.on("stage", mark, signal);
  mark();
  return group;
}
