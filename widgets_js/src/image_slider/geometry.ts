// Where the picture lies in the body, and what each key does to the handle.

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

const MARGIN = 12;

/** The largest box of the given aspect (width over height) inside the margins, centred, at the top. */
export function pictureBox(size: { width: number; height: number }, aspect: number): Box {
  const room = { width: Math.max(1, size.width - 2 * MARGIN), height: Math.max(1, size.height - MARGIN) };
  const width = Math.min(room.width, room.height * aspect);
  const height = width / aspect;
  return { x: MARGIN + (room.width - width) / 2, y: 0, width, height };
}

/** Position in percent after a key, as the ARIA slider pattern has it; null for other keys. */
export function keyTarget(key: string, position: number): number | null {
  const steps: Record<string, number> = {
    ArrowLeft: position - 1,
    ArrowDown: position - 1,
    ArrowRight: position + 1,
    ArrowUp: position + 1,
    PageDown: position - 10,
    PageUp: position + 10,
    Home: 0,
    End: 100,
  };
  return key in steps ? Math.min(100, Math.max(0, steps[key])) : null;
}
