// What a view needs of a widget model, whoever provides it: Jupyter, Voilà or the offline page.

export interface Model {
  get(name: string): unknown;
  set(name: string, value: unknown): void;
  save_changes(): void;
  on(event: string, callback: () => void): void;
  off(event: string, callback: () => void): void;
}

/** Calls a named command of the Python twin; absent when there is no kernel. */
export type Invoke = (
  name: string,
  message: unknown,
  options?: { signal?: AbortSignal },
) => Promise<[unknown, DataView[]]>;

/** A model that lives in the page alone: panels inside the Explorer, and the offline file. */
export class LocalModel implements Model {
  private readonly values: Map<string, unknown>;
  private readonly listeners = new Map<string, Set<() => void>>();

  constructor(values: Record<string, unknown> = {}) {
    this.values = new Map(Object.entries(values));
  }

  get(name: string): unknown {
    return this.values.get(name);
  }

  set(name: string, value: unknown): void {
    if (this.values.get(name) === value) return;
    this.values.set(name, value);
    for (const callback of this.listeners.get(`change:${name}`) ?? []) callback();
  }

  save_changes(): void {
    // Nobody else holds this state, so there is nothing to send.
  }

  on(event: string, callback: () => void): void {
    const set = this.listeners.get(event) ?? new Set();
    set.add(callback);
    this.listeners.set(event, set);
  }

  off(event: string, callback: () => void): void {
    this.listeners.get(event)?.delete(callback);
  }
}

/** Listens to a trait until the signal aborts. */
export function onChange(
  model: Model,
  trait: string,
  callback: () => void,
  signal: AbortSignal,
): void {
  const event = `change:${trait}`;
  model.on(event, callback);
  signal.addEventListener("abort", () => model.off(event, callback), { once: true });
}
