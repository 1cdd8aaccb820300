// Which images an accordion holds.

import type { ImageTable } from "../core/table.ts";

/** Visible rows of one class, in natural order; all visible rows when the class is null. */
export function rowsOfClass(
  images: Pick<ImageTable, "n" | "label" | "labels">,
  className: string | null,
  visible: Uint8Array,
): number[] {
  const code = className === null ? null : images.labels.indexOf(className);
  const rows: number[] = [];
  if (code === -1) return rows;
  for (let row = 0; row < images.n; row++) {
    if (visible[row] && (code === null || images.label[row] === code)) rows.push(row);
  }
  return rows;
}

export function scenesOf(images: Pick<ImageTable, "scene">, rows: number[]): number {
  return new Set(rows.map((row) => images.scene[row])).size;
}
