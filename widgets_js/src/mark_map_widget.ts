// The MarkMap widget: mounts the map, and follows the selection of an Explorer it is linked with.

import type { Invoke, Model } from "./core/model.ts";
import { mountMarkMap } from "./mark_map/index.ts";

interface RenderProps {
  model: Model;
  el: HTMLElement;
  signal?: AbortSignal;
  experimental: { invoke: Invoke };
}

export default {
  render({ model, el, signal, experimental }: RenderProps): () => void {
    const closing = new AbortController();
    signal?.addEventListener("abort", () => closing.abort(), { once: true });
    mountMarkMap({ model, el, invoke: experimental.invoke, signal: closing.signal });
    return () => closing.abort();
  },
};
