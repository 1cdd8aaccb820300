// One chip that says how the vector store is, how neighbours are found, and how far a Weaviate server
// follows; a card with the details opens on hover, focus and press. While a kernel answers it is
// polled, more often while something is amiss; when none does, the chip says so and the page goes on.
// Reads no trait.

import { element } from "../core/dom.ts";
import { floatingHome } from "../core/help.ts";
import { markSelected, type ViewContext } from "../core/panel.ts";
import { addStyles, installStyles } from "../core/styles.ts";
import { followTheme } from "../core/theme.ts";
import styles from "./styles.css";
import { facts, mirrorPart, storePart, type Part } from "./words.ts";

addStyles(styles);

const POLL_MS = 30_000;
const POLL_WITH_SERVER_MS = 10_000;
const POLL_IN_TROUBLE_MS = 3_000;
/** The server that was looked at has answered by then, or is away. */
const AFTER_WAKING_MS = 2_500;
/** Time in ms that the card stays after the pointer has left. */
const LINGER = 120;
const GAP = 8;

export function mountStoreStatus({ store, el, signal }: ViewContext): void {
  const local = partNode();
  const server = partNode();
  // Read out when it changes; a button's own name is not.
  const spoken = element("span", "cz-status-spoken");
  spoken.setAttribute("role", "status");
  const chip = element("button", "cz-status", [local.node, server.node]);
  chip.type = "button";
  chip.dataset.crystalviz = "store-status";
  chip.setAttribute("aria-expanded", "false");
  el.append(chip, spoken);
  signal.addEventListener("abort", () => [chip, spoken].forEach((node) => node.remove()), { once: true });
  followTheme(el.closest<HTMLElement>(".cz-root") ?? el, () => undefined, signal);
  markSelected(chip, store, signal);
  let answering = true;

  const update = () => {
    const here = storePart(store.status, store.live, answering);
    const there = mirrorPart(store.status, store.live, answering);
    local.show(here);
    server.show(there);
    chip.dataset.state = here.look;
    if (there) chip.dataset.mirror = store.status!.mirror!.state;
    else delete chip.dataset.mirror;
    const words = [here.text, there?.text].filter(Boolean).join("; ");
    if (spoken.textContent !== words) spoken.textContent = words;
    card.update();
  };
  const card = detailsCard(
    chip,
    () => (store.status && "kind" in store.status ? facts(store.status, new Date()) : []),
    () => void poll(true),
    signal,
  );

  let timer = 0;
  const poll = async (wake = false) => {
    if (!store.live) return;
    clearTimeout(timer);
    const answered = await store.pollStatus(wake);
    if (signal.aborted) return;
    if (answered !== answering) {
      store.report(answered ? "the kernel answers again" : "the kernel does not answer; the page goes on without it");
    }
    answering = answered;
    update();
    wait(wake && store.status?.mirror ? AFTER_WAKING_MS : interval(store.status?.mirror?.state, answering));
  };
  const wait = (ms: number) => {
    clearTimeout(timer);
    timer = window.setTimeout(() => void poll(), ms);
  };
  if (store.live) {
    wait(interval(store.status?.mirror?.state, answering));
    signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
  }
  store.on("status", update, signal);
  update();
}

/** Time in ms until the next look, for what the last one found. */
export function interval(mirror: string | undefined, answering: boolean): number {
  if (mirror === undefined || !answering) return POLL_MS;
  return mirror === "in step" || mirror === "paused" ? POLL_WITH_SERVER_MS : POLL_IN_TROUBLE_MS;
}

function partNode(): { node: HTMLElement; show: (part: Part | null) => void } {
  const words = element("span", "cz-status-words");
  const node = element("span", "cz-status-part", [element("span", "cz-status-mark"), words]);
  const show = (part: Part | null) => {
    node.hidden = part === null;
    if (!part) return;
    node.dataset.look = part.look;
    words.textContent = part.text;
  };
  return { node, show };
}

/** The card below the chip; `read` gives its lines whenever it is drawn, `opened` hears of its opening. */
function detailsCard(
  chip: HTMLElement,
  read: () => [string, string][],
  opened: () => void,
  signal: AbortSignal,
): { update: () => void } {
  let card: HTMLElement | null = null;
  let closing = 0;
  let pinned = false;
  const close = () => {
    clearTimeout(closing);
    card?.remove();
    card = null;
    pinned = false;
    chip.setAttribute("aria-expanded", "false");
  };
  const closeSoon = () => {
    if (!pinned) closing = window.setTimeout(close, LINGER);
  };
  const update = () => {
    if (!card) return;
    card.replaceChildren(
      ...read().flatMap(([name, text]) => [element("dt", "", [name]), element("dd", "", [text])]),
    );
    place(card, chip.getBoundingClientRect());
  };
  const open = () => {
    clearTimeout(closing);
    if (card) return;
    if (!read().length) return;
    card = element("dl", "cz-root cz-bubble cz-status-card");
    card.dataset.theme = chip.closest<HTMLElement>(".cz-root")?.dataset.theme ?? "light";
    card.addEventListener("pointerenter", () => clearTimeout(closing));
    card.addEventListener("pointerleave", closeSoon);
    installStyles(chip);
    floatingHome(chip).append(card);
    chip.setAttribute("aria-expanded", "true");
    update();
    opened();
  };
  chip.addEventListener("pointerenter", open);
  chip.addEventListener("pointerleave", closeSoon);
  chip.addEventListener("focus", open);
  chip.addEventListener("blur", close);
  chip.addEventListener("click", () => {
    if (card && pinned) close();
    else {
      open();
      pinned = card !== null;
    }
  });
  chip.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
  });
  signal.addEventListener("abort", close, { once: true });
  return { update };
}

function place(card: HTMLElement, anchor: DOMRect): void {
  const { width, height } = card.getBoundingClientRect();
  const left = Math.min(Math.max(GAP, anchor.right - width), innerWidth - width - GAP);
  const below = anchor.bottom + GAP;
  card.style.left = `${Math.max(GAP, left)}px`;
  card.style.top = `${below + height <= innerHeight - GAP ? below : Math.max(GAP, anchor.top - height - GAP)}px`;
}
