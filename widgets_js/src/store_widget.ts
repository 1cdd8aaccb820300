// The hidden store widget: holds the data and the shared state, and lends every view its code.

import type { Invoke, Model } from "./core/model.ts";
import { Store } from "./core/store.ts";
import { VIEWS } from "./views.ts";

export interface MountRequest {
  model: Model;
  el: HTMLElement;
  signal: AbortSignal;
}

export interface StoreExports {
  store: Store;
  /** Mounts the view that the model's `_kind` names. */
  mount: (request: MountRequest) => void;
}

export function createStore(model: Model, invoke: Invoke | null, signal: AbortSignal): StoreExports {
  const store = new Store(model, invoke, signal);
  return {
    store,
    mount: ({ model: viewModel, el, signal: viewSignal }) => {
      const height = viewModel.get("height");
      if (typeof height === "number") el.style.setProperty("--cz-height", `${height}px`);
      VIEWS[viewModel.get("_kind") as string]({ store, model: viewModel, el, signal: viewSignal });
    },
  };
}

interface InitializeProps {
  model: Model;
  signal: AbortSignal;
  experimental: { invoke: Invoke };
}

export default {
  initialize({ model, signal, experimental }: InitializeProps): StoreExports {
    return createStore(model, experimental.invoke, signal);
  },
};
