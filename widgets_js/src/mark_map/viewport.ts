// Where an image lies on the stage: magnification and shift, kept so that it cannot be lost.
// Pure functions; "screen" is CSS pixels of the stage, "image" is pixels of the image.

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Size {
  width: number;
  height: number;
}

/** screen = k * image + (x, y) */
export interface Camera {
  /** CSS pixels a pixel of the image */
  k: number;
  x: number;
  y: number;
}

/** Pixels of the image may become this large. */
const MOST = 40;
/** Screen pixels of ground that may show beyond the image's edge while it is larger than the stage. */
const SLACK = 48;

/** The whole extent, in the middle of the stage. */
export function whole(extent: Box, stage: Size): Camera {
  return contain({ k: 0, x: 0, y: 0 }, extent, stage);
}

/** Magnifies by `factor` around a point on screen. */
export function zoomAt(camera: Camera, factor: number, px: number, py: number, extent: Box, stage: Size): Camera {
  const k = limited(camera.k * factor, extent, stage);
  const ratio = k / camera.k;
  return contain({ k, x: px - (px - camera.x) * ratio, y: py - (py - camera.y) * ratio }, extent, stage);
}

export function panBy(camera: Camera, dx: number, dy: number, extent: Box, stage: Size): Camera {
  return contain({ k: camera.k, x: camera.x + dx, y: camera.y + dy }, extent, stage);
}

/** Puts a point of the image into the middle of the stage. */
export function centred(k: number, x: number, y: number, extent: Box, stage: Size): Camera {
  const allowed = limited(k, extent, stage);
  return contain({ k: allowed, x: stage.width / 2 - allowed * x, y: stage.height / 2 - allowed * y }, extent, stage);
}

/** The same middle and magnification on a stage of another size. */
export function resized(camera: Camera, from: Size, to: Size, extent: Box): Camera {
  if (atRest(camera, extent, from)) return whole(extent, to);
  const { k } = camera;
  return centred(k, (from.width / 2 - camera.x) / k, (from.height / 2 - camera.y) / k, extent, to);
}

/** Whether the whole extent is on the stage, as large as it can be. */
export function atRest(camera: Camera, extent: Box, stage: Size): boolean {
  return camera.k <= least(extent, stage) * 1.0001;
}

/** Keeps magnification and place so that the stage is always full of image, or the image whole. */
export function contain(camera: Camera, extent: Box, stage: Size): Camera {
  const k = limited(camera.k, extent, stage);
  return {
    k,
    x: along(camera.x, k * extent.x, k * extent.width, stage.width),
    y: along(camera.y, k * extent.y, k * extent.height, stage.height),
  };
}

/** The part of the image that the stage shows; it may reach beyond the image. */
export function visible(camera: Camera, stage: Size): Box {
  return inImage(camera, { x: 0, y: 0, ...stage });
}

/** A box with a margin on every side. */
export function grown({ x, y, width, height }: Box, margin: number): Box {
  return { x: x - margin, y: y - margin, width: width + 2 * margin, height: height + 2 * margin };
}

/** Whether a place is in a box. */
export function holds(box: Box, x: number, y: number): boolean {
  return x >= box.x && y >= box.y && x <= box.x + box.width && y <= box.y + box.height;
}

/** What two boxes share; of no width or height where they are apart. */
export function shared(a: Box, b: Box): Box {
  const [x, y] = [Math.max(a.x, b.x), Math.max(a.y, b.y)];
  return {
    x,
    y,
    width: Math.max(0, Math.min(a.x + a.width, b.x + b.width) - x),
    height: Math.max(0, Math.min(a.y + a.height, b.y + b.height) - y),
  };
}

/** Where a box of the image lies on screen. */
export function onScreen({ k, x, y }: Camera, box: Box): Box {
  return { x: box.x * k + x, y: box.y * k + y, width: box.width * k, height: box.height * k };
}

/** The part of the image that a box on screen shows. */
export function inImage({ k, x, y }: Camera, box: Box): Box {
  return { x: (box.x - x) / k, y: (box.y - y) / k, width: box.width / k, height: box.height / k };
}

/** A box in units that are `factor` times smaller. */
export function scaled({ x, y, width, height }: Box, factor: number): Box {
  return { x: x * factor, y: y * factor, width: width * factor, height: height * factor };
}

/**
 * The camera a share of the way from one to another: one zoom about the point that stays where it
 * is, so that nothing swings; a straight pan where the magnification is the same.
 */
export function between(from: Camera, to: Camera, share: number): Camera {
  const k = from.k * Math.pow(to.k / from.k, share);
  const ratio = to.k / from.k;
  const along = Math.abs(ratio - 1) < 1e-3 ? share : (k / from.k - 1) / (ratio - 1);
  return { k, x: from.x + (to.x - from.x) * along, y: from.y + (to.y - from.y) * along };
}

function least(extent: Box, stage: Size): number {
  return Math.min(stage.width / Math.max(1, extent.width), stage.height / Math.max(1, extent.height));
}

function limited(k: number, extent: Box, stage: Size): number {
  const low = least(extent, stage);
  return Math.min(Math.max(MOST, low), Math.max(low, k));
}

/** Shift along one axis: in the middle where there is room, else with the edges near the stage's. */
function along(shift: number, start: number, length: number, room: number): number {
  if (length <= room) return (room - length) / 2 - start;
  const slack = Math.min(SLACK, (length - room) / 2);
  return Math.min(slack - start, Math.max(room - length - slack - start, shift));
}
