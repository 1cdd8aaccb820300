// Where the cells of the gallery lie: columns of squares that scroll down, or one strip that scrolls
// sideways where the container is wide and low. Pure arithmetic, in CSS pixels.

export interface Grid {
  strip: boolean;
  columns: number;
  /** Side of a cell */
  cell: number;
  count: number;
  /** Length of all cells along the way they scroll */
  length: number;
}

export const GAP = 4;
/** A cell grows to this side before another column begins. */
const LARGEST = 100;
const SMALLEST = 48;
/** Lower than this, and clearly wider than high, the gallery is a strip. */
const STRIP_HEIGHT = 170;
const STRIP_ASPECT = 1.6;
/** Lines of cells kept in the page beyond each edge. */
const OVERSCAN = 2;

export function makeGrid(count: number, width: number, height: number): Grid {
  if (height < STRIP_HEIGHT && width > STRIP_ASPECT * height) {
    const cell = Math.floor(Math.min(LARGEST, Math.max(SMALLEST, height)));
    return { strip: true, columns: count, cell, count, length: lineLength(count, cell) };
  }
  const columns = Math.max(1, Math.ceil((width + GAP) / (LARGEST + GAP)));
  const cell = Math.max(1, Math.floor((width - GAP * (columns - 1)) / columns));
  return { strip: false, columns, cell, count, length: lineLength(Math.ceil(count / columns), cell) };
}

function lineLength(cells: number, cell: number): number {
  return Math.max(0, cells * (cell + GAP) - GAP);
}

export function cellAt(grid: Grid, index: number): { x: number; y: number } {
  const pitch = grid.cell + GAP;
  if (grid.strip) return { x: index * pitch, y: 0 };
  return { x: (index % grid.columns) * pitch, y: Math.floor(index / grid.columns) * pitch };
}

/** Indices [first, last) of the cells in view, with a small overscan. */
export function cellsInView(grid: Grid, offset: number, viewport: number): [number, number] {
  const pitch = grid.cell + GAP;
  const perLine = grid.strip ? 1 : grid.columns;
  const from = Math.max(0, Math.floor(offset / pitch) - OVERSCAN);
  const to = Math.max(0, Math.ceil((offset + viewport) / pitch) + OVERSCAN);
  return [Math.min(grid.count, from * perLine), Math.min(grid.count, to * perLine)];
}

/** The scroll offset nearest to the present one at which the whole cell is in view. */
export function offsetToShow(grid: Grid, index: number, offset: number, viewport: number): number {
  const { x, y } = cellAt(grid, index);
  const start = grid.strip ? x : y;
  const end = start + grid.cell;
  if (start - GAP < offset) return Math.max(0, start - GAP);
  if (end + GAP > offset + viewport) return end + GAP - viewport;
  return offset;
}

/** Index of the cell that a key leads to, or null when the key is none of the gallery's. */
export function indexAfterKey(grid: Grid, index: number, key: string): number | null {
  const line = grid.strip ? 1 : grid.columns;
  const last = grid.count - 1;
  switch (key) {
    case "ArrowRight":
      return Math.min(last, index + 1);
    case "ArrowLeft":
      return Math.max(0, index - 1);
    case "ArrowDown":
      // From a line above the last one, the last cell is still "below".
      if (index + line <= last) return index + line;
      return Math.floor(index / line) < Math.floor(last / line) ? last : index;
    case "ArrowUp":
      return index - line >= 0 ? index - line : index;
    case "Home":
      return 0;
    case "End":
      return last;
    default:
      return null;
  }
}
