// Decisions in words, and the decision that leaves a place as it is written.

import type { Verdict } from "./decisions.ts";
import type { MarkState } from "./state.ts";

/** What "as it stands" settles: what is written of the row now. */
export function standing(state: MarkState, row: number): Verdict {
  const exists = state.existsOf(row);
  const label = state.labelOf(row);
  return { exists, label: exists && label >= 0 ? label : null };
}

/** What a decision says: "cluster", "no instance", or that the class was not judged. */
export function verdictText({ exists, label }: Verdict, classes: string[]): string {
  if (!exists) return "no instance";
  if (label !== null) return classes[label] ?? `class ${label}`;
  return classes.length ? "exists, class as found" : "an instance";
}

/** What a row is now, after the decisions. */
export function currentText(state: MarkState, row: number): string {
  const { classes } = state.scene;
  const stands = standing(state, row);
  return stands.exists && stands.label === null && classes.length ? "no class" : verdictText(stands, classes);
}

/**
 * Settles the selected row and goes on; a row that is settled so already is not written twice.
 * False when nothing is selected.
 */
export function settleSelected(state: MarkState, verdict: Verdict): boolean {
  const row = state.selected;
  if (row < 0) return false;
  const held = state.decisionOf(row);
  if (held && held.exists === verdict.exists && held.label === verdict.label) state.next(1);
  else state.settle(row, verdict);
  return true;
}
