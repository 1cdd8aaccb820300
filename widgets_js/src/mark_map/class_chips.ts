// What a place is, as small marks: its class by colour and shape, several of them for a tie.

import { element } from "../core/dom.ts";
import { groupMark, groupVariable } from "../core/groups.ts";
import type { Verdict } from "./decisions.ts";
import type { MarkState } from "./state.ts";
import { standing } from "./verdicts.ts";

/** The marks before a row's class: of a tie that is not settled, those of all leading classes. */
export function classChips(state: MarkState, row: number, size = 11): Element[] {
  const tied = state.existsOf(row) && !state.isSettled(row) ? state.scene.tied(row) : [];
  if (tied.length) return tied.map((label) => groupMark(label, size));
  return [verdictMark(standing(state, row), size)];
}

/** The mark of one verdict. */
export function verdictMark({ exists, label }: Verdict, size = 11): Element {
  if (!exists) return element("span", "cz-mark-none");
  return label === null ? element("span", "cz-mark-open") : groupMark(label, size);
}

/** Shares too small to be seen would still take a gap. */
const SEEN = 0.005;

/**
 * One bar: its filled part is how likely the place is an instance, and is shared out among the
 * classes by their probability.
 */
export function shareBar(state: MarkState, row: number): HTMLElement {
  const { scene } = state;
  const bar = element("span", "cz-share");
  const exists = scene.pExists[row];
  const add = (share: number, color: string) => {
    const part = element("span");
    part.style.width = `${100 * share}%`;
    part.style.background = color;
    bar.append(part);
  };
  const shares = scene.classes.map((_, label) => scene.probability(row, label));
  if (shares.some((share) => share > 0)) {
    shares.forEach((share, label) => {
      if (exists * share >= SEEN) add(exists * share, `var(${groupVariable(label)})`);
    });
  } else add(exists, "var(--cz-faint)");
  return bar;
}
