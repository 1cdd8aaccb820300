import { describe, expect, it } from "vitest";
import { MarkState } from "../src/mark_map/state.ts";
import { Doubts } from "../src/mark_map/queue.ts";
import { decisionsCsv, decisionsFileName } from "../src/mark_map/save_decisions.ts";
import { currentText, settleSelected, standing } from "../src/mark_map/verdicts.ts";
import type { Reason } from "../src/mark_map/why.ts";
import { type PackedScene, Scene } from "../src/mark_map/scene.ts";
import { pack } from "./fixtures.ts";
import { mapModel, packedScene } from "./mark_fixtures.ts";

function newState(changes: Partial<PackedScene> = {}): MarkState {
  return new MarkState(mapModel(changes), new AbortController().signal);
}

describe("the queue", () => {
  const doubts = new Doubts(newState().scene);
  const rows = (image: number | null, reason: Reason | null, order: "doubt" | "image" = "doubt") =>
    [...doubts.rows({ image, reason, order })];

  it("keeps the order of doubt, or goes image by image", () => {
    expect(rows(null, null)).toEqual([1, 6, 2, 3, 4]);
    expect(rows(null, null, "image")).toEqual([1, 2, 3, 4, 6]);
  });

  it("filters by image and by reason", () => {
    expect(rows(1, null)).toEqual([6]);
    expect(rows(null, "tie")).toEqual([1, 6]);
    expect(rows(0, "existence")).toEqual([3]);
    expect(rows(null, "left out")).toEqual([4]);
    expect(rows(1, "class")).toEqual([]);
  });

  it("counts what each filter would leave", () => {
    expect(doubts.countReasons(null)).toEqual({ tie: 2, class: 1, existence: 1, "left out": 1 });
    expect(doubts.countReasons(1)).toEqual({ tie: 1, class: 0, existence: 0, "left out": 0 });
  });
});

describe("verdicts", () => {
  it("as it stands is what is written now", () => {
    const state = newState();
    expect(standing(state, 2)).toEqual({ exists: true, label: 0 });
    expect(standing(state, 4)).toEqual({ exists: false, label: null });
    expect(standing(state, 6)).toEqual({ exists: true, label: null });
    expect([2, 4, 6].map((row) => currentText(state, row))).toEqual(["particle", "no instance", "no class"]);
    state.settle(4, { exists: true, label: 1 });
    expect(standing(state, 4)).toEqual({ exists: true, label: 1 });
  });

  it("settles the selected one and goes on; the same word twice is written once", () => {
    const state = newState();
    expect(settleSelected(state, { exists: true, label: 1 })).toBe(false);
    state.select(1);
    settleSelected(state, { exists: true, label: 1 });
    expect(state.selectedId).toBe("b, c_6");
    state.select(1);
    settleSelected(state, standing(state, 1));
    expect(state.decisions.log).toHaveLength(1);
    expect(state.selectedId).toBe("b, c_6");
    state.select(1);
    settleSelected(state, { exists: false, label: null });
    expect(state.decisions.log).toHaveLength(2);
  });
});

describe("the saved decisions", () => {
  it("is a table of the last word on each instance, quoted as CSV asks for", () => {
    const state = newState();
    state.settle(1, { exists: true, label: 1 });
    state.settle(6, { exists: true, label: null });
    state.settle(1, { exists: true, label: 0 });
    state.settle(4, { exists: false, label: null });
    expect(decisionsCsv(state)).toBe(
      [
        "image_id,x,y,exists,label,instance_id",
        "a.png,20.25,21.5,True,particle,a_1",
        '"b, c.png",60,60,True,,"b, c_6"',
        "a.png,50,50,False,,a_4",
        "",
      ].join("\r\n"),
    );
  });

  it("quotes quotes", () => {
    const state = newState({ classes: ['5" ring', "cluster", "atom", "debris"] });
    state.settle(0, { exists: true, label: 0 });
    expect(decisionsCsv(state)).toContain('"5"" ring"');
  });

  it("is named after the scene", () => {
    expect(decisionsFileName("Au/Ge run 3")).toBe("Au_Ge_run_3_decisions.csv");
    expect(decisionsFileName("../..")).toBe("marks_decisions.csv");
  });
});

describe("the classes of a tie", () => {
  it("are those with the most votes", () => {
    expect(newState().scene.tied(1)).toEqual([0, 1]);
    expect(newState().scene.tied(6)).toEqual([0, 3]);
    expect(newState().scene.tied(2)).toEqual([]);
  });

  it("are the likeliest where votes are unequal or unknown", () => {
    const packed = packedScene();
    const uneven = { ...packed.instance, votes: pack(Array.from({ length: 28 }, (_, i) => i % 4), "float32", [7, 4]) };
    expect(new Scene({ ...packed, instance: uneven }).tied(6)).toEqual([0, 3]);
    expect(new Scene({ ...packed, instance: { ...packed.instance, votes: null } }).tied(1)).toEqual([0, 1]);
  });
});
