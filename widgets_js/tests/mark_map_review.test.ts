// @vitest-environment jsdom
// Keys, progress, filters, legend and the sheet of keys as a page has them, on the real state.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeFilters } from "../src/mark_map/filters.ts";
import { makeHelpSheet } from "../src/mark_map/help_sheet.ts";
import { fingerprint, keepDecisions } from "../src/mark_map/kept_decisions.ts";
import { attachKeys } from "../src/mark_map/keys.ts";
import { mountLegend } from "../src/mark_map/legend.ts";
import { makeProgress } from "../src/mark_map/progress.ts";
import type { PackedScene } from "../src/mark_map/scene.ts";
import { MarkState } from "../src/mark_map/state.ts";
import { mapModel, packedScene } from "./mark_fixtures.ts";

let closing: AbortController;
let root: HTMLElement;
let state: MarkState;
/** What the keys asked of stage and sheet */
let asked: string[];

/** A page with keys, progress and a stage that writes down what is asked of it. */
function open(changes: Partial<PackedScene> = {}): void {
  closing = new AbortController();
  state = new MarkState(mapModel(changes), closing.signal);
  asked = [];
  root = document.createElement("section");
  document.body.replaceChildren(root);
  const progress = makeProgress(state, { save: () => asked.push("save"), help: () => asked.push("help"), live: true }, closing.signal);
  root.append(progress.node);
  const element = document.createElement("div");
  attachKeys({
    root,
    scope: root,
    state,
    stage: { element, zoomBy: (factor) => asked.push(factor > 1 ? "in" : "out"), fit: () => asked.push("fit") },
    help: () => asked.push("help"),
    say: progress.say,
  }, closing.signal);
}

function press(key: string, options: KeyboardEventInit = {}, target: Element = root): KeyboardEvent {
  const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...options });
  target.dispatchEvent(event);
  return event;
}

const text = (selector: string) => root.querySelector(selector)!.textContent;
const log = () => state.decisions.log.map(({ instance, exists, label }) => [instance, exists, label]);

beforeEach(() => open());
afterEach(() => closing.abort());

describe("a review by keys", () => {
  it("settles one after the other in the order of doubt, and says when all are done", () => {
    for (const key of ["n", "1", "3", "x", "e", "Enter"]) press(key);
    expect(log()).toEqual([
      ["a_1", true, 1], ["b, c_6", true, 3], ["a_2", false, null], ["a_3", true, null], ["a_4", false, null],
    ]);
    expect(text(".cz-review-count")).toBe("5 of 5 settled");
    expect(text(".cz-review-said")).toContain("All 5 settled");
    // The last one stays selected; another key changes the word on it.
    expect(state.selectedId).toBe("a_4");
    press("0");
    expect(log().at(-1)).toEqual(["a_4", true, 0]);
  });

  it("takes back and makes again, showing the instance", () => {
    for (const key of ["n", "1", "2"]) press(key);
    press("u");
    expect(state.selectedId).toBe("b, c_6");
    expect(text(".cz-review-said")).toBe("taken back: atom");
    press("z", { ctrlKey: true });
    expect(state.selectedId).toBe("a_1");
    expect(log()).toEqual([]);
    press("z", { ctrlKey: true, shiftKey: true });
    expect(log()).toEqual([["a_1", true, 1]]);
    expect(text(".cz-review-count")).toBe("1 of 5 settled");
    press("u");
    press("u");
    expect(text(".cz-review-said")).toBe("Nothing to take back.");
  });

  it("steps over settled ones; with Shift to them", () => {
    for (const key of ["n", "1"]) press(key);
    press("ArrowLeft");
    expect(state.selectedId).toBe("a_4");
    press("ArrowRight");
    expect(state.selectedId).toBe("b, c_6");
    press("ArrowLeft", { shiftKey: true });
    expect(state.selectedId).toBe("a_1");
  });

  it("counts what was settled besides the doubtful ones, and stays there", () => {
    state.select(5);
    press("2");
    expect(state.selectedId).toBe("b, c_5");
    expect(text(".cz-review-count")).toBe("0 of 5 settled + 1");
  });

  it("settles once while a key is held down", () => {
    press("n");
    press("1");
    press("1", { repeat: true });
    expect(log()).toHaveLength(1);
  });

  it("says why a key did nothing", () => {
    press("1");
    expect(text(".cz-review-said")).toContain("Pick an instance first");
    press("n");
    press("7");
    expect(text(".cz-review-said")).toBe("There is no class 7.");
    expect(log()).toEqual([]);
  });

  it("shows the marks while space is held, also when the key comes up elsewhere", () => {
    press(" ");
    expect(state.shownStage).toBe("marks");
    window.dispatchEvent(new KeyboardEvent("keyup", { key: " " }));
    expect(state.shownStage).toBe("particles");
    press(" ");
    window.dispatchEvent(new Event("blur"));
    expect(state.shownStage).toBe("particles");
  });

  it("walks through the images and asks the stage", () => {
    press("]");
    expect(state.imageId).toBe("b, c.png");
    press("PageDown");
    expect(state.imageId).toBe("a.png");
    for (const key of ["+", "-", "f", "?"]) press(key);
    expect(asked).toEqual(["in", "out", "fit", "help"]);
  });

  it("keeps its keys from the notebook, and leaves it all others", () => {
    let outside = 0;
    document.body.addEventListener("keydown", () => outside++, { signal: closing.signal });
    expect(press("x").defaultPrevented).toBe(true);
    expect(outside).toBe(0);
    expect(press("s", { ctrlKey: true }).defaultPrevented).toBe(false);
    expect(outside).toBe(1);
    // JupyterLab looks at what has the focus first.
    const control = root.querySelector("button")!;
    control.disabled = false;
    control.focus();
    expect(control.dataset.lmSuppressShortcuts).toBe("true");
  });

  it("lets controls keep the keys that are theirs", () => {
    press("n");
    const undo = [...root.querySelectorAll("button")].find((node) => node.textContent === "undo")!;
    expect(press("Enter", {}, undo).defaultPrevented).toBe(false);
    expect(press(" ", {}, undo).defaultPrevented).toBe(false);
    const select = document.createElement("select");
    root.append(select);
    expect(press("1", {}, select).defaultPrevented).toBe(false);
    expect(log()).toEqual([]);
    press("1", {}, undo);
    expect(log()).toHaveLength(1);
  });

  it("does without classes", () => {
    closing.abort();
    const bare = packedScene();
    const none = { dtype: "float32" as const, shape: [7, 0], data: new DataView(new ArrayBuffer(0)) };
    const label = { ...bare.instance.label, data: new DataView(Int32Array.from({ length: 7 }, () => -1).buffer) };
    open({ classes: [], instance: { ...bare.instance, p_label: none, votes: null, label } });
    press("n");
    press("0");
    expect(text(".cz-review-said")).toContain("no classes");
    press("e");
    press("y");
    expect(log()).toEqual([["a_1", true, null], ["b, c_6", true, null]]);
    expect(text(".cz-review-said")).toBe("an instance ✓");
  });

  it("stops with the view", () => {
    closing.abort();
    press("n");
    expect(state.selected).toBe(-1);
  });
});

