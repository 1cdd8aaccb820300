// The card beside the pointer: the hovered image with its CAM, name, label, group and entropy.
// One card a store, shared by all panels.

import { CamOverlays } from "./cam.ts";
import { element } from "./dom.ts";
import { predictionText, twoDecimals, unfamiliarText } from "./format.ts";
import { groupMark, groupName } from "./groups.ts";
import type { Store } from "./store.ts";
import { installStyles } from "./styles.ts";

const PICTURE = 168;
const OFFSET = 14;
const attached = new WeakSet<Store>();

export function attachHoverCard(store: Store): void {
  if (attached.has(store)) return;
  attached.add(store);
  const overlays = CamOverlays.of(store);
  const canvas = element("canvas", "cz-card-picture");
  const name = element("strong", "cz-card-name");
  const group = element("div", "cz-card-line");
  const prediction = element("div", "cz-card-line");
  const stranger = element("div", "cz-card-line cz-card-stranger");
  const entropy = element("div", "cz-card-line");
  const card = element("div", "cz-root cz-card", [canvas, name, group, prediction, stranger, entropy]);
  card.setAttribute("role", "tooltip");
  const scale = window.devicePixelRatio || 1;
  canvas.width = canvas.height = PICTURE * scale;

  const show = () => {
    const { hovered: row, hoverPoint: point, images } = store;
    if (row < 0 || !point) {
      card.remove();
      return;
    }
    const context = canvas.getContext("2d")!;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, PICTURE, PICTURE);
    const aspect = store.pictures.aspect(row);
    const w = aspect >= 1 ? PICTURE : PICTURE * aspect;
    const h = aspect >= 1 ? PICTURE / aspect : PICTURE;
    store.pictures.drawTile(context, row, (PICTURE - w) / 2, (PICTURE - h) / 2, w, h);
    overlays.draw(context, row, (PICTURE - w) / 2, (PICTURE - h) / 2, w, h);
    name.textContent = images.names[row];
    const label = images.labelName(row);
    const predicted = predictionText(images.predictedName(row), images.confidence[row]);
    const words = [groupName(images.cluster[row]), label].filter(Boolean).join(" · ");
    group.replaceChildren(groupMark(images.cluster[row]), ` ${words}`);
    prediction.textContent = predicted === null ? "" : `predicted ${predicted}`;
    stranger.textContent = images.unfamiliar(row) ? unfamiliarText(images.unfamiliarity![row]) : "";
    entropy.textContent = `entropy ${twoDecimals(images.entropy[row])} bits`;
    if (!card.isConnected) {
      installStyles(document.body);
      document.body.append(card);
    }
    const themed = document.querySelector<HTMLElement>(".cz-root[data-theme]:not(.cz-card)");
    card.dataset.theme = themed?.dataset.theme ?? "light";
    place(card, point);
  };
  store.on(["hovered", "tiles"], show, store.signal);
  store.signal.addEventListener("abort", () => card.remove(), { once: true });
}

/** Beside the pointer, flipped to the other side where it would leave the window. */
function place(card: HTMLElement, point: { x: number; y: number }): void {
  const { width, height } = card.getBoundingClientRect();
  const right = point.x + OFFSET + width < innerWidth;
  const below = point.y + OFFSET + height < innerHeight;
  card.style.left = `${Math.max(4, right ? point.x + OFFSET : point.x - OFFSET - width)}px`;
  card.style.top = `${Math.max(4, below ? point.y + OFFSET : point.y - OFFSET - height)}px`;
}
