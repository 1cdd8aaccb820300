// Axes of the scatters: a domain around the data, round ticks inside it, numbers with real minus signs.

import { tickIncrement, tickStep, ticks as roundTicks } from "d3-array";

export interface Axis {
  min: number;
  max: number;
  ticks: number[];
  /** What stands beside each tick */
  labels: string[];
}

export interface AxisOptions {
  /** About how many ticks */
  count: number;
  /** Room on each side of the data, as a share of its range */
  room?: number;
  /** End the axis on round numbers */
  nice?: boolean;
  /** Values that cannot be passed */
  lowest?: number;
  highest?: number;
}

/** An axis around all finite values; data without extent get room on both sides. */
export function axisOf(values: Iterable<number>, options: AxisOptions): Axis {
  const { count, room = 0.08, nice = false, lowest = -Infinity, highest = Infinity } = options;
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low > high) [low, high] = [0, 1];
  const pad = high > low ? (high - low) * room : Math.max(Math.abs(high) * 0.1, 0.5);
  let min = Math.max(lowest, low - pad);
  let max = Math.min(highest, high + pad);
  if (nice) {
    const step = tickStep(min, max, count);
    // Multiples of the inverse are exact where multiples of 0.1 are not.
    const fine = step < 1 ? 1 / -tickIncrement(min, max, count) : step;
    min = Math.max(lowest, Math.floor(min / fine) * fine);
    max = Math.min(highest, Math.ceil(max / fine) * fine);
  }
  const ticks = roundTicks(min, max, count);
  return { min, max, ticks, labels: tickLabels(ticks) };
}

/** All ticks of an axis with the same number of decimals and a proper minus sign. */
export function tickLabels(ticks: number[]): string[] {
  const step = ticks.length > 1 ? Math.abs(ticks[1] - ticks[0]) : Math.abs(ticks[0] ?? 0);
  const decimals = step > 0 && step < 1 ? Math.min(8, Math.ceil(-Math.log10(step) - 1e-9)) : 0;
  const fractional = step >= 1 && ticks.some((tick) => !Number.isInteger(tick));
  return ticks.map((tick) => {
    const text = tick.toFixed(fractional ? Math.max(1, decimals) : decimals);
    return text.replace("-", Number(text) === 0 ? "" : "\u2212");
  });
}

/** A linear map from the axis onto pixels from `start` to `end`. */
export function pixels(axis: Axis, start: number, end: number): (value: number) => number {
  const scale = (end - start) / (axis.max - axis.min);
  return (value) => start + (value - axis.min) * scale;
}

/** Mark radius in pixels for n points: 5 for few, smaller as they crowd. */
export function markRadius(n: number): number {
  return Math.min(5, Math.max(1.5, 5 * Math.pow(200 / Math.max(1, n), 0.2)));
}
