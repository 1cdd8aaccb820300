// Brushes: a range on an axis keeps the images whose value lies in it. Pure parts, in values.

export type Range = [low: number, high: number];

/** 1 for each image whose value lies in the range, ends included; images without a value do not. */
export function rangeMask(values: ArrayLike<number>, [low, high]: Range): Uint8Array {
  const mask = new Uint8Array(values.length);
  for (let i = 0; i < mask.length; i++) mask[i] = values[i] >= low && values[i] <= high ? 1 : 0;
  return mask;
}

/** Two values in any order, held inside the axis's domain. */
export function orderedRange(a: number, b: number, [low, high]: Range): Range {
  const clamp = (value: number) => Math.min(high, Math.max(low, value));
  return a <= b ? [clamp(a), clamp(b)] : [clamp(b), clamp(a)];
}

/** The range moved as a whole, as far as the domain allows. */
export function movedRange([a, b]: Range, by: number, [low, high]: Range): Range {
  const shift = Math.min(high - b, Math.max(low - a, by));
  return [a + shift, b + shift];
}

/** What a press at y would take hold of: an end, the whole brush, or nothing yet. y grows downwards. */
export function gripAt(brush: { top: number; bottom: number } | null, y: number, reach: number): "top" | "bottom" | "whole" | "none" {
  if (!brush) return "none";
  // In a brush lower than two grips the middle still moves it.
  const grip = Math.min(reach, (brush.bottom - brush.top) / 3);
  if (Math.abs(y - brush.top) <= Math.max(grip, 2) || (y < brush.top && y > brush.top - reach)) return "top";
  if (Math.abs(y - brush.bottom) <= Math.max(grip, 2) || (y > brush.bottom && y < brush.bottom + reach)) return "bottom";
  return y > brush.top && y < brush.bottom ? "whole" : "none";
}
