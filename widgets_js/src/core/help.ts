// The "?" of a panel: opens on hover and on focus, closes on Escape, leaving or blur.

import { element } from "./dom.ts";
import { installStyles } from "./styles.ts";

/** Time in ms that the bubble stays after the pointer has left. */
const LINGER = 120;
const GAP = 8;

export function helpButton(text: string, signal: AbortSignal): HTMLButtonElement {
  const node = element("button", "cz-help", ["?"]);
  node.type = "button";
  node.setAttribute("aria-label", "help");
  node.setAttribute("aria-description", text);
  let bubble: HTMLElement | null = null;
  let closing = 0;
  const close = () => {
    bubble?.remove();
    bubble = null;
  };
  const closeSoon = () => {
    closing = window.setTimeout(close, LINGER);
  };
  const open = () => {
    clearTimeout(closing);
    if (bubble) return;
    bubble = element("div", "cz-root cz-bubble", [text]);
    bubble.setAttribute("role", "tooltip");
    bubble.dataset.theme = node.closest<HTMLElement>(".cz-root")?.dataset.theme ?? "light";
    bubble.addEventListener("pointerenter", () => clearTimeout(closing));
    bubble.addEventListener("pointerleave", closeSoon);
    installStyles(node);
    floatingHome(node).append(bubble);
    placeAbove(bubble, node.getBoundingClientRect());
  };
  node.addEventListener("pointerenter", open);
  node.addEventListener("focus", open);
  node.addEventListener("pointerleave", closeSoon);
  node.addEventListener("blur", close);
  node.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
  });
  signal.addEventListener("abort", close, { once: true });
  return node;
}

/** Where floating elements live: outside every panel, so that nothing clips them. */
export function floatingHome(near: Element): HTMLElement | ShadowRoot {
  const root = near.getRootNode();
  return root instanceof ShadowRoot ? root : document.body;
}

function placeAbove(bubble: HTMLElement, anchor: DOMRect): void {
  const { width, height } = bubble.getBoundingClientRect();
  const left = Math.min(Math.max(GAP, anchor.left + anchor.width / 2 - width / 2), innerWidth - width - GAP);
  const above = anchor.top - height - GAP;
  bubble.style.left = `${left}px`;
  bubble.style.top = `${above >= GAP ? above : anchor.bottom + GAP}px`;
}