describe("progress", () => {
  it("offers what can be done", () => {
    const words = ["undo", "redo", "save decisions"];
    const enabled = () => words.filter((word) => [...root.querySelectorAll("button")].some((node) => node.textContent === word && !node.disabled));
    expect(enabled()).toEqual([]);
    press("n");
    press("1");
    expect(enabled()).toEqual(["undo", "save decisions"]);
    press("u");
    expect(enabled()).toEqual(["redo"]);
  });

  it("follows decisions that come from Python", () => {
    state.model.set("settled", [{ instance: "a_1", exists: true, label: 0 }, { instance: "a_2", exists: true, label: 0 }]);
    expect(text(".cz-review-count")).toBe("2 of 5 settled");
    expect(root.querySelector("[role=progressbar]")!.getAttribute("aria-valuenow")).toBe("2");
  });

  it("still counts the work once Python has applied it", () => {
    for (const key of ["n", "1", "x"]) press(key);
    const left = { dtype: "int32" as const, shape: [0], data: new DataView(new ArrayBuffer(0)) };
    state.model.set("_scene", packedScene({ review: left }));
    expect(text(".cz-review-count")).toBe("2 settled");
    expect(text(".cz-review-said")).toBe("Nothing doubtful is left.");
  });

  it("says that nothing is doubtful", () => {
    closing.abort();
    open({ review: { dtype: "int32", shape: [0], data: new DataView(new ArrayBuffer(0)) } });
    expect(text(".cz-review-said")).toContain("Nothing is doubtful");
    press("n");
    expect(state.selected).toBe(-1);
  });
});

describe("filters", () => {
  const choose = (label: string, value: string) => {
    const select = root.querySelector<HTMLSelectElement>(`select[aria-label="${label}"]`)!;
    select.value = value;
    select.dispatchEvent(new Event("change"));
  };
  const options = (label: string) =>
    [...root.querySelectorAll<HTMLOptionElement>(`select[aria-label="${label}"] option`)].map((option) => option.text);

  beforeEach(() => root.append(makeFilters(state, closing.signal)));

  it("narrows the queue that the keys go through", () => {
    expect(options("Why they are doubtful")).toEqual(["all · 5", "ties · 2", "class unsure · 1", "may not exist · 1", "left out · 1"]);
    choose("Why they are doubtful", "tie");
    expect([...state.queue]).toEqual([1, 6]);
    for (const key of ["n", "1", "0"]) press(key);
    expect(log()).toHaveLength(2);
    expect(text(".cz-review-said")).toBe("All of this list settled.");
    press("n");
    expect(text(".cz-review-said")).toBe("No doubtful one is left in this list.");
  });

  it("holds to one image, and follows when another one is shown", () => {
    state.showImage(1);
    choose("Images of the list", "here");
    expect([...state.queue]).toEqual([6]);
    // A reason that this image does not have is no choice.
    expect(options("Why they are doubtful")).toEqual(["all · 1", "ties · 1"]);
    press("[");
    expect([...state.queue]).toEqual([1, 2, 3, 4]);
  });

  it("tells how many are left on the image", () => {
    expect(options("Images of the list")).toEqual(["all images", "this image · 4 left"]);
    state.showImage(1);
    state.settle(6, { exists: true, label: 0 });
    expect(options("Images of the list")[1]).toBe("this image · ✓");
  });

  it("goes image by image on request", () => {
    choose("Order of the list", "image");
    expect([...state.queue]).toEqual([1, 2, 3, 4, 6]);
  });
});

