// Pointer, wheel and keys on the graph: drag a picture, drag the ground to pan, wheel to zoom,
// double-click to see it whole. The page keeps its own scrolling until the panel was clicked.

import { wheelFactor } from "../core/wheel.ts";

export interface GestureHost {
  root: HTMLElement;
  surface: HTMLElement;
  /** Node under the pointer, -1 when none */
  nodeAt: (event: PointerEvent) => number;
  /** Whether there is anything to pan to */
  zoomed: () => boolean;
  /** A gesture is under way, so that its end is not a click */
  suspend: (on: boolean) => void;
  drag: (node: number, x: number, y: number) => void;
  release: (node: number) => void;
  pan: (dx: number, dy: number) => void;
  zoom: (factor: number, x: number, y: number) => void;
  whole: () => void;
}

/** Pixels that a pointer may tremble and still click. */
const TREMBLE = 4;
const KEY_ZOOM = 1.4;

interface Hold {
  node: number;
  startX: number;
  startY: number;
  lastX: number;
  lastY: number;
  moved: boolean;
}

export function attachGestures(host: GestureHost, signal: AbortSignal): void {
  const { root, surface } = host;
  let hold: Hold | null = null;
  let active = false;

  surface.addEventListener("pointerdown", (event) => {
    active = true;
    if (event.button !== 0) return;
    const node = host.nodeAt(event);
    if (node < 0 && !host.zoomed()) return;
    hold = { node, startX: event.clientX, startY: event.clientY, lastX: event.clientX, lastY: event.clientY, moved: false };
    surface.setPointerCapture(event.pointerId);
  }, { signal });

  surface.addEventListener("pointermove", (event) => {
    if (!hold) return;
    if (!hold.moved) {
      if (Math.hypot(event.clientX - hold.startX, event.clientY - hold.startY) < TREMBLE) return;
      hold.moved = true;
      host.suspend(true);
      surface.style.cursor = "grabbing";
    }
    if (hold.node >= 0) {
      const box = surface.getBoundingClientRect();
      host.drag(hold.node, event.clientX - box.left, event.clientY - box.top);
    } else host.pan(event.clientX - hold.lastX, event.clientY - hold.lastY);
    hold.lastX = event.clientX;
    hold.lastY = event.clientY;
  }, { signal });

  const finish = () => {
    if (!hold) return;
    const { node, moved } = hold;
    hold = null;
    if (!moved) return;
    surface.style.cursor = "";
    if (node >= 0) host.release(node);
    // The click that ends the drag comes after this event.
    setTimeout(() => host.suspend(false));
  };
  surface.addEventListener("pointerup", finish, { signal });
  surface.addEventListener("pointercancel", finish, { signal });

  root.addEventListener("pointerleave", () => {
    active = false;
  }, { signal });
  root.addEventListener("wheel", (event) => {
    if (!(event.ctrlKey || event.metaKey || active || root.querySelector(":focus-visible"))) return;
    event.preventDefault();
    const box = surface.getBoundingClientRect();
    host.zoom(wheelFactor(event), event.clientX - box.left, event.clientY - box.top);
  }, { passive: false, signal });
  surface.addEventListener("dblclick", () => host.whole(), { signal });
  root.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const middle = [surface.clientWidth / 2, surface.clientHeight / 2] as const;
    if (event.key === "+" || event.key === "=") host.zoom(KEY_ZOOM, ...middle);
    else if (event.key === "-") host.zoom(1 / KEY_ZOOM, ...middle);
    else if (event.key === "0") host.whole();
    else return;
    event.preventDefault();
  }, { signal });
}
