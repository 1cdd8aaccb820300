import { describe, expect, it } from "vitest";
import { Store } from "../src/core/store.ts";
import { storeModel } from "./fixtures.ts";

function makeStore(n = 6) {
  const model = storeModel(n);
  return { model, store: new Store(model, null, new AbortController().signal) };
}

describe("Store", () => {
  it("tells every view of a selection once, and the model by image_id", () => {
    const { model, store } = makeStore();
    let told = 0;
    store.on("selected", () => told++, new AbortController().signal);
    store.select(2);
    store.select(2);
    expect(told).toBe(1);
    expect(model.get("selected")).toBe("cex/CEX (3).png");
    store.select(-1);
    expect(model.get("selected")).toBeNull();
  });

  it("follows a selection that Python makes", () => {
    const { model, store } = makeStore();
    model.set("selected", "cex/CEX (5).png");
    expect(store.selected).toBe(4);
  });

  it("stops telling a view that has closed", () => {
    const { store } = makeStore();
    const closing = new AbortController();
    let told = 0;
    store.on("selected", () => told++, closing.signal);
    closing.abort();
    store.select(1);
    expect(told).toBe(0);
  });

  it("shows an image only if every filter lets it through", () => {
    const { model, store } = makeStore();
    store.toggleGroup(0);
    expect([...store.visible]).toEqual([0, 1, 0, 1, 0, 1]);
    expect(model.get("hidden_groups")).toEqual([0]);
    store.pick([0, 1]);
    expect([...store.visible]).toEqual([0, 1, 0, 0, 0, 0]);
    expect(model.get("picked")).toEqual(["cex/CEX (2).png"]);
    store.toggleGroup(0);
    store.pick([]);
    expect(store.visibleCount).toBe(6);
  });

  it("numbers log entries on when old ones are dropped", () => {
    const { store } = makeStore();
    for (let i = 0; i < 600; i++) store.report(`line ${i}`);
    expect(store.log.length).toBe(500);
    expect(store.log.at(-1)!.number).toBe(601);
  });

  it("asks again for thumbnails once a kernel that was busy answers", async () => {
    const asked: string[] = [];
    let busy = true;
    const invoke = (name: string): Promise<[unknown, DataView[]]> => {
      asked.push(name);
      return busy ? Promise.reject(new Error("timed out")) : new Promise(() => undefined);
    };
    const store = new Store(storeModel(3), invoke, new AbortController().signal);
    expect(store.pictures.histogram(0)).toBeNull();
    await new Promise((done) => setTimeout(done));
    store.pictures.histogram(0);
    expect(asked).toEqual(["page"]);
    expect(store.log.at(-1)!.level).toBe("error");
    busy = false;
    store.pictures.retry();
    store.pictures.histogram(0);
    expect(asked).toEqual(["page", "page"]);
  });
});
