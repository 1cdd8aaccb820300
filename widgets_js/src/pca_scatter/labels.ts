// How the axes of the PCA are named.

/** "PC 1 · 48 %", or "PC 1" when nothing varies. */
export function componentTitle(component: number, explained: number | undefined): string {
  if (explained === undefined || !Number.isFinite(explained)) return `PC ${component}`;
  const percent = 100 * explained;
  return `PC ${component} · ${percent < 1 ? percent.toFixed(1) : Math.round(percent)} %`;
}
