// The sheet of all keys: opens by "?" or its button, closes by Escape, its button or a press beside it.

import { button, element } from "../core/dom.ts";
import { addStyles } from "../core/styles.ts";
import { keyLines, type KeyLine } from "./key_commands.ts";
import styles from "./help_sheet.css";

addStyles(styles);

export interface HelpSheet {
  toggle: () => void;
}

/**
 * Puts the closed sheet into the panel's root; `classes` gives the names that the digits stand for,
 * `home` is what has the focus once it is closed, `hint` stands below the keys.
 */
export function makeHelpSheet(
  root: HTMLElement,
  home: HTMLElement,
  classes: () => string[],
  hint: string,
  signal: AbortSignal,
): HelpSheet {
  const lines = element("div");
  const sheet = element("dialog", "cz-review-help", [
    element("div", "cz-review-help-page", [
      element("header", "", [
        element("h4", "", ["Keys"]),
        button("close", "cz-action", () => sheet.close()),
      ]),
      lines,
      hint ? element("p", "", [hint]) : null,
    ]),
  ]);
  sheet.setAttribute("aria-label", "Keys");
  // The dialog fills its own box: a press on the dialog itself lies beside what it holds.
  sheet.addEventListener("click", (event) => {
    if (event.target === sheet) sheet.close();
  });
  // Keys that settle particles must not reach the map below.
  sheet.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key === "?") sheet.close();
  });
  sheet.addEventListener("close", () => home.focus({ preventScroll: true }));
  root.append(sheet);
  signal.addEventListener("abort", () => sheet.remove(), { once: true });
  const open = () => {
    lines.replaceChildren(
      ...keyLines(classes()).map(({ title, lines: keys }) =>
        element("section", "", [element("h5", "", [title]), element("dl", "", keys.flatMap(row))]),
      ),
    );
    sheet.showModal();
  };
  return { toggle: () => (sheet.open ? sheet.close() : open()) };
}

function row({ keys, does }: KeyLine): HTMLElement[] {
  const caps = keys.map((key) => element("kbd", "cz-key", [key]));
  return [element("dt", "", caps), element("dd", "", [does])];
}
