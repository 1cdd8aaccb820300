// The column that shows the selected image: slider, facts, classes and histogram in one frame.

import { element } from "../core/dom.ts";
import { oneDecimal, plural, predictionText, twoDecimals } from "../core/format.ts";
import { groupName } from "../core/groups.ts";
import { LocalModel } from "../core/model.ts";
import type { ViewContext } from "../core/panel.ts";
import type { Store } from "../core/store.ts";
import { mountImageHistogram } from "../image_histogram/index.ts";
import { mountImageSlider } from "../image_slider/index.ts";
import { classBars } from "./class_bars.ts";

/** Adds the inspector to `grid`; panels read their theme from where they stand, so it goes in first. */
export function addInspector(grid: HTMLElement, { store, signal }: ViewContext): void {
  const slider = element("div", "cz-inspector-slider");
  const warning = element("p", "cz-unfamiliar");
  warning.setAttribute("role", "note");
  const facts = element("dl", "cz-facts");
  const classes = element("div", "cz-classes");
  const histogram = element("div", "cz-inspector-histogram");
  const inspector = element("aside", "cz-cell cz-cell-inspector cz-inspector", [
    slider, warning, facts, classes, histogram,
  ]);
  grid.append(inspector);
  mountImageSlider({ store, model: new LocalModel(), el: slider, signal });
  mountImageHistogram({ store, model: new LocalModel(), el: histogram, signal });
  const update = () => {
    const { images, selected: row } = store;
    facts.replaceChildren(
      ...factsOf(store).flatMap(([name, value]) => [element("dt", "", [name]), element("dd", "", [value])]),
    );
    facts.hidden = row < 0;
    warning.hidden = row < 0 || !images.unfamiliar(row);
    warning.textContent = warning.hidden ? "" : unfamiliarSentence(images.unfamiliarity![row]);
    const bars = row < 0 ? [] : classBars(images.classShares(row), images.labelName(row), images.predictedName(row));
    classes.replaceChildren(...bars);
    classes.hidden = bars.length === 0;
  };
  update();
  store.on("selected", update, signal);
}

function unfamiliarSentence(value: number): string {
  return `Unfamiliar (${oneDecimal(value)}): unlike the images this model was trained on; do not rely on the class.`;
}

function factsOf({ images, selected: row }: Store): [string, string][] {
  if (row < 0) return [];
  const poses = images.sceneCounts.get(images.scene[row]) ?? 1;
  const unseen = images.judgedUnseen(row);
  const facts: [string, string | null][] = [
    ["labelled", images.labelName(row)],
    ["predicted", predictionText(images.predictedName(row), images.confidence[row]) ?? (images.head || null)],
    ["judged", unseen === null ? null : unseen ? "without its scene" : "by all labelled images"],
    ["group", `${groupName(images.cluster[row]).replace("group ", "")} of ${images.nClusters}`],
    ["entropy", `${twoDecimals(images.entropy[row])} bits`],
    ["scene", poses > 1 ? `one of ${plural(poses, "pose")}` : "the only picture"],
    ["taken", images.headers[row] || null],
  ];
  return facts.filter((fact): fact is [string, string] => fact[1] !== null);
}
