// The list of doubtful instances. Only the rows in view are in the page, however many there are.

import { element, onceAFrame } from "../core/dom.ts";
import type { Theme } from "../core/theme.ts";
import { classChips, shareBar } from "./class_chips.ts";
import { type CropSource, drawCrop } from "./crops.ts";
import { currentText } from "./verdicts.ts";
import { percent, placeOf, whyDoubtful } from "./why.ts";

/** Height of a row and side of its crop, CSS pixels. */
const ROW = 60;
const CROP = 46;
/** Rows kept in the page beyond each edge, and rows that stay in sight before the selected one. */
const OVERSCAN = 3;
const BEFORE = 1;

let lists = 0;

export class ReviewList {
  readonly node = element("div", "cz-review-list");
  private readonly inner = element("div", "cz-review-rows");
  private readonly empty = element("p", "cz-review-empty");
  private readonly items = new Map<number, Item>();
  private readonly spare: Item[] = [];
  private readonly id = `cz-review-${++lists}`;
  private readonly state: CropSource["state"];
  private height = 0;

  constructor(
    private readonly source: CropSource,
    private readonly theme: () => Theme,
    signal: AbortSignal,
  ) {
    const { state, pyramid } = source;
    this.state = state;
    this.node.append(this.inner, this.empty);
    this.inner.setAttribute("role", "listbox");
    this.inner.setAttribute("aria-label", "Doubtful instances");
    this.inner.tabIndex = 0;
    // Settling is a decision and a selection at once; the list is laid out once for both.
    let follow = false;
    const render = onceAFrame(() => {
      if (follow) this.reveal();
      follow = false;
      this.render();
    }, signal);
    const renderSelected = () => {
      follow = true;
      render();
    };
    this.node.addEventListener("scroll", render, { passive: true });
    this.inner.addEventListener("click", (event) => {
      const row = this.rowOf(event.target);
      if (row >= 0) state.select(row);
    });
    this.inner.addEventListener("pointermove", (event) => state.hover(this.rowOf(event.target)));
    this.inner.addEventListener("pointerleave", () => state.hover(-1));
    const observer = new ResizeObserver(() => {
      this.height = this.node.clientHeight;
      renderSelected();
    });
    observer.observe(this.node);
    signal.addEventListener("abort", () => observer.disconnect(), { once: true });
    state.on("filter", () => this.rebuild(), signal);
    state.on("scene", () => this.rebuild(true), signal);
    state.on("selected", renderSelected, signal);
    state.on("decisions", render, signal);
    const redraw = onceAFrame(() => this.redraw(), signal);
    state.on("stage", redraw, signal);
    pyramid.on(["loaded", "failed"], redraw, signal);
    this.rebuild();
  }

  /** Draws the crops anew, after pictures have come or the theme has changed. */
  redraw(): void {
    for (const item of this.items.values()) item.draw(this.source, this.theme());
  }

  private rebuild(anew = false): void {
    const { queue, scene } = this.state;
    if (anew) for (const row of [...this.items.keys()]) this.drop(row);
    this.inner.style.height = `${queue.length * ROW}px`;
    this.inner.hidden = queue.length === 0;
    this.empty.hidden = queue.length > 0;
    this.empty.textContent = scene.review.length ? "None of the doubtful ones is of this kind." : "Nothing is doubtful here.";
    this.reveal();
    this.render();
  }

  private render(): void {
    const { queue, selected } = this.state;
    const { scrollTop } = this.node;
    const first = Math.max(0, Math.floor(scrollTop / ROW) - OVERSCAN);
    const last = Math.min(queue.length, Math.ceil((scrollTop + this.height) / ROW) + OVERSCAN);
    const wanted = new Set(queue.subarray(first, last));
    for (const row of [...this.items.keys()]) if (!wanted.has(row)) this.drop(row);
    let next = this.inner.firstElementChild;
    for (let at = first; at < last; at++) {
      const row = queue[at];
      let item = this.items.get(row);
      if (!item) {
        item = this.spare.pop() ?? new Item();
        this.items.set(row, item);
        item.show(this.source, row, this.theme());
        item.node.id = `${this.id}-${row}`;
      }
      item.node.style.top = `${at * ROW}px`;
      item.node.setAttribute("aria-posinset", String(at + 1));
      item.node.setAttribute("aria-setsize", String(queue.length));
      item.node.setAttribute("aria-selected", String(row === selected));
      item.mark(this.state);
      // Kept in reading order.
      if (item.node === next) next = next.nextElementSibling;
      else this.inner.insertBefore(item.node, next);
    }
    if (this.items.has(selected)) this.inner.setAttribute("aria-activedescendant", `${this.id}-${selected}`);
    else this.inner.removeAttribute("aria-activedescendant");
  }

  private drop(row: number): void {
    const item = this.items.get(row)!;
    this.items.delete(row);
    item.node.remove();
    this.spare.push(item);
  }

  /** Scrolls as little as needed to see the selected row, the one before it and what comes next. */
  private reveal(): void {
    const at = this.state.queue.indexOf(this.state.selected);
    const { scrollTop } = this.node;
    if (at < 0 || this.height === 0) return;
    const top = Math.max(0, (at - BEFORE) * ROW);
    const bottom = (at + 1 + BEFORE) * ROW;
    if (top < scrollTop || bottom > scrollTop + this.height) this.node.scrollTop = top;
  }

  private rowOf(target: EventTarget | null): number {
    const node = (target as Element | null)?.closest<HTMLElement>("[data-instance-id]");
    return node ? this.state.scene.row(node.dataset.instanceId!) : -1;
  }
}

/** One row of the list: crop, class, why it is doubtful, and how the probabilities are shared. */
class Item {
  readonly node = element("div", "cz-review-row");
  private readonly canvas = element("canvas", "cz-review-crop");
  private readonly chips = element("span", "cz-review-chips");
  private readonly name = element("span", "cz-review-name");
  private readonly exists = element("span", "cz-review-exists");
  private readonly why = element("span", "cz-review-why");
  private readonly share = element("span", "cz-review-share");
  private row = -1;

  constructor() {
    this.canvas.setAttribute("aria-hidden", "true");
    this.node.setAttribute("role", "option");
    this.node.append(
      this.canvas,
      element("span", "cz-review-words", [
        element("span", "cz-review-line", [this.chips, this.name, this.exists]),
        this.why,
        this.share,
      ]),
    );
  }

  show(source: CropSource, row: number, theme: Theme): void {
    const { scene } = source.state;
    this.row = row;
    this.node.dataset.instanceId = scene.ids[row];
    this.why.textContent = whyDoubtful(placeOf(scene, row), scene.classes, scene.minProbability);
    this.why.title = this.why.textContent;
    this.share.replaceChildren(shareBar(source.state, row));
    this.draw(source, theme);
  }

  draw(source: CropSource, theme: Theme): void {
    drawCrop(this.canvas, source, this.row, CROP, theme);
  }

  /** What the decisions change. */
  mark(state: CropSource["state"]): void {
    const settled = state.isSettled(this.row);
    const text = currentText(state, this.row);
    const exists = percent(state.scene.pExists[this.row]);
    this.exists.textContent = settled ? "✓" : `exists ${exists}`;
    this.exists.title = settled ? "settled" : "";
    this.node.classList.toggle("cz-settled", settled);
    this.chips.replaceChildren(...classChips(state, this.row));
    this.name.textContent = text;
    const words = [text, settled ? "settled" : this.why.textContent, `exists ${exists}`];
    this.node.setAttribute("aria-label", words.join(", "));
  }
}
