// Boots the mark map inside one HTML file: the data lies in the page, no kernel and no network.

import { LocalModel } from "./core/model.ts";
import { pageData, pageRoot } from "./core/page_data.ts";
import { mountMarkMap } from "./mark_map/index.ts";

const el = pageRoot();
mountMarkMap({ model: new LocalModel(pageData().map), el, invoke: null, signal: new AbortController().signal });
// There is nothing else on the page.
el.style.setProperty("--cz-height", "max(480px, 100dvh)");
