// A typed event source whose listeners end with an AbortSignal.

export class Emitter<Event extends string> {
  private readonly listeners = new Map<Event, Set<() => void>>();

  on(events: Event | Event[], callback: () => void, signal: AbortSignal): void {
    for (const event of Array.isArray(events) ? events : [events]) {
      const set = this.listeners.get(event) ?? new Set();
      set.add(callback);
      this.listeners.set(event, set);
      signal.addEventListener("abort", () => set.delete(callback), { once: true });
    }
  }

  emit(event: Event): void {
    for (const callback of [...(this.listeners.get(event) ?? [])]) callback();
  }
}
