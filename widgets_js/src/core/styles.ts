// The style sheets of the core and of each view, collected as the modules load.

import core from "./styles.css";

const sheets = [core];
const STYLE_ID = "crystalviz-styles";

/** Adds a view's own style sheet; call it once, at the top of the view's module. */
export function addStyles(text: string): void {
  sheets.push(text);
}

/** Puts the style sheets where the element lives: the document, or a host's shadow root. */
export function installStyles(element: Element): void {
  const root = element.getRootNode();
  const home = root instanceof ShadowRoot ? root : document.head;
  if (home.querySelector(`#${STYLE_ID}`)) return;
  const style = document.createElement("style");
  style.id = STYLE_ID;
  style.textContent = sheets.join("\n");
  home.append(style);
}
