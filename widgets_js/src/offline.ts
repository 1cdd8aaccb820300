// Boots the Explorer inside one HTML file: the data lies in the page, no kernel and no network.

import { LocalModel } from "./core/model.ts";
import { pageData, pageRoot } from "./core/page_data.ts";
import { createStore } from "./store_widget.ts";

const { store, view } = pageData();
const never = new AbortController().signal;
const { mount } = createStore(new LocalModel(store), null, never);
mount({ model: new LocalModel(view), el: pageRoot(), signal: never });
