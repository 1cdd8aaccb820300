// A focusable, invisible handle for each line, so that lines can be reached by keyboard and found by
// their image; seen only while in focus. One of them takes part in the tab order, arrows move on.

import { element } from "../core/dom.ts";
import type { Store } from "../core/store.ts";

/** With more lines than this the pointer alone picks them. */
export const HANDLES = 600;

export class LineHandles {
  private readonly nodes = new Map<number, HTMLButtonElement>();
  private rows: number[] = [];
  private active = -1;

  constructor(
    private readonly store: Store,
    private readonly layer: HTMLElement,
  ) {
    layer.addEventListener("keydown", (event) => this.key(event));
    layer.addEventListener("focusin", (event) => {
      const target = event.target as HTMLElement;
      if (target.matches(":focus-visible")) store.hover(this.rowOf(target));
    });
    layer.addEventListener("focusout", () => store.hover(-1));
  }

  /** Image row of a handle, -1 for anything else. */
  rowOf(target: EventTarget | null): number {
    const id = (target as HTMLElement | null)?.dataset.imageId;
    return id === undefined ? -1 : this.store.images.row(id);
  }

  /** Puts a handle at (x, y(row)) for each row, or none at all when there are too many. */
  update(rows: number[], x: number, y: (row: number) => number): void {
    this.rows = rows.length <= HANDLES ? [...rows].sort((a, b) => y(a) - y(b) || a - b) : [];
    const stale = new Set(this.nodes.keys());
    for (const row of this.rows) {
      stale.delete(row);
      const node = this.nodes.get(row) ?? this.add(row);
      node.style.left = `${x}px`;
      node.style.top = `${y(row)}px`;
    }
    for (const row of stale) {
      this.nodes.get(row)!.remove();
      this.nodes.delete(row);
    }
    if (!this.nodes.has(this.active)) this.active = this.rows[0] ?? -1;
    this.mark();
  }

  mark(): void {
    const { selected } = this.store;
    const entry = this.nodes.has(selected) ? selected : this.active;
    for (const [row, node] of this.nodes) {
      node.tabIndex = row === entry ? 0 : -1;
      node.setAttribute("aria-pressed", String(row === selected));
    }
  }

  private add(row: number): HTMLButtonElement {
    const node = element("button", "cz-parallel-coordinates-handle");
    node.type = "button";
    node.dataset.imageId = this.store.images.ids[row];
    node.setAttribute("aria-label", this.store.images.names[row]);
    this.nodes.set(row, node);
    this.layer.append(node);
    return node;
  }

  private key(event: KeyboardEvent): void {
    const row = this.rowOf(event.target);
    if (row < 0) return;
    if (event.key === "Escape") {
      this.store.select(-1);
      return;
    }
    const at = this.rows.indexOf(row);
    const last = this.rows.length - 1;
    const to = {
      ArrowDown: Math.min(last, at + 1), ArrowRight: Math.min(last, at + 1),
      ArrowUp: Math.max(0, at - 1), ArrowLeft: Math.max(0, at - 1), Home: 0, End: last,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.active = this.rows[to];
    this.nodes.get(this.active)!.focus();
    this.mark();
  }
}
