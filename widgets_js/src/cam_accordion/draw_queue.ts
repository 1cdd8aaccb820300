// Draws slices a few a frame, so that a strip full of new CAMs never holds up the page.

/** Time in ms that drawing may take of one frame. */
const BUDGET = 10;

export interface Drawable {
  draw(): void;
}

export class DrawQueue<Item extends Drawable> {
  private readonly waiting = new Set<Item>();
  private frame = 0;

  constructor(signal: AbortSignal) {
    signal.addEventListener("abort", () => {
      cancelAnimationFrame(this.frame);
      this.waiting.clear();
    }, { once: true });
  }

  /** Asks for a drawing; asking twice before it is done is asking once. */
  add(item: Item): void {
    this.waiting.add(item);
    this.frame ||= requestAnimationFrame(() => this.step());
  }

  /** Forgets an item that left the page. */
  drop(item: Item): void {
    this.waiting.delete(item);
  }

  private step(): void {
    this.frame = 0;
    const deadline = performance.now() + BUDGET;
    for (const item of this.waiting) {
      this.waiting.delete(item);
      item.draw();
      if (performance.now() > deadline) break;
    }
    if (this.waiting.size) this.frame = requestAnimationFrame(() => this.step());
  }
}
