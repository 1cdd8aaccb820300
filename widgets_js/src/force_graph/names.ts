// Where a picture's name goes: below it, or wherever around it the fewest pictures are hidden,
// and always inside the frame.

export interface Place {
  /** Left and middle of the text, pixels */
  x: number;
  y: number;
}

export interface Disc {
  x: number;
  y: number;
  r: number;
}

const GAP = 4;
const EDGE = 4;

/** Best place for a text of the given size at a disc, among others that it should not hide. */
export function placeName(
  at: Disc,
  textWidth: number,
  textHeight: number,
  others: Disc[],
  width: number,
  height: number,
): Place {
  const h = textHeight / 2;
  const candidates: Place[] = [
    { x: at.x - textWidth / 2, y: at.y + at.r + GAP + h },
    { x: at.x - textWidth / 2, y: at.y - at.r - GAP - h },
    { x: at.x + at.r + GAP, y: at.y },
    { x: at.x - at.r - GAP - textWidth, y: at.y },
  ].map(({ x, y }) => ({
    x: Math.max(EDGE, Math.min(width - EDGE - textWidth, x)),
    y: Math.max(EDGE + h, Math.min(height - EDGE - h, y)),
  }));
  let best = candidates[0];
  let least = Infinity;
  for (const place of candidates) {
    // Clamping may have pushed the text over its own picture.
    let hidden = 2 * overlap(place, textWidth, h, at);
    for (const other of others) hidden += overlap(place, textWidth, h, other);
    if (hidden < least) [best, least] = [place, hidden];
  }
  return best;
}

/** How deep the disc reaches into the text's box, pixels. */
function overlap(place: Place, width: number, h: number, disc: Disc): number {
  const dx = Math.max(place.x - disc.x, 0, disc.x - place.x - width);
  const dy = Math.max(place.y - h - disc.y, 0, disc.y - place.y - h);
  return Math.max(0, disc.r - Math.hypot(dx, dy));
}
