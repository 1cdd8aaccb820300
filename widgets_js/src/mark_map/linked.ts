// One selection for the map and an Explorer of the instances' crops, kept in the browser.

import type { PackedArray } from "../core/packed.ts";
import { unpack } from "../core/packed.ts";
import { onChange, type Model } from "../core/model.ts";
import type { Store } from "../core/store.ts";
import type { MarkState } from "./state.ts";

/** Gives the store of a hidden widget that a trait refers to. */
export type FindStore = (reference: unknown) => Promise<Store>;

/**
 * Follows the widget's link for as long as the map lives. An instance without a crop stays selected
 * on the map, while the Explorer shows none; and the other way round. Twin of `mark_link.py`.
 */
export function followLink(model: Model, state: MarkState, find: FindStore): void {
  const { signal } = state;
  let ending = new AbortController();
  signal.addEventListener("abort", () => ending.abort(), { once: true });

  const connect = async () => {
    ending.abort();
    const link = (ending = new AbortController());
    const reference = model.get("_linked");
    if (!reference) return;
    const store = await find(reference);
    if (signal.aborted || link.signal.aborted) return;
    let crops = readCrops(model);
    onChange(model, "_linked_rows", () => (crops = readCrops(model)), link.signal);
    const instanceOf = (image: number) => (image < 0 ? -1 : crops.indexOf(image));
    const cropOf = (row: number) => (row < 0 ? -1 : (crops[row] ?? -1));
    const toStore = () => {
      if (instanceOf(store.selected) !== state.selected) store.select(cropOf(state.selected));
    };
    const toMap = () => {
      if (cropOf(state.selected) !== store.selected) state.select(instanceOf(store.selected));
    };
    state.on("selected", toStore, link.signal);
    store.on("selected", toMap, link.signal);
    if (store.selected >= 0) toMap();
    else toStore();
  };
  onChange(model, "_linked", () => void connect(), signal);
  void connect();
}

/** Row in the store of each instance's crop, -1 where it has none. */
function readCrops(model: Model): Int32Array {
  const packed = model.get("_linked_rows") as PackedArray | Record<string, never> | undefined;
  return packed && "data" in packed ? (unpack(packed as PackedArray) as Int32Array) : new Int32Array();
}
