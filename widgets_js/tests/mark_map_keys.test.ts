import { describe, expect, it } from "vitest";
import { commandOf, keyLines, type KeyPress } from "../src/mark_map/key_commands.ts";

function press(key: string, changes: Partial<KeyPress> = {}): KeyPress {
  return { key, code: "", ctrlKey: false, metaKey: false, shiftKey: false, altKey: false, ...changes };
}
const of = (key: string, changes: Partial<KeyPress> = {}) => commandOf(press(key, changes));

describe("commandOf", () => {
  it("knows the digits of every keyboard", () => {
    expect(of("3", { code: "Digit3" })).toEqual({ name: "class", number: 3 });
    expect(of("0", { code: "Numpad0" })).toEqual({ name: "class", number: 0 });
    // AZERTY types & without Shift and 1 with it, on the same key.
    expect(of("&", { code: "Digit1" })).toEqual({ name: "class", number: 1 });
    expect(of("1", { code: "Digit1", shiftKey: true })).toEqual({ name: "class", number: 1 });
    // QWERTY's Shift+1 is no digit.
    expect(of("!", { code: "Digit1", shiftKey: true })).toBeNull();
    // The number block with Num Lock off.
    expect(of("End", { code: "Numpad1" })).toBeNull();
  });

  it("settles without a class", () => {
    for (const key of ["x", "X", "Delete", "Backspace"]) expect(of(key)).toEqual({ name: "none" });
    for (const key of ["y", "Enter"]) expect(of(key)).toEqual({ name: "stands" });
    expect(of("e")).toEqual({ name: "exists" });
    // Cyrillic x lies on another letter's key: the place counts.
    expect(of("ч", { code: "KeyX" })).toEqual({ name: "none" });
    // QWERTZ types y where others have z: what is typed counts.
    expect(of("y", { code: "KeyZ" })).toEqual({ name: "stands" });
  });

  it("steps, and with Shift through the settled ones too", () => {
    for (const key of ["ArrowRight", "ArrowDown", "n"]) expect(of(key)).toEqual({ name: "step", by: 1, all: false });
    for (const key of ["ArrowLeft", "ArrowUp", "p"]) expect(of(key)).toEqual({ name: "step", by: -1, all: false });
    expect(of("ArrowRight", { shiftKey: true })).toEqual({ name: "step", by: 1, all: true });
  });

  it("takes back and does again, on Apple keyboards too", () => {
    expect(of("u")).toEqual({ name: "undo" });
    expect(of("z", { ctrlKey: true })).toEqual({ name: "undo" });
    expect(of("z", { metaKey: true })).toEqual({ name: "undo" });
    expect(of("Z", { ctrlKey: true, shiftKey: true })).toEqual({ name: "redo" });
    expect(of("y", { ctrlKey: true })).toEqual({ name: "redo" });
  });

  it("looks around", () => {
    expect(of("[", { ctrlKey: true, altKey: true })).toEqual({ name: "image", by: -1 });
    expect(of("]")).toEqual({ name: "image", by: 1 });
    expect(of("-", { code: "Digit6" })).toEqual({ name: "zoom", by: -1 });
    expect(of("+")).toEqual({ name: "zoom", by: 1 });
    expect(of("f")).toEqual({ name: "fit" });
    expect(of(" ")).toEqual({ name: "before" });
    expect(of("?", { shiftKey: true, code: "Slash" })).toEqual({ name: "help" });
  });

  it("leaves the browser its own keys", () => {
    expect(of("f", { ctrlKey: true })).toBeNull();
    expect(of("0", { ctrlKey: true })).toBeNull();
    expect(of("x", { metaKey: true })).toBeNull();
    expect(of("ArrowLeft", { altKey: true })).toBeNull();
    expect(of("Tab")).toBeNull();
    expect(of("Escape")).toBeNull();
  });
});

describe("keyLines", () => {
  const digits = (classes: string[]) => keyLines(classes)[0].lines.filter(({ keys }) => /^\d$/.test(keys[0]));

  it("lists the classes that a digit can reach", () => {
    expect(digits(["particle", "cluster"]).map(({ does }) => does)).toEqual(["it is: particle", "it is: cluster"]);
    expect(digits(Array.from({ length: 12 }, (_, i) => `class ${i}`))).toHaveLength(10);
    expect(digits([])).toHaveLength(0);
  });
});
