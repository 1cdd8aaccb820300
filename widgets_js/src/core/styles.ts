// The style sheets of the core and of each view, collected as the modules load.

import core from "./styles.css";

const sheets = [core];
/** Adds a view's own style sheet; call it once, at the top of the view's module. */
export function addStyles(text: string): void {
  sheets.push(text);
}

/**
 * Puts the style sheets where the element lives: the document, or a host's shadow root. Each goes in
 * once, however many bundles of the page bring it.
 */
export function installStyles(element: Element): void {
  const root = element.getRootNode();
  const home = root instanceof ShadowRoot ? root : document.head;
  for (const sheet of sheets) {
    const id = `crystalviz-styles-${fingerprint(sheet)}`;
    if (home.querySelector(`#${id}`)) continue;
    const style = document.createElement("style");
    style.id = id;
    style.textContent = sheet;
    home.append(style);
  }
}

/** FNV-1a of the text, 32 bits as hexadecimal digits. */
function fingerprint(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(16);
}
