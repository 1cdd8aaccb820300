// Order of the images along the axis: natural order, kept together by class.

export interface ClassBand {
  /** null for images without a label */
  name: string | null;
  /** First position and one past the last */
  start: number;
  end: number;
}

export interface Order {
  /** Position along the axis of each row, 0 to n - 1 */
  position: Float32Array;
  /** Classes side by side in order of first appearance, unlabelled images last; empty without labels */
  bands: ClassBand[];
}

/** Rows come in natural order of their ids; classes keep it within themselves. */
export function classOrder(label: ArrayLike<number>, labels: string[]): Order {
  const n = label.length;
  const members = new Map<number, number[]>();
  for (let row = 0; row < n; row++) {
    const code = label[row] < 0 ? -1 : label[row];
    const rows = members.get(code);
    if (rows) rows.push(row);
    else members.set(code, [row]);
  }
  const codes = [...members.keys()].sort((a, b) => Number(a === -1) - Number(b === -1));
  const position = new Float32Array(n);
  const bands: ClassBand[] = [];
  let next = 0;
  for (const code of codes) {
    const start = next;
    for (const row of members.get(code)!) position[row] = next++;
    bands.push({ name: labels[code] ?? null, start, end: next });
  }
  const labelled = codes.some((code) => code >= 0);
  return { position, bands: labelled ? bands : [] };
}
