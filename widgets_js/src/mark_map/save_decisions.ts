// The decisions as a CSV file with the columns of `MarkMap.decisions`, which `fit(gold=...)` takes.

import { element } from "../core/dom.ts";
import type { MarkState } from "./state.ts";

const COLUMNS = ["image_id", "x", "y", "exists", "label", "instance_id"];
/** Places are known to a thousandth of a pixel, far below any jitter. */
const DIGITS = 3;

/** One line an instance, the last decision on it, in the order in which instances were first settled. */
export function decisionsCsv(state: MarkState): string {
  const { scene, decisions } = state;
  const instances = [...new Set(decisions.log.map(({ instance }) => instance))];
  const lines = [COLUMNS.join(",")];
  for (const instance of instances) {
    const row = scene.row(instance);
    // A decision from before another consensus was fitted may name a place that is no more.
    if (row < 0) continue;
    const { exists, label } = decisions.of(instance)!;
    const cells = [
      scene.images[scene.image[row]],
      coordinate(scene.x[row]),
      coordinate(scene.y[row]),
      exists ? "True" : "False",
      label === null ? "" : scene.classes[label],
      instance,
    ];
    lines.push(cells.map(quoted).join(","));
  }
  // Lines end as RFC 4180 has them.
  return `${lines.join("\r\n")}\r\n`;
}

export function decisionsFileName(title: string): string {
  const stem = title.replace(/[^\p{L}\p{N}._-]+/gu, "_").replace(/^[_.]+|_+$/g, "");
  return `${stem || "marks"}_decisions.csv`;
}

/** Hands the file to the browser's downloads; works without a kernel and without a network. */
export function downloadDecisions(state: MarkState): string {
  const name = decisionsFileName(state.scene.title);
  const link = element("a");
  link.href = URL.createObjectURL(new Blob([decisionsCsv(state)], { type: "text/csv;charset=utf-8" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  return name;
}

function coordinate(value: number): string {
  return String(Number(value.toFixed(DIGITS)));
}

function quoted(cell: string): string {
  return /[",\r\n]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
