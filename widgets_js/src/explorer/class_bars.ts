// The probability of every class as a bar; for models that tell more than two classes apart.
// Bars are told apart by their names: colours belong to the groups, pink and purple to the CAM.

import { element } from "../core/dom.ts";
import { middleEllipsis, oneDecimal } from "../core/format.ts";
import type { ClassShare } from "../core/table.ts";

/** More classes than this are summed up in one line. */
const SHOWN = 6;
const NAME_LIMIT = 18;

/** The classes to show, in the model's order: the likeliest, and the labelled one whatever it has. */
export function shownClasses(shares: ClassShare[], labelled: string | null): { shown: ClassShare[]; rest: number } {
  if (shares.length <= SHOWN) return { shown: shares, rest: 0 };
  const rank = (share: ClassShare) => (same(share.name, labelled) ? 2 : share.probability);
  const kept = new Set([...shares].sort((a, b) => rank(b) - rank(a)).slice(0, SHOWN - 1));
  const shown = shares.filter((share) => kept.has(share));
  return { shown, rest: shares.length - shown.length };
}

export function classBars(shares: ClassShare[], labelled: string | null, predicted: string | null): HTMLElement[] {
  const { shown, rest } = shownClasses(shares, labelled);
  const lines = shown.map(({ name, probability }) => {
    const fill = element("span", "cz-class-fill");
    fill.style.width = `${100 * probability}%`;
    const line = element("div", "cz-class", [
      element("span", "cz-class-name", [middleEllipsis(name, NAME_LIMIT)]),
      element("span", "cz-class-bar", [fill]),
      element("span", "cz-class-share", [`${oneDecimal(100 * probability)} %`]),
    ]);
    line.classList.toggle("cz-predicted", same(name, predicted));
    line.classList.toggle("cz-labelled", same(name, labelled));
    line.title = [name, same(name, labelled) && "the label", same(name, predicted) && "the prediction"]
      .filter(Boolean)
      .join(", ");
    return line;
  });
  if (rest) {
    const left = shares.reduce((sum, share) => sum - (shown.includes(share) ? share.probability : 0), 1);
    lines.push(element("div", "cz-class cz-class-rest", [`${rest} more classes, ${oneDecimal(100 * Math.max(0, left))} %`]));
  }
  return lines;
}

/** Folder names and class names may differ in case alone. */
function same(name: string, other: string | null): boolean {
  return other !== null && name.toLowerCase() === other.toLowerCase();
}
