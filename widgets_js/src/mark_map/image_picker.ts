// Which image is on the stage: a list of all with what is left to settle on each, and one step to
// each side. Not there for a single image.

import { button, element } from "../core/dom.ts";
import type { MarkState } from "./state.ts";

export function makeImagePicker(state: MarkState, signal: AbortSignal): HTMLElement {
  const list = element("select", "cz-map-images");
  list.setAttribute("aria-label", "Image");
  const place = element("span", "cz-map-image-place");
  const step = (label: string, by: number, title: string) => {
    const node = button(label, "cz-action", () => state.showImage(state.image + by));
    node.title = title;
    node.setAttribute("aria-label", title);
    return node;
  };
  const picker = element("div", "cz-map-picker", [
    step("‹", -1, "Previous image, key ["),
    list,
    place,
    step("›", 1, "Next image, key ]"),
  ]);
  list.addEventListener("change", () => state.showImage(Number(list.value)));

  const fill = () => {
    list.replaceChildren(
      ...state.scene.images.map((_, i) => {
        const option = element("option");
        option.value = String(i);
        return option;
      }),
    );
    picker.hidden = state.scene.images.length < 2;
    count();
    mark();
  };
  const count = () => {
    const [listed, left] = countLeft(state);
    state.scene.images.forEach((name, i) => {
      const rest = left[i] > 0 ? ` · ${left[i]} left` : listed[i] > 0 ? " ✓" : "";
      list.options[i].textContent = name + rest;
    });
  };
  const mark = () => {
    list.value = String(state.image);
    list.title = state.imageId ?? "";
    place.textContent = `${state.image + 1} of ${state.scene.images.length}`;
  };
  state.on("scene", fill, signal);
  state.on("decisions", count, signal);
  state.on("image", mark, signal);
  fill();
  return picker;
}

/** Of each image: how many doubtful instances it has, and how many of them are not settled. */
export function countLeft(state: MarkState): [Int32Array, Int32Array] {
  const { scene } = state;
  const [listed, left] = [new Int32Array(scene.images.length), new Int32Array(scene.images.length)];
  for (const row of scene.review) {
    listed[scene.image[row]]++;
    if (!state.isSettled(row)) left[scene.image[row]]++;
  }
  return [listed, left];
}
