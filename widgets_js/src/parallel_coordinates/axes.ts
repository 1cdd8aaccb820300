// The axes of the parallel coordinates: what each measures, its range over all images, its ticks.

import { extent } from "d3-array";
import { scaleLinear } from "d3-scale";
import { signed } from "../core/format.ts";
import type { ImageTable } from "../core/table.ts";

export interface Axis {
  /** Names the axis in filters: "group", "pc1", "pc2", "entropy" or "confidence" */
  key: string;
  name: string;
  /** Written after the name where there is room */
  unit: string;
  /** One value an image; NaN where it has none */
  values: ArrayLike<number>;
  domain: [number, number];
  ticks: { value: number; text: string }[];
}

const TICKS = 5;
/** With more groups than this, not every one gets a tick. */
const GROUP_TICKS = 8;

type Columns = Pick<ImageTable, "cluster" | "nClusters" | "pcaX" | "pcaY" | "entropy" | "confidence">;

/** The axes that have data, from left to right; ranges are those of all images, whatever is filtered. */
export function makeAxes(images: Columns): Axis[] {
  // People count groups from 1.
  const groups = Float32Array.from(images.cluster, (group) => group + 1);
  const columns: [string, string, string, ArrayLike<number>][] = [
    ["group", "group", "", groups],
    ["pc1", "PC 1", "", images.pcaX],
    ["pc2", "PC 2", "", images.pcaY],
    ["entropy", "entropy", "bits", images.entropy],
    ["confidence", "confidence", "%", images.confidence],
  ];
  return columns.flatMap(([key, name, unit, values]) => {
    const domain = key === "group" ? groupRange(images.nClusters) : rangeOf(values);
    if (!domain) return [];
    return [{ key, name, unit, values, domain, ticks: key === "group" ? groupTicks(images.nClusters) : ticksOf(domain) }];
  });
}

/** Smallest and largest finite value, a little apart when they are one; null without any. */
export function rangeOf(values: ArrayLike<number>): [number, number] | null {
  const [low, high] = extent(Array.from(values).filter(Number.isFinite));
  if (low === undefined || high === undefined) return null;
  return low < high ? [low, high] : [low - 0.5, high + 0.5];
}

function groupRange(count: number): [number, number] | null {
  if (count < 1) return null;
  return count === 1 ? [0.5, 1.5] : [1, count];
}

function groupTicks(count: number): Axis["ticks"] {
  const step = Math.ceil(count / GROUP_TICKS);
  const ticks = [];
  for (let group = 1; group <= count; group += step) ticks.push({ value: group, text: String(group) });
  return ticks;
}

function ticksOf(domain: [number, number]): Axis["ticks"] {
  const scale = scaleLinear(domain, [0, 1]);
  const text = scale.tickFormat(TICKS);
  return scale.ticks(TICKS).map((value) => ({ value, text: text(value).includes("e") ? signed(value) : text(value) }));
}

/** "entropy, bits" where there is room, else the name alone. */
export function axisTitle(axis: Axis, room: number): string {
  const whole = axis.unit ? `${axis.name}, ${axis.unit}` : axis.name;
  return whole.length * 6.2 <= room ? whole : axis.name;
}
