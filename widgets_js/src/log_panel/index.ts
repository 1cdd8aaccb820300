// What happened in this page: loads, selections, fallbacks and errors; the newest 30 entries.
// Reads and writes the trait `expanded`.

import { element } from "../core/dom.ts";
import { plural } from "../core/format.ts";
import { onChange } from "../core/model.ts";
import { Panel, type ViewContext } from "../core/panel.ts";
import { addStyles } from "../core/styles.ts";
import styles from "./styles.css";

addStyles(styles);

const SHOWN = 30;

export function mountLogPanel(context: ViewContext): void {
  const { store, model, signal } = context;
  const panel = new Panel(context, {
    name: "log-panel",
    title: "Log",
    help: "The last 30 things that happened, numbered since the page was opened. Errors say what to do.",
  });
  const list = element("ol", "cz-log");
  list.setAttribute("aria-live", "polite");
  panel.body.append(list);
  const toggle = panel.addAction("", "Show or hide the log", () => {
    model.set("expanded", !model.get("expanded"));
    model.save_changes();
  });

  const update = () => {
    const expanded = Boolean(model.get("expanded"));
    toggle.textContent = expanded ? "hide" : "show";
    toggle.setAttribute("aria-expanded", String(expanded));
    panel.root.classList.toggle("cz-log-closed", !expanded);
    const errors = store.log.filter((entry) => entry.level === "error").length;
    const last = store.log.at(-1);
    const counts = errors ? `${plural(errors, "error")} · ` : "";
    panel.setFact(expanded || !last ? `${counts}last ${SHOWN} entries` : `${counts}${last.message}`);
    if (!expanded) return;
    const entries = store.log.slice(-SHOWN);
    list.replaceChildren(
      ...entries.map(({ number, time, message, level }) =>
        element("li", `cz-log-entry cz-log-${level}`, [
          element("span", "cz-log-number", [`${number}.`]),
          element("time", "cz-log-time", [time]),
          element("span", "", [message]),
        ]),
      ),
    );
    panel.say(entries.length ? null : "No messages yet");
    panel.body.scrollTop = panel.body.scrollHeight;
  };
  onChange(model, "expanded", update, signal);
  store.on("log", update, signal);
  update();
}
