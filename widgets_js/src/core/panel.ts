// A panel of the image store: its hover card, its log and its selection.

import { Frame, type FrameOptions } from "./frame.ts";
import type { Model } from "./model.ts";
import type { Store } from "./store.ts";
import { attachHoverCard } from "./hover_card.ts";

export type { Size } from "./frame.ts";

/** What a view gets to work with. */
export interface ViewContext {
  store: Store;
  model: Model;
  el: HTMLElement;
  /** Aborts when the view is closed; every listener ends with it. */
  signal: AbortSignal;
}

export type View = (context: ViewContext) => void;

/** Keeps data-selected of a view's root: the image_id while something is selected. */
export function markSelected(root: HTMLElement, store: Store, signal: AbortSignal): void {
  const mark = () => {
    if (store.selectedId === null) delete root.dataset.selected;
    else root.dataset.selected = store.selectedId;
  };
  mark();
  store.on("selected", mark, signal);
}

export class Panel extends Frame {
  constructor(
    readonly context: ViewContext,
    options: FrameOptions,
  ) {
    super(context.el, context.signal, options);
    attachHoverCard(context.store);
    markSelected(this.root, context.store, context.signal);
  }

  override report(message: string): void {
    this.context.store.report(message);
  }
}
