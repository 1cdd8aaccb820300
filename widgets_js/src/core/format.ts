// Numbers and names as people read them.

import { format } from "d3-format";

export const oneDecimal = format(".1f");
export const twoDecimals = format(".2f");
export const thousands = format(",");

/** Proper minus sign, so that axes read well. */
export function signed(value: number): string {
  return String(value).replace("-", "\u2212");
}

/** Shortens a long name in its middle, keeping its end, which tells files apart. */
export function middleEllipsis(name: string, limit: number): string {
  if (name.length <= limit) return name;
  const tail = Math.ceil((limit - 1) * 0.5);
  return `${name.slice(0, limit - 1 - tail)}\u2026${name.slice(name.length - tail)}`;
}

/** "PG · 98.2 %", or null without a prediction. */
export function predictionText(name: string | null, confidence: number): string | null {
  if (name === null || Number.isNaN(confidence)) return null;
  return `${name} · ${oneDecimal(confidence)} %`;
}

/** "unfamiliar (1.8)", said wherever the class of such an image is. */
export function unfamiliarText(value: number): string {
  return `unfamiliar (${oneDecimal(value)})`;
}

export function plural(count: number, noun: string): string {
  return `${thousands(count)} ${noun}${count === 1 ? "" : "s"}`;
}