describe("the legend", () => {
  const items = () => [...root.querySelectorAll<HTMLButtonElement>(".cz-mark-legend-item")];
  const shown = () => items().filter((item) => item.getAttribute("aria-pressed") === "true").map((item) => item.textContent);

  beforeEach(() => mountLegend(root, state, closing.signal));

  it("counts the instances of the shown image as they are settled", () => {
    expect(items().map((item) => item.textContent)).toEqual(["4particle", "0cluster", "0atom", "0debris", "0no class"]);
    state.settle(1, { exists: true, label: 1 });
    state.settle(0, { exists: false, label: null });
    expect(items().map((item) => item.textContent)).toEqual(["2particle", "1cluster", "0atom", "0debris", "0no class"]);
    state.showImage(1);
    expect(items()[2].textContent).toBe("1atom");
    // Once no instance is without a class, the entry goes.
    state.settle(6, { exists: true, label: 0 });
    expect(items()).toHaveLength(4);
  });

  it("hides a class, and shows one alone and all again", () => {
    items()[0].click();
    expect([...state.visibleClasses]).toEqual([0, 1, 1, 1, 1]);
    expect(shown()).not.toContain("4particle");
    const alone = () => items()[1].dispatchEvent(new MouseEvent("click", { shiftKey: true, bubbles: true }));
    alone();
    expect([...state.visibleClasses]).toEqual([0, 1, 0, 0, 0]);
    alone();
    expect([...state.visibleClasses]).toEqual([1, 1, 1, 1, 1]);
  });
});

describe("the sheet of keys", () => {
  it("names each class beside its digit and keeps keys to itself", () => {
    const { toggle } = makeHelpSheet(root, root, () => state.scene.classes, "", closing.signal);
    const sheet = root.querySelector("dialog")!;
    // jsdom has dialogs, but cannot open them.
    sheet.showModal = () => sheet.setAttribute("open", "");
    // Names that an expert has added since are there too.
    state.model.set("_scene", packedScene({ classes: ["particle", "cluster", "atom", "hole"] }));
    toggle();
    const lines = [...sheet.querySelectorAll("dt")].map((term) => `${term.textContent} ${term.nextElementSibling!.textContent}`);
    expect(lines).toContain("3 it is: hole");
    expect(lines).toContain("xDelete no instance");
    press("n");
    press("1", {}, sheet);
    expect(log()).toEqual([]);
  });
});

describe("decisions without a kernel", () => {
  /** A page that is opened anew, with what the browser has kept. */
  const visit = (changes: Partial<PackedScene> = {}) => {
    closing.abort();
    open(changes);
    return keepDecisions(state, closing.signal);
  };
  const leave = () => window.dispatchEvent(new Event("beforeunload", { cancelable: true }));

  beforeEach(() => localStorage.clear());

  it("are there again after the tab was closed, and can be taken back", () => {
    visit();
    for (const key of ["n", "1", "x", "u"]) press(key);
    expect(visit().restored).toBe(1);
    expect(log()).toEqual([["a_1", true, 1]]);
    expect(text(".cz-review-count")).toBe("1 of 5 settled");
    press("u");
    expect(visit().restored).toBe(0);
    expect(log()).toEqual([]);
  });

  it("belong to one scene", () => {
    visit();
    for (const key of ["n", "1"]) press(key);
    expect(visit({ title: "another" }).restored).toBe(0);
    const packed = packedScene();
    expect(visit({ instance: { ...packed.instance, x: packed.instance.y } }).restored).toBe(0);
    expect(visit().restored).toBe(1);
  });

  it("are not read from what does not fit", () => {
    visit();
    const key = `crystalviz-marks-${fingerprint(state)}`;
    for (const rubbish of ["{", "3", '[{"instance": "gone", "exists": true, "label": 0}]', '[{"instance": "a_1", "exists": true, "label": 9}]']) {
      localStorage.setItem(key, rubbish);
      expect(visit().restored).toBe(0);
      expect(log()).toEqual([]);
    }
  });

  it("make the browser ask before it closes where nothing may be kept, until they are saved", () => {
    const { saved } = keepDecisions(state, closing.signal, null);
    expect(leave()).toBe(true);
    for (const key of ["n", "1"]) press(key);
    expect(leave()).toBe(false);
    saved();
    expect(leave()).toBe(true);
    press("1");
    expect(leave()).toBe(false);
  });

  it("leave without a word where they are kept", () => {
    keepDecisions(state, closing.signal);
    for (const key of ["n", "1"]) press(key);
    expect(leave()).toBe(true);
  });
});
