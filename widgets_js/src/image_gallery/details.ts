// The selected image above a gallery that stands alone: its picture and six facts.

import { element } from "../core/dom.ts";
import { oneDecimal, twoDecimals, unfamiliarText } from "../core/format.ts";
import { groupMark, groupName } from "../core/groups.ts";
import { drawFitted } from "../core/pictures.ts";
import type { Store } from "../core/store.ts";

const SIDE = 112;

/** One fact: what it is called, what it says. */
export type Fact = [term: string, value: string];

/** The six lines of an image; what is not known reads as a dash. */
export function imageFacts({ images }: Pick<Store, "images">, row: number): Fact[] {
  const label = images.labelName(row) ?? "unlabelled";
  const predicted = images.predictedName(row);
  const confidence = images.confidence[row];
  const entropy = images.entropy[row];
  const stranger = images.unfamiliar(row) ? unfamiliarText(images.unfamiliarity![row]) : null;
  return [
    ["file", images.ids[row]],
    ["classification", predicted === null ? label : `${label}, predicted ${predicted}`],
    ["confidence", [Number.isNaN(confidence) ? "\u2013" : `${oneDecimal(confidence)} %`, stranger].filter(Boolean).join(", ")],
    ["group", groupName(images.cluster[row])],
    ["entropy", Number.isNaN(entropy) ? "\u2013" : `${twoDecimals(entropy)} bits`],
    ["taken", images.headers[row] || "\u2013"],
  ];
}

/** Builds the header; call the returned function to show the store's selection. */
export function makeDetails(store: Store): { node: HTMLElement; update: () => void } {
  const canvas = element("canvas", "cz-image-gallery-picture");
  const scale = window.devicePixelRatio || 1;
  canvas.width = canvas.height = SIDE * scale;
  canvas.setAttribute("role", "img");
  const none = element("span", "cz-image-gallery-none", ["No image selected"]);
  const frame = element("div", "cz-image-gallery-frame", [canvas, none]);
  const facts = element("dl", "cz-image-gallery-facts");
  const node = element("div", "cz-image-gallery-details", [frame, facts]);
  const side = canvas.width;

  const update = () => {
    const row = store.selected;
    const context = canvas.getContext("2d")!;
    context.clearRect(0, 0, side, side);
    none.hidden = row >= 0;
    canvas.hidden = facts.hidden = row < 0;
    frame.classList.toggle("cz-on", row >= 0);
    if (row < 0) return;
    canvas.setAttribute("aria-label", store.images.names[row]);
    facts.replaceChildren(...imageFacts(store, row).map(([term, value]) => {
      const text = element("dd", "", [value]);
      text.title = value;
      if (term === "group") text.prepend(groupMark(store.images.cluster[row], 11), " ");
      return element("div", "", [element("dt", "", [term]), text]);
    }));
    store.pictures.drawTile(context, row, 0, 0, side, side, "contain");
    void store.pictures.picture(row).then((picture) => {
      // A bitmap that the cache has let go of meanwhile has no size.
      if (!picture?.width || store.selected !== row) return;
      context.clearRect(0, 0, side, side);
      drawFitted(context, picture, 0, 0, picture.width, picture.height, 0, 0, side, side, "contain");
    });
  };
  update();
  return { node, update };
}
