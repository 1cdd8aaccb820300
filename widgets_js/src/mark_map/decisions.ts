// What the expert has settled: a log in order, the last word on an instance counts.
// The log itself is the synced trait `settled`; what was undone lives in the page alone.

export interface Verdict {
  /** Whether there is an instance */
  exists: boolean;
  /** Its class number, null to leave the class as it is found */
  label: number | null;
}

/** One entry of `settled`. */
export interface Decision extends Verdict {
  instance: string;
}

export class Decisions {
  private entries: Decision[] = [];
  private undone: Decision[] = [];
  private last = new Map<string, Decision>();

  /** Every decision in order; not to be changed. */
  get log(): readonly Decision[] {
    return this.entries;
  }

  /** Number of instances that are settled. */
  get size(): number {
    return this.last.size;
  }

  get canUndo(): boolean {
    return this.entries.length > 0;
  }

  get canRedo(): boolean {
    return this.undone.length > 0;
  }

  /** The last decision on an instance. */
  of(instance: string): Decision | undefined {
    return this.last.get(instance);
  }

  add(decision: Decision): void {
    this.entries = [...this.entries, decision];
    this.undone = [];
    this.last.set(decision.instance, decision);
  }

  /** Takes the last decision back and returns it. */
  undo(): Decision | undefined {
    const decision = this.entries.at(-1);
    if (!decision) return undefined;
    this.entries = this.entries.slice(0, -1);
    this.undone.push(decision);
    this.index();
    return decision;
  }

  /** Makes the decision again that was undone last, and returns it. */
  redo(): Decision | undefined {
    const decision = this.undone.pop();
    if (!decision) return undefined;
    this.entries = [...this.entries, decision];
    this.last.set(decision.instance, decision);
    return decision;
  }

  /** Takes over a log from outside; nothing can be redone on another's log. */
  replace(log: readonly Decision[]): void {
    this.entries = [...log];
    this.undone = [];
    this.index();
  }

  private index(): void {
    this.last = new Map(this.entries.map((decision) => [decision.instance, decision]));
  }
}
