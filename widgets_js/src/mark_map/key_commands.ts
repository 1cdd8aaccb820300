// Which command a key stands for. Letters and digits are found on every keyboard layout: by what the
// key types where that is Latin, else by where it lies.

export type Command =
  | { name: "class"; number: number }
  | { name: "none" | "exists" | "stands" }
  | { name: "step"; by: 1 | -1; all: boolean }
  | { name: "undo" | "redo" }
  | { name: "image"; by: 1 | -1 }
  | { name: "zoom"; by: 1 | -1 }
  | { name: "fit" | "before" | "help" };

export type KeyPress = Pick<KeyboardEvent, "key" | "code" | "ctrlKey" | "metaKey" | "shiftKey" | "altKey">;

const STEPS: Record<string, 1 | -1> = {
  ArrowRight: 1, ArrowDown: 1, n: 1, ArrowLeft: -1, ArrowUp: -1, p: -1,
};
const PLAIN: Record<string, Command> = {
  x: { name: "none" },
  Delete: { name: "none" },
  // The key that Apple keyboards call delete.
  Backspace: { name: "none" },
  e: { name: "exists" },
  Enter: { name: "stands" },
  y: { name: "stands" },
  u: { name: "undo" },
  "[": { name: "image", by: -1 },
  PageUp: { name: "image", by: -1 },
  "]": { name: "image", by: 1 },
  PageDown: { name: "image", by: 1 },
  "+": { name: "zoom", by: 1 },
  "=": { name: "zoom", by: 1 },
  "-": { name: "zoom", by: -1 },
  f: { name: "fit" },
  " ": { name: "before" },
  "?": { name: "help" },
};

/** The command of a key press, null for keys that are none of the page's. */
export function commandOf(press: KeyPress): Command | null {
  const { altKey, ctrlKey, metaKey, shiftKey } = press;
  // Brackets are typed with AltGr, which reads as Ctrl and Alt, on many keyboards.
  if (press.key === "[" || press.key === "]") return PLAIN[press.key];
  const key = plainKey(press);
  if (altKey) return null;
  if (ctrlKey || metaKey) {
    if (key === "z") return { name: shiftKey ? "redo" : "undo" };
    return key === "y" ? { name: "redo" } : null;
  }
  if (/^\d$/.test(key)) return { name: "class", number: Number(key) };
  const by = STEPS[key];
  if (by) return { name: "step", by, all: shiftKey };
  return PLAIN[key] ?? null;
}

function plainKey({ key, code, shiftKey }: KeyPress): string {
  if (/^[\d?]$/.test(key)) return key;
  // French keyboards type digits with Shift only; the key itself is meant.
  const digit = /^(?:Digit|Numpad)(\d)$/.exec(code);
  if (digit && !shiftKey && key.length === 1 && !"+-=[]".includes(key)) return digit[1];
  if (key.length > 1 || !/\p{L}/u.test(key)) return key;
  if (/^[a-z]$/i.test(key)) return key.toLowerCase();
  const letter = /^Key([A-Z])$/.exec(code);
  return letter ? letter[1].toLowerCase() : key;
}

/** What the help sheet lists: the caps of the keys, and what they do. */
export interface KeyLine {
  keys: string[];
  does: string;
}

/** The lines of the help sheet, in groups; `classes` are the names that the digits stand for. */
export function keyLines(classes: string[]): { title: string; lines: KeyLine[] }[] {
  const digits = classes.slice(0, 10).map((name, i) => ({ keys: [String(i)], does: `it is: ${name}` }));
  return [
    {
      title: "Settle the selected one; the next doubtful one follows by itself",
      lines: [
        ...digits,
        { keys: ["x", "Delete"], does: "no instance" },
        { keys: ["e"], does: classes.length ? "it exists; its class stays as found" : "it exists" },
        { keys: ["Enter", "y"], does: "as it stands" },
        { keys: ["u", "Ctrl Z"], does: "undo" },
        { keys: ["Ctrl Shift Z"], does: "redo" },
      ],
    },
    {
      title: "Go on without settling",
      lines: [
        { keys: ["→", "↓", "n"], does: "next doubtful one" },
        { keys: ["←", "↑", "p"], does: "the one before" },
        { keys: ["Shift →", "Shift ←"], does: "the same, settled ones too" },
        { keys: ["[", "]"], does: "image before, next image" },
      ],
    },
    {
      title: "Look",
      lines: [
        { keys: ["Space"], does: "held down: the volunteers' marks" },
        { keys: ["+", "−"], does: "zoom" },
        { keys: ["f"], does: "whole image" },
        { keys: ["?"], does: "this sheet" },
      ],
    },
  ];
}
