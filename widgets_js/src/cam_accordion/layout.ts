// Where the slices of the accordion lie. Slices share the strip's width; open ones are wider and their
// neighbours yield. Where even the narrowest slices do not fit, the strip scrolls. CSS pixels.

/** Hairline between slices */
export const GAP = 1;
/** A slice at rest is never narrower than this. */
export const NARROWEST = 22;
/** Neighbours of an open slice may yield down to this before the open one gives way itself. */
const SQUEEZED = 6;
/** An open slice takes at most this part of the strip. */
const OPEN_SHARE = 0.9;

export interface Strip {
  count: number;
  /** Width of a closed slice */
  closed: number;
  /** Widths of the open slices by index, in ascending order of index */
  open: Map<number, number>;
  /** Width of everything */
  length: number;
}

/**
 * Lays out `count` slices in `width` pixels.
 *
 * `wishes` holds, for each open slice, the width at which its whole picture is seen.
 */
export function layoutStrip(count: number, width: number, wishes: Map<number, number>): Strip {
  const gaps = Math.max(0, count - 1) * GAP;
  const rest = count ? (width - gaps) / count : 0;
  const scrolls = rest < NARROWEST;
  const indices = [...wishes.keys()].filter((i) => i >= 0 && i < count).sort((a, b) => a - b);
  // Opening never makes a slice smaller than it is at rest.
  const open = new Map(indices.map((i) => [i, Math.max(rest, Math.min(wishes.get(i)!, OPEN_SHARE * width))]));
  const others = count - open.size;
  const taken = sum(open);
  if (scrolls) {
    return { count, closed: NARROWEST, open, length: others * NARROWEST + taken + gaps };
  }
  const room = width - gaps - taken;
  if (others > 0 && room >= others * SQUEEZED) return { count, closed: room / others, open, length: width };
  // All are open, or the open ones would leave the others nothing: scale them to what there is.
  const scale = taken > 0 ? (width - gaps - others * SQUEEZED) / taken : 1;
  const scaled = new Map([...open].map(([i, w]) => [i, w * scale]));
  return { count, closed: others > 0 ? SQUEEZED : rest, open: scaled, length: width };
}

function sum(widths: Map<number, number>): number {
  let total = 0;
  for (const width of widths.values()) total += width;
  return total;
}

/** Left edge and width of a slice. */
export function sliceAt(strip: Strip, index: number): { x: number; width: number } {
  let x = index * (strip.closed + GAP);
  for (const [i, width] of strip.open) if (i < index) x += width - strip.closed;
  return { x, width: strip.open.get(index) ?? strip.closed };
}

/** Index of the slice at a place along the strip; places outside give the first or the last. */
export function indexAt(strip: Strip, x: number): number {
  const pitch = strip.closed + GAP;
  let shift = 0;
  for (const [i, width] of strip.open) {
    const start = i * pitch + shift;
    if (x < start) break;
    if (x < start + width + GAP) return i;
    shift += width - strip.closed;
  }
  return Math.max(0, Math.min(strip.count - 1, Math.floor((x - shift) / pitch)));
}

export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

/**
 * Where the whole picture lies behind a slice: filling it, with `position` (0 to 1) choosing the part
 * that shows through; or, in an open slice, whole and in the middle.
 */
export function pictureBox(width: number, height: number, aspect: number, position: number, open: boolean): Box {
  const wide = aspect * height;
  const scale = open ? Math.min(1, width / wide) : Math.max(1, width / wide);
  const [w, h] = [wide * scale, height * scale];
  return { left: (width - w) * (open ? 0.5 : position), top: (height - h) / 2, width: w, height: h };
}
