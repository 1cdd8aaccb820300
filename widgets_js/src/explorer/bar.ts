// The bar on top: title, counts, the legend that filters, CAM share and opacity, search, store chip.

import { element } from "../core/dom.ts";
import { plural, thousands } from "../core/format.ts";
import { groupMark, groupName } from "../core/groups.ts";
import { LocalModel } from "../core/model.ts";
import type { ViewContext } from "../core/panel.ts";
import { mountStoreStatus } from "../store_status/index.ts";

export function addBar(root: HTMLElement, context: ViewContext): void {
  const { store, signal } = context;
  const { images } = store;
  const facts = [plural(images.n, "image"), plural(images.sceneCounts.size, "scene")];
  const probed = images.head.startsWith("probe") ? `${images.modelName} + probe` : images.modelName;
  const model = [probed, images.camLayer].filter(Boolean).join(", ");
  const said = element("span", "cz-bar-facts", [[...facts, model].filter(Boolean).join(" · ")]);
  said.title = images.head;
  const chip = element("div", "cz-bar-status");
  const bar = element("header", "cz-bar", [
    element("h2", "cz-bar-title", [images.title]),
    said,
    buildLegend(context),
    element("div", "cz-bar-controls", [
      slider(context, "CAM share", "cam_share", 0.01, 0.6, 0.01, (value) => `${Math.round(100 * value)} %`),
      slider(context, "opacity", "cam_opacity", 0, 1, 0.05, (value) => value.toFixed(2).replace(/^0/, "")),
    ]),
    buildSearch(context),
    chip,
  ]);
  root.append(bar);
  mountStoreStatus({ store, model: new LocalModel(), el: chip, signal });
}

function buildLegend({ store, signal }: ViewContext): HTMLElement {
  const legend = element("div", "cz-legend");
  legend.setAttribute("role", "group");
  legend.setAttribute("aria-label", "Groups; press one to hide or show it");
  const buttons = store.images.groupCounts.map((count, group) => {
    const node = element("button", "cz-legend-item", [
      groupMark(group, 12),
      element("b", "", [thousands(count)]),
      groupName(group),
    ]);
    node.type = "button";
    node.title = `Hide or show ${groupName(group)}`;
    node.addEventListener("click", () => store.toggleGroup(group));
    legend.append(node);
    return node;
  });
  const update = () => {
    const hidden = new Set(store.hiddenGroups);
    buttons.forEach((node, group) => node.setAttribute("aria-pressed", String(!hidden.has(group))));
  };
  update();
  store.on("visible", update, signal);
  return legend;
}

function slider(
  { store, signal }: ViewContext,
  label: string,
  trait: "cam_share" | "cam_opacity",
  min: number,
  max: number,
  step: number,
  read: (value: number) => string,
): HTMLElement {
  const input = element("input", "cz-range cz-bar-range");
  Object.assign(input, { type: "range", min: String(min), max: String(max), step: String(step) });
  const value = element("output", "cz-bar-value");
  const update = () => {
    const now = trait === "cam_share" ? store.camShare : store.camOpacity;
    input.value = String(now);
    input.style.setProperty("--cz-fill", `${(100 * (now - min)) / (max - min)}%`);
    value.textContent = read(now);
  };
  update();
  input.addEventListener("input", () => store.setCam(trait, Number(input.value)));
  store.on("cam", update, signal);
  return element("label", "cz-bar-control", [label, input, value]);
}

function buildSearch({ store }: ViewContext): HTMLElement {
  const input = element("input", "cz-search");
  Object.assign(input, { type: "search", placeholder: "search", spellcheck: false });
  input.setAttribute("aria-label", "Search names and labels; Enter selects the first match");
  const { images } = store;
  input.addEventListener("input", () => {
    const wanted = input.value.trim().toLowerCase();
    if (!wanted) {
      store.setFilter("search", null);
      return;
    }
    const mask = new Uint8Array(images.n);
    for (let i = 0; i < images.n; i++) {
      const text = `${images.ids[i]} ${images.labelName(i) ?? ""}`.toLowerCase();
      mask[i] = Number(text.includes(wanted));
    }
    store.setFilter("search", mask);
  });
  // Notebook shortcuts would take these keys otherwise.
  input.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key === "Enter") store.select(store.visible.indexOf(1));
  });
  return input;
}
