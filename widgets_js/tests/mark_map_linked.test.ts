import { describe, expect, it } from "vitest";
import { LocalModel } from "../src/core/model.ts";
import { Store } from "../src/core/store.ts";
import { followLink } from "../src/mark_map/linked.ts";
import { countLeft } from "../src/mark_map/image_picker.ts";
import { MarkState } from "../src/mark_map/state.ts";
import { pack, storeModel } from "./fixtures.ts";
import { mapModel } from "./mark_fixtures.ts";

const settle = () => new Promise((resolve) => setTimeout(resolve, 0));

/** Pictures 0, 1, 2 of the store show the instances of rows 3, 5, 0; picture 3 is no crop. */
async function setUp(linked: unknown = "IPY_MODEL_1") {
  const closing = new AbortController();
  const store = new Store(storeModel(4), null, closing.signal);
  const model: LocalModel = mapModel();
  model.set("_linked", linked);
  model.set("_linked_rows", pack([2, -1, -1, 0, -1, 1, -1], "int32"));
  const state = new MarkState(model, closing.signal);
  followLink(model, state, () => Promise.resolve(store));
  await settle();
  return { store, model, state };
}

describe("the link with an explorer of the crops", () => {
  it("shares one selection, image and all", async () => {
    const { store, state, model } = await setUp();
    store.select(1);
    expect([state.selected, state.image, model.get("selected")]).toEqual([5, 1, "b, c_5"]);
    state.select(3);
    expect(store.selected).toBe(0);
    state.select(-1);
    expect(store.selected).toBe(-1);
  });

  it("leaves each side what the other does not have", async () => {
    const { store, state } = await setUp();
    state.select(1);
    expect([state.selected, store.selected]).toEqual([1, -1]);
    store.select(3);
    expect([state.selected, store.selected]).toEqual([-1, 3]);
  });

  it("begins and ends when Python says so, and follows the rows", async () => {
    const { store, state, model } = await setUp(null);
    store.select(1);
    expect(state.selected).toBe(-1);
    model.set("_linked", "IPY_MODEL_1");
    await settle();
    expect(state.selected).toBe(5);
    model.set("_linked_rows", pack([-1, 2, -1, -1, -1, -1, -1], "int32"));
    store.select(2);
    expect(state.selected).toBe(1);
    model.set("_linked", null);
    await settle();
    store.select(0);
    expect(state.selected).toBe(1);
  });
});

describe("the list of images", () => {
  it("knows what is left to settle on each", () => {
    const state = new MarkState(mapModel(), new AbortController().signal);
    state.settle(6, { exists: true, label: 0 });
    state.settle(1, { exists: true, label: 0 });
    const [listed, left] = countLeft(state);
    expect([[...listed], [...left]]).toEqual([[4, 1], [3, 0]]);
  });
});
