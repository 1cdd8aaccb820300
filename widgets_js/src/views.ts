// All views by the name that their root carries in data-crystalviz.

import { mountExplorer } from "./explorer/index.ts";
import type { View } from "./core/panel.ts";
import { mountCamAccordion } from "./cam_accordion/index.ts";
import { mountEntropyScatter } from "./entropy_scatter/index.ts";
import { mountForceGraph } from "./force_graph/index.ts";
import { mountImageGallery } from "./image_gallery/index.ts";
import { mountImageHistogram } from "./image_histogram/index.ts";
import { mountImageSlider } from "./image_slider/index.ts";
import { mountLogPanel } from "./log_panel/index.ts";
import { mountParallelCoordinates } from "./parallel_coordinates/index.ts";
import { mountPcaScatter } from "./pca_scatter/index.ts";
import { mountStoreStatus } from "./store_status/index.ts";

export const VIEWS: Record<string, View> = {
  "image-gallery": mountImageGallery,
  "force-graph": mountForceGraph,
  "pca-scatter": mountPcaScatter,
  "entropy-scatter": mountEntropyScatter,
  "image-histogram": mountImageHistogram,
  "parallel-coordinates": mountParallelCoordinates,
  "cam-accordion": mountCamAccordion,
  "image-slider": mountImageSlider,
  "log-panel": mountLogPanel,
  "store-status": mountStoreStatus,
  explorer: mountExplorer,
};
