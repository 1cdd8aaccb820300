// Soft hulls: the convex hull of a group's points, widened by a round margin.

import { polygonHull } from "d3-polygon";

export type Point = [number, number];

/**
 * Corners of the convex hull of the rows' points in data units, counterclockwise as d3 gives them.
 * Points on one line give its two ends, points in one place that place; fewer than three rows give
 * nothing, because a hull around two points would say more than the data do.
 */
export function groupHull(rows: number[], x: ArrayLike<number>, y: ArrayLike<number>): Point[] {
  if (rows.length < 3) return [];
  const points = rows.map((row): Point => [x[row], y[row]]);
  const hull = polygonHull(points);
  if (hull && Math.abs(doubleArea(hull)) > 0) return hull;
  let first = points[0];
  let last = points[0];
  for (const point of points) {
    if (before(point, first)) first = point;
    if (before(last, point)) last = point;
  }
  return first[0] === last[0] && first[1] === last[1] ? [first] : [first, last];
}

function before(a: Point, b: Point): boolean {
  return a[0] < b[0] || (a[0] === b[0] && a[1] < b[1]);
}

function doubleArea(polygon: Point[]): number {
  let area = 0;
  polygon.forEach(([x, y], i) => {
    const [nx, ny] = polygon[(i + 1) % polygon.length];
    area += x * ny - nx * y;
  });
  return area;
}

/** Adds the outline of all points within `margin` of the convex polygon (pixels) to the path. */
export function traceRounded(
  context: Pick<CanvasRenderingContext2D, "moveTo" | "arc" | "closePath">,
  polygon: Point[],
  margin: number,
): void {
  if (polygon.length === 0) return;
  // Clockwise on screen (y down), so that each corner's arc turns the way the outline runs.
  const corners = doubleArea(polygon) < 0 ? [...polygon].reverse() : polygon;
  const n = corners.length;
  if (n === 1) {
    context.moveTo(corners[0][0] + margin, corners[0][1]);
    context.arc(corners[0][0], corners[0][1], margin, 0, 2 * Math.PI);
    return;
  }
  corners.forEach((corner, i) => {
    const from = outwardAngle(corners[(i + n - 1) % n], corner);
    const to = outwardAngle(corner, corners[(i + 1) % n]);
    if (i === 0) context.moveTo(corner[0] + margin * Math.cos(from), corner[1] + margin * Math.sin(from));
    context.arc(corner[0], corner[1], margin, from, to);
  });
  context.closePath();
}

/** Direction that points away from the polygon across its edge a to b. */
function outwardAngle(a: Point, b: Point): number {
  return Math.atan2(b[1] - a[1], b[0] - a[0]) - Math.PI / 2;
}
