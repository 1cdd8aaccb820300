// Boots the Explorer inside one HTML file: the data lies in the page, no kernel and no network.

import { LocalModel } from "./core/model.ts";
import { createStore } from "./store_widget.ts";

interface Packed {
  $bytes: string;
}

/** Turns {"$bytes": base64} anywhere in the value back into a DataView. */
function revive(_key: string, value: unknown): unknown {
  if (typeof value === "object" && value !== null && "$bytes" in value) {
    const text = atob((value as Packed).$bytes);
    const bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
    return new DataView(bytes.buffer);
  }
  return value;
}

const data = document.getElementById("crystalviz-data")!.textContent ?? "";
const state = JSON.parse(data, revive) as { store: Record<string, unknown>; view: Record<string, unknown> };
const never = new AbortController().signal;
const { mount } = createStore(new LocalModel(state.store), null, never);
mount({ model: new LocalModel(state.view), el: document.getElementById("crystalviz")!, signal: never });
