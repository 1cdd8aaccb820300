// "slice 50 %" in the accordion's header: which part of every picture its slice shows.

import { element } from "../core/dom.ts";
import { onChange } from "../core/model.ts";
import type { ViewContext } from "../core/panel.ts";

const DEFAULT = 50;

/** The trait `slice_position` as a share, 0 to 1; 0.5 where it is not set. */
export function slicePosition({ model }: Pick<ViewContext, "model">): number {
  const value = model.get("slice_position");
  return typeof value === "number" && Number.isFinite(value) ? Math.min(100, Math.max(0, value)) / 100 : DEFAULT / 100;
}

export function makePositionControl(context: ViewContext, onMove: () => void): HTMLElement {
  const { model, signal } = context;
  const input = element("input", "cz-range");
  input.type = "range";
  input.min = "0";
  input.max = "100";
  input.setAttribute("aria-label", "Slice position, percent of the picture's width");
  const value = element("span", "cz-cam-accordion-value");
  const show = () => {
    const percent = Math.round(100 * slicePosition(context));
    input.value = String(percent);
    input.style.setProperty("--cz-fill", `${percent}%`);
    value.textContent = `${percent} %`;
  };
  show();
  input.addEventListener("input", () => {
    model.set("slice_position", Number(input.value));
    model.save_changes();
  });
  onChange(model, "slice_position", () => {
    show();
    onMove();
  }, signal);
  return element("label", "cz-cam-accordion-position", [element("span", "cz-cam-accordion-word", ["slice"]), input, value]);
}
