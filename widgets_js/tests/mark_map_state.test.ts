import { describe, expect, it } from "vitest";
import { MarkState, type MarkEvent } from "../src/mark_map/state.ts";
import { mapModel, packedScene } from "./mark_fixtures.ts";

function setUp() {
  const model = mapModel();
  const state = new MarkState(model, new AbortController().signal);
  const heard: MarkEvent[] = [];
  for (const event of ["selected", "hovered", "image", "stage", "decisions", "filter", "scene"] as const) {
    state.on(event, () => heard.push(event), state.signal);
  }
  return { model, state, heard };
}

describe("what the map shows", () => {
  it("selects a row with its image, and tells the traits of both", () => {
    const { model, state, heard } = setUp();
    state.select(5);
    expect(heard).toEqual(["image", "selected"]);
    expect([state.image, state.selectedId, state.imageId]).toEqual([1, "b, c_5", "b, c.png"]);
    expect([model.get("selected"), model.get("image_id")]).toEqual(["b, c_5", "b, c.png"]);
    state.select(5);
    expect(heard).toHaveLength(2);
  });

  it("follows a selection from Python, which need not know the image", () => {
    const { model, state } = setUp();
    model.set("selected", "b, c_6");
    expect([state.selected, state.image, model.get("image_id")]).toEqual([6, 1, "b, c.png"]);
    model.set("selected", null);
    expect([state.selected, state.image]).toEqual([-1, 1]);
  });

  it("opens on the selected one's image", () => {
    const model = mapModel();
    model.set("selected", "b, c_5");
    expect(new MarkState(model, new AbortController().signal).image).toBe(1);
  });

  it("goes round the images, and gives up a selection on another one", () => {
    const { model, state } = setUp();
    state.select(0);
    state.showImage(-1);
    expect([state.image, state.selected, model.get("selected")]).toEqual([1, -1, null]);
    state.showImage(2);
    expect([state.image, model.get("image_id")]).toEqual([0, "a.png"]);
  });

  it("shows marks while one peeks, without a word to Python", () => {
    const { model, state, heard } = setUp();
    state.setStage("compare");
    state.peek(true);
    state.peek(true);
    expect([state.shownStage, state.stage, model.get("stage")]).toEqual(["marks", "compare", "compare"]);
    state.peek(false);
    expect(state.shownStage).toBe("compare");
    expect(heard).toEqual(["stage", "stage", "stage"]);
  });

  it("hides classes by what they are after the decisions", () => {
    const { state } = setUp();
    state.showClass(3, false);
    expect(state.shows(0)).toBe(true);
    state.settle(0, { exists: true, label: 3 });
    expect(state.shows(0)).toBe(false);
    state.showClass(4, false);
    expect(state.shows(6)).toBe(false);
  });
});

describe("decisions", () => {
  it("count by the last word on an instance, in the order they were made", () => {
    const { model, state } = setUp();
    expect([state.existsOf(3), state.existsOf(4), state.labelOf(6)]).toEqual([true, false, -1]);
    state.settle(4, { exists: true, label: 2 });
    state.settle(4, { exists: false, label: null });
    expect([state.existsOf(4), state.labelOf(4), state.isSettled(4)]).toEqual([false, 0, true]);
    expect(model.get("settled")).toEqual([
      { instance: "a_4", exists: true, label: 2 },
      { instance: "a_4", exists: false, label: null },
    ]);
    expect(state.decisions.size).toBe(1);
  });

  it("go on to the next of the queue from the selected one, and stay where it is not of the queue", () => {
    const { state } = setUp();
    state.select(1);
    state.settle(1, { exists: true, label: 1 });
    expect(state.selected).toBe(6);
    state.select(0);
    state.settle(0, { exists: true, label: 0 });
    expect(state.selected).toBe(0);
    state.settle(2, { exists: true, label: 0 });
    expect(state.selected).toBe(0);
  });

  it("are gone through in the order of doubt, round its ends, the settled ones left out", () => {
    const { state } = setUp();
    state.next(-1);
    expect(state.selected).toBe(4);
    state.next(1);
    expect(state.selected).toBe(1);
    state.settle(2, { exists: true, label: 0 });
    expect(state.waiting).toBe(4);
    state.select(6);
    state.next(1);
    expect(state.selected).toBe(3);
    state.setQueue(Int32Array.of(2));
    state.next(1);
    expect(state.selected).toBe(3);
  });

  it("are taken back and made again, showing the instance each time", () => {
    const { model, state } = setUp();
    state.settle(5, { exists: false, label: null });
    state.settle(0, { exists: true, label: 3 });
    state.undo();
    expect([state.labelOf(0), state.selected, model.get("settled")]).toEqual([0, 0, [{ instance: "b, c_5", exists: false, label: null }]]);
    state.undo();
    expect([state.existsOf(5), state.selected, state.image]).toEqual([true, 5, 1]);
    state.undo();
    state.redo();
    state.redo();
    expect([state.existsOf(5), state.labelOf(0), state.selected]).toEqual([false, 3, 0]);
    expect(state.decisions.canRedo).toBe(false);
  });

  it("made anew leave nothing to redo, nor does a log from Python", () => {
    const { model, state, heard } = setUp();
    state.settle(0, { exists: true, label: 1 });
    state.undo();
    state.settle(1, { exists: true, label: 1 });
    expect(state.decisions.canRedo).toBe(false);
    state.undo();
    heard.length = 0;
    model.set("settled", [{ instance: "a_2", exists: false, label: null }]);
    expect(heard).toEqual(["decisions"]);
    expect([state.decisions.canRedo, state.existsOf(2), state.isSettled(1)]).toEqual([false, false, false]);
  });
});

describe("another scene", () => {
  it("keeps what is still there, by its name", () => {
    const { model, state, heard } = setUp();
    state.select(5);
    state.showClass(0, false);
    heard.length = 0;
    const packed = packedScene();
    const ids = [...packed.instance.ids];
    [ids[0], ids[5]] = [ids[5], ids[0]];
    model.set("_scene", { ...packed, instance: { ...packed.instance, ids } });
    expect([state.selected, state.image]).toEqual([0, 0]);
    expect(state.visibleClasses).toEqual(Uint8Array.of(1, 1, 1, 1, 1));
    expect(heard).toEqual(["scene"]);
  });
});
