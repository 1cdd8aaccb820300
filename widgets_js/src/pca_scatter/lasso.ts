// The lasso: a free-form outline drawn with the pointer, and the points inside it.

import type { Point } from "./hull.ts";

/** Rows whose points lie inside the outline (even-odd rule); NaN lies nowhere. */
export function rowsInside(outline: Point[], x: ArrayLike<number>, y: ArrayLike<number>): number[] {
  if (outline.length < 3) return [];
  const xs = outline.map((point) => point[0]);
  const ys = outline.map((point) => point[1]);
  const [left, right] = [Math.min(...xs), Math.max(...xs)];
  const [top, bottom] = [Math.min(...ys), Math.max(...ys)];
  const rows: number[] = [];
  for (let row = 0; row < x.length; row++) {
    if (x[row] < left || x[row] > right || y[row] < top || y[row] > bottom) continue;
    if (inside(xs, ys, x[row], y[row])) rows.push(row);
  }
  return rows;
}

function inside(xs: number[], ys: number[], x: number, y: number): boolean {
  let within = false;
  for (let i = 0, j = xs.length - 1; i < xs.length; j = i++) {
    if (ys[i] > y !== ys[j] > y && x < ((xs[j] - xs[i]) * (y - ys[i])) / (ys[j] - ys[i]) + xs[i]) within = !within;
  }
  return within;
}

export interface LassoHost {
  surface: HTMLElement;
  /** Whether a plain drag draws (else only one with shift) */
  armed: () => boolean;
  /** Tells that a drag is under way, so that its end is not a click */
  suspend: (on: boolean) => void;
  /** The outline so far, in pixels of the surface */
  drawn: (outline: Point[]) => void;
  /** The finished outline; empty when it was a mere click */
  closed: (outline: Point[]) => void;
}

/** Pixels between recorded points. */
const STEP = 3;

export function attachLasso(host: LassoHost, signal: AbortSignal): void {
  const { surface } = host;
  let outline: Point[] | null = null;
  const at = (event: PointerEvent): Point => {
    const box = surface.getBoundingClientRect();
    return [
      Math.min(box.width, Math.max(0, event.clientX - box.left)),
      Math.min(box.height, Math.max(0, event.clientY - box.top)),
    ];
  };
  surface.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || !(host.armed() || event.shiftKey)) return;
    outline = [at(event)];
    surface.setPointerCapture(event.pointerId);
    // A drag would otherwise select the page's text.
    event.preventDefault();
  }, { signal });
  surface.addEventListener("pointermove", (event) => {
    if (!outline) return;
    const point = at(event);
    const last = outline[outline.length - 1];
    if (Math.hypot(point[0] - last[0], point[1] - last[1]) < STEP) return;
    if (outline.length === 1) host.suspend(true);
    outline.push(point);
    host.drawn(outline);
  }, { signal });
  const finish = (keep: boolean) => {
    if (!outline) return;
    const drawn = outline;
    outline = null;
    if (drawn.length > 1) {
      host.closed(keep ? drawn : []);
      // The click that ends the drag comes after this event.
      setTimeout(() => host.suspend(false));
    }
  };
  surface.addEventListener("pointerup", () => finish(true), { signal });
  surface.addEventListener("pointercancel", () => finish(false), { signal });
}
