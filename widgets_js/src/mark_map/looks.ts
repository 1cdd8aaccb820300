// How each row looks now, after decisions and filters; worked out once for each change of them.

import type { Glyph } from "./glyph.ts";
import type { MarkState } from "./state.ts";

/** Steps in which probabilities are told apart. */
const STEPS = 20;

export class Looks {
  /** A number for each look: rows with the same one look the same; -1 for what is not shown. */
  private numbers: Int32Array | null = null;
  private doubtful: Uint8Array | null = null;

  constructor(private readonly state: MarkState, signal: AbortSignal) {
    state.on(["decisions", "filter", "selected"], () => (this.numbers = null), signal);
    state.on("scene", () => (this.numbers = this.doubtful = null), signal);
  }

  /** The look of each row; -1 where it is not shown. */
  get all(): Int32Array {
    this.numbers ??= Int32Array.from({ length: this.state.scene.n }, (_, row) => (this.shown(row) ? this.number(row) : -1));
    return this.numbers;
  }

  glyph(row: number): Glyph {
    const { state } = this;
    const settled = state.isSettled(row);
    const tied = settled ? [] : state.scene.tied(row);
    // A tie that the rule leaves without a class wears the colours of those that lead.
    const given = state.labelOf(row);
    const label = given < 0 ? (tied[0] ?? -1) : given;
    const present = state.existsOf(row);
    return {
      label,
      other: tied.find((other) => other !== label) ?? -1,
      exists: settled ? Number(present) : Math.round(state.scene.pExists[row] * STEPS) / STEPS,
      present,
      doubtful: this.isDoubtful(row) && !settled,
      settled,
    };
  }

  /** Instances and what may be one; not what is known to be nothing, unless one has said so. */
  private shown(row: number): boolean {
    const { state } = this;
    if (row === state.selected) return true;
    if (!state.shows(row)) return false;
    return state.existsOf(row) || state.isSettled(row) || this.isDoubtful(row);
  }

  private number(row: number): number {
    const { label, other, exists, present, doubtful, settled } = this.glyph(row);
    const flags = Number(present) + 2 * Number(doubtful) + 4 * Number(settled);
    const classes = this.state.scene.classes.length + 1;
    return (((label + 1) * classes + other + 1) * (STEPS + 1) + Math.round(exists * STEPS)) * 8 + flags;
  }

  private isDoubtful(row: number): boolean {
    if (!this.doubtful) {
      this.doubtful = new Uint8Array(this.state.scene.n);
      for (const listed of this.state.scene.review) this.doubtful[listed] = 1;
    }
    return this.doubtful[row] === 1;
  }
}
