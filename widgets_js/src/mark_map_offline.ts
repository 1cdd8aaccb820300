// Boots the mark map inside one HTML file: the data lies in the page, no kernel and no network.

import { LocalModel } from "./core/model.ts";
import { pageData, pageRoot } from "./core/page_data.ts";
import { mountMarkMap } from "./mark_map/index.ts";

mountMarkMap({
  model: new LocalModel(pageData().map),
  el: pageRoot(),
  invoke: null,
  signal: new AbortController().signal,
});
