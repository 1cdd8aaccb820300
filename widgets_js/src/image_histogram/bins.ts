// The bins' arithmetic.

/** Bin under a point, x pixels from the plot's left edge; -1 outside. */
export function binAt(x: number, width: number): number {
  const bin = Math.floor((256 * x) / width);
  return bin >= 0 && bin < 256 ? bin : -1;
}

/** Count at the plot's top: the highest bin but for pure black and white, which saturation piles up. */
export function ceiling(counts: Uint32Array): number {
  const inner = counts.subarray(1, 255).reduce((most, count) => Math.max(most, count), 0);
  return inner > 0 ? inner * 1.05 : Math.max(counts[0], counts[255], 1);
}
