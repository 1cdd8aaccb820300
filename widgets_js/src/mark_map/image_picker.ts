// Which image is on the stage: a list of all, and one step to each side. Not there for a single image.

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
      ...state.scene.images.map((name, i) => {
        const option = element("option", "", [name]);
        option.value = String(i);
        return option;
      }),
    );
    picker.hidden = state.scene.images.length < 2;
    mark();
  };
  const mark = () => {
    list.value = String(state.image);
    list.title = state.imageId ?? "";
    place.textContent = `${state.image + 1} of ${state.scene.images.length}`;
  };
  state.on("scene", fill, signal);
  state.on("image", mark, signal);
  fill();
  return picker;
}
