// What every visible widget carries: a few lines that ask the hidden store to mount the view.

import type { Model } from "./core/model.ts";
import type { StoreExports } from "./store_widget.ts";

interface RenderProps {
  model: Model;
  el: HTMLElement;
  signal?: AbortSignal;
  host?: { getWidget: (ref: unknown) => Promise<{ exports: StoreExports }> };
}

export default {
  async render({ model, el, signal, host }: RenderProps): Promise<(() => void) | undefined> {
    if (!host) {
      el.textContent = "crystalviz needs anywidget 0.11 or newer in this notebook: pip install -U anywidget";
      return undefined;
    }
    const { exports } = await host.getWidget(model.get("_store"));
    const closing = new AbortController();
    signal?.addEventListener("abort", () => closing.abort(), { once: true });
    exports.mount({ model, el, signal: closing.signal });
    return () => closing.abort();
  },
};
