// Which of the doubtful ones the list holds: by reason, by image, and in which order.

import { element } from "../core/dom.ts";
import { thousands } from "../core/format.ts";
import { Doubts, type Filter } from "./queue.ts";
import type { MarkState } from "./state.ts";
import { type Reason, REASON_NAMES, REASONS } from "./why.ts";

const ALL = "all";
const HERE = "here";

/** Keeps the queue of `state` in line with what is chosen. */
export function makeFilters(state: MarkState, signal: AbortSignal): HTMLElement {
  const reason = choice("Why they are doubtful");
  const image = choice("Images of the list");
  const order = choice("Order of the list");
  const node = element("div", "cz-review-filters", [reason, image, order]);
  const filter: Filter = { image: null, reason: null, order: "doubt" };
  let doubts = new Doubts(state.scene);

  const apply = () => {
    state.setQueue(doubts.rows(filter));
    describe();
  };
  const describe = () => {
    const { scene } = state;
    const counts = doubts.countReasons(filter.image);
    const all = REASONS.reduce((sum, name) => sum + counts[name], 0);
    fill(reason, filter.reason ?? ALL, [
      [ALL, `all · ${thousands(all)}`],
      // A reason that nothing has is no choice, unless it is the one in force.
      ...REASONS.filter((name) => counts[name] || name === filter.reason).map(
        (name): [string, string] => [name, `${REASON_NAMES[name]} · ${thousands(counts[name])}`],
      ),
    ]);
    describeLeft();
    fill(order, filter.order, [["doubt", "by doubt"], ["image", "by image"]]);
    image.hidden = scene.images.length < 2;
    order.hidden = image.hidden || filter.image !== null;
    node.hidden = scene.review.length === 0;
  };
  const describeLeft = () => {
    const left = doubts.rows({ image: state.image, reason: null, order: "doubt" }).filter((row) => !state.isSettled(row)).length;
    fill(image, filter.image === null ? ALL : HERE, [
      [ALL, "all images"],
      [HERE, `this image · ${left ? `${thousands(left)} left` : "✓"}`],
    ]);
  };
  reason.addEventListener("change", () => {
    filter.reason = reason.value === ALL ? null : (reason.value as Reason);
    apply();
  });
  image.addEventListener("change", () => {
    filter.image = image.value === ALL ? null : state.image;
    apply();
  });
  order.addEventListener("change", () => {
    filter.order = order.value as Filter["order"];
    apply();
  });
  // A list of one image follows the image that is shown.
  state.on("image", () => {
    if (filter.image === null) describeLeft();
    else {
      filter.image = state.image;
      apply();
    }
  }, signal);
  state.on("decisions", describeLeft, signal);
  state.on("scene", () => {
    doubts = new Doubts(state.scene);
    if (filter.image !== null) filter.image = state.image;
    apply();
  }, signal);
  apply();
  return node;
}

function choice(label: string): HTMLSelectElement {
  const node = element("select", "cz-review-choice");
  node.setAttribute("aria-label", label);
  return node;
}

function fill(select: HTMLSelectElement, chosen: string, options: [value: string, text: string][]): void {
  options.forEach(([value, text], i) => {
    const option = select.options[i] ?? select.appendChild(element("option"));
    if (option.value !== value) option.value = value;
    if (option.text !== text) option.text = text;
  });
  while (select.options.length > options.length) select.options[select.options.length - 1].remove();
  select.value = chosen;
}
