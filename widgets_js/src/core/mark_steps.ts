// Where an arrow key leads among marks that lie anywhere in a plane.

export interface Place {
  x: number;
  y: number;
}

const DIRECTIONS: Record<string, [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};
/** Pixels aside weigh this much more than pixels ahead. */
const ASIDE = 2;

/** The next place in an arrow's direction, near and straight ahead first; -1 for none or other keys. */
export function step(places: Place[], from: Place, key: string): number {
  const direction = DIRECTIONS[key] as [number, number] | undefined;
  if (!direction) return -1;
  let best = -1;
  let least = Infinity;
  places.forEach((place, i) => {
    const [dx, dy] = [place.x - from.x, place.y - from.y];
    const ahead = dx * direction[0] + dy * direction[1];
    const aside = Math.abs(dx * direction[1] + dy * direction[0]);
    const cost = ahead + ASIDE * aside;
    if (ahead > 0 && cost < least) [best, least] = [i, cost];
  });
  return best;
}
