// Zoom and pan of the graph. At rest it shows the whole frame; zoomed in, it never shows past its edge.

export interface View {
  /** Magnification, 1 and up */
  k: number;
  x: number;
  y: number;
}

export const WHOLE: View = { k: 1, x: 0, y: 0 };
const MOST = 24;

/** Magnifies by `factor` around a point on screen. */
export function zoomAt(view: View, factor: number, px: number, py: number, width: number, height: number): View {
  const k = Math.min(MOST, Math.max(1, view.k * factor));
  const ratio = k / view.k;
  return contain({ k, x: px - (px - view.x) * ratio, y: py - (py - view.y) * ratio }, width, height);
}

export function panBy(view: View, dx: number, dy: number, width: number, height: number): View {
  return contain({ k: view.k, x: view.x + dx, y: view.y + dy }, width, height);
}

/** Keeps the frame's edge at or beyond the panel's. */
function contain({ k, x, y }: View, width: number, height: number): View {
  return { k, x: Math.min(0, Math.max(width * (1 - k), x)), y: Math.min(0, Math.max(height * (1 - k), y)) };
}

/** The view a share of the way from one to another. */
export function between(from: View, to: View, share: number): View {
  const mix = (a: number, b: number) => a + (b - a) * share;
  return { k: mix(from.k, to.k), x: mix(from.x, to.x), y: mix(from.y, to.y) };
}
