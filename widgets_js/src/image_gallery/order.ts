// Which images the gallery shows, and in which order: sorted, filtered, and one a scene if asked.

import type { ImageTable } from "../core/table.ts";

export type SortKey = "name" | "entropy" | "group" | "confidence" | "unfamiliarity";

type Columns = Pick<ImageTable, "n" | "entropy" | "cluster" | "confidence" | "unfamiliarity" | "scene">;

/** What there is to sort by: confidence and unfamiliarity only where some image has them. */
export function sortKeys(images: Pick<Columns, "confidence" | "unfamiliarity">): SortKey[] {
  const keys: SortKey[] = ["name", "entropy", "group"];
  if (images.confidence.some((value) => !Number.isNaN(value))) keys.push("confidence");
  if (images.unfamiliarity) keys.push("unfamiliarity");
  return keys;
}

/** All rows in order; ties keep the natural order of names, images without a value come last. */
export function sortedRows(images: Columns, key: SortKey, descending: boolean): Uint32Array {
  const rows = Uint32Array.from({ length: images.n }, (_, i) => i);
  // Rows are in natural order of their names already.
  if (key === "name") return descending ? rows.reverse() : rows;
  const columns = {
    entropy: images.entropy,
    group: images.cluster,
    confidence: images.confidence,
    unfamiliarity: images.unfamiliarity ?? new Float32Array(images.n),
  };
  const values = columns[key];
  const sign = descending ? -1 : 1;
  return rows.sort((a, b) => {
    const [va, vb] = [values[a], values[b]];
    if (Number.isNaN(va) || Number.isNaN(vb)) return Number(Number.isNaN(va)) - Number(Number.isNaN(vb)) || a - b;
    return sign * (va - vb) || a - b;
  });
}

export interface Shown {
  /** Rows from first to last */
  rows: number[];
  /** Visible images that each row stands for, itself included; 1 unless scenes are folded */
  stack: number[];
}

/**
 * The visible rows in order. With `fold`, one image stands for each scene, at the place of the
 * scene's first image; the selected image stands for its own scene, so that it is always seen.
 */
export function shownRows(
  sorted: Uint32Array,
  visible: Uint8Array,
  fold: { scene: ArrayLike<number>; selected: number } | null,
): Shown {
  const rows: number[] = [];
  const stack: number[] = [];
  const places = new Map<number, number>();
  for (const row of sorted) {
    if (!visible[row]) continue;
    const place = fold ? places.get(fold.scene[row]) : undefined;
    if (place === undefined) {
      if (fold) places.set(fold.scene[row], rows.length);
      rows.push(row);
      stack.push(1);
    } else {
      stack[place]++;
      if (row === fold!.selected) rows[place] = row;
    }
  }
  return { rows, stack };
}
