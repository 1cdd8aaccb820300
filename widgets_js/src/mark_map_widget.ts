// The MarkMap widget: mounts the map, and follows the selection of an Explorer it is linked with.

import type { Invoke, Model } from "./core/model.ts";
import { mountMarkMap } from "./mark_map/index.ts";
import { followLink } from "./mark_map/linked.ts";
import type { StoreExports } from "./store_widget.ts";

interface RenderProps {
  model: Model;
  el: HTMLElement;
  signal?: AbortSignal;
  experimental?: { invoke: Invoke };
  host?: { getWidget: (ref: unknown) => Promise<{ exports: StoreExports }> };
}

export default {
  render({ model, el, signal, experimental, host }: RenderProps): () => void {
    const closing = new AbortController();
    signal?.addEventListener("abort", () => closing.abort(), { once: true });
    const state = mountMarkMap({ model, el, invoke: experimental?.invoke ?? null, signal: closing.signal });
    if (host) followLink(model, state, async (reference) => (await host.getWidget(reference)).exports.store);
    return () => closing.abort();
  },
};
