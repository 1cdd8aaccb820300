// One chip that says how the vector store is and how neighbours are found. While a kernel answers it
// is polled; when none does, the chip says so and the page goes on. Reads no trait.

import { element } from "../core/dom.ts";
import { plural } from "../core/format.ts";
import { markSelected, type ViewContext } from "../core/panel.ts";
import { addStyles } from "../core/styles.ts";
import { followTheme } from "../core/theme.ts";
import styles from "./styles.css";

addStyles(styles);

const POLL_EVERY_MS = 30_000;

export function mountStoreStatus({ store, el, signal }: ViewContext): void {
  const dot = element("span", "cz-status-dot");
  const words = element("span", "cz-status-words");
  const chip = element("div", "cz-status", [dot, words]);
  chip.dataset.crystalviz = "store-status";
  chip.setAttribute("role", "status");
  el.append(chip);
  signal.addEventListener("abort", () => chip.remove(), { once: true });
  followTheme(el.closest<HTMLElement>(".cz-root") ?? el, () => undefined, signal);
  markSelected(chip, store, signal);
  let answering = true;

  const update = () => {
    const status = store.status;
    const [state, text] = describe(status, store.live, answering);
    chip.dataset.state = state;
    words.textContent = text;
    chip.title = status ? `${plural(status.objects, "object")}, crystalviz ${status.version}. ${status.detail}` : text;
  };
  const poll = async () => {
    const answered = await store.pollStatus();
    if (signal.aborted) return;
    if (answered !== answering) {
      store.report(answered ? "the kernel answers again" : "the kernel does not answer; the page goes on without it");
    }
    answering = answered;
    update();
  };
  if (store.live) {
    const timer = setInterval(() => void poll(), POLL_EVERY_MS);
    signal.addEventListener("abort", () => clearInterval(timer), { once: true });
  }
  store.on("status", update, signal);
  update();
}

type State = "good" | "quiet" | "bad";

function describe(
  status: { kind: string; connected: boolean; search: string } | null,
  live: boolean,
  answering: boolean,
): [State, string] {
  if (!status || !("kind" in status)) return ["quiet", "no store"];
  const found = `${status.search} neighbours`;
  if (!live) return ["quiet", `offline page · ${found}`];
  if (!answering) return ["bad", `kernel does not answer · ${found}`];
  if (!status.connected) return ["bad", `${status.kind} store is away · ${found}`];
  return ["good", `${status.kind} store · ${found}`];
}
