// The whole page: one bar, then every panel in a grid that follows the width of its container.

import { addStyles } from "../core/styles.ts";
import { element } from "../core/dom.ts";
import { LocalModel } from "../core/model.ts";
import type { View, ViewContext } from "../core/panel.ts";
import { markSelected } from "../core/panel.ts";
import { followTheme } from "../core/theme.ts";
import { mountCamAccordion } from "../cam_accordion/index.ts";
import { mountEntropyScatter } from "../entropy_scatter/index.ts";
import { mountForceGraph } from "../force_graph/index.ts";
import { mountImageGallery } from "../image_gallery/index.ts";
import { mountLogPanel } from "../log_panel/index.ts";
import { mountParallelCoordinates } from "../parallel_coordinates/index.ts";
import { mountPcaScatter } from "../pca_scatter/index.ts";
import { addBar } from "./bar.ts";
import { addInspector } from "./inspector.ts";
import styles from "./styles.css";

addStyles(styles);

export function mountExplorer(context: ViewContext): void {
  const { store, model, el, signal } = context;
  const root = element("div", "cz-explorer");
  root.dataset.crystalviz = "explorer";
  markSelected(root, store, signal);
  el.append(root);
  signal.addEventListener("abort", () => root.remove(), { once: true });
  followTheme(root, () => undefined, signal);

  addBar(root, context);
  if (store.images.n === 0) {
    root.append(element("p", "cz-explorer-empty", ["This analysis holds no image."]));
    return;
  }
  const grid = element("div", "cz-explorer-grid");
  root.append(grid);
  const add = (area: string, view: View, traits: Record<string, unknown> = {}) => {
    const cell = element("div", `cz-cell cz-cell-${area}`);
    grid.append(cell);
    view({ store, model: new LocalModel(traits), el: cell, signal });
  };
  add("gallery", mountImageGallery);
  add("graph", mountForceGraph, { k: model.get("k"), start: "auto" });
  addInspector(grid, context);
  add("pca", mountPcaScatter);
  add("entropy", mountEntropyScatter);
  const classes = presentClasses(context);
  classes.forEach((label, i) => {
    // Two side by side; one that is left over takes the whole width.
    const alone = i === classes.length - 1 && i % 2 === 0;
    add(alone ? "wide" : "accordion", mountCamAccordion, { label, slice_position: 50 });
  });
  add("wide cz-cell-parallel", mountParallelCoordinates);
  add("log", mountLogPanel, { expanded: false });
}

/** Classes that some image is labelled with, each with a strip of its own; one strip for all else. */
function presentClasses({ store: { images } }: ViewContext): (string | null)[] {
  const used = new Set(images.label);
  const classes = images.labels.filter((_, code) => used.has(code));
  return classes.length ? classes : [null];
}
