// Pointer and wheel on the stage: drag to pan, wheel or pinch to zoom, double-click to come closer,
// click to select. The page keeps its own scrolling until the stage was clicked or has the focus.

import { wheelFactor } from "../core/wheel.ts";

export interface GestureHost {
  surface: HTMLElement;
  /** Whether there is anything to pan to */
  zoomed: () => boolean;
  pan: (dx: number, dy: number) => void;
  /** Places are CSS pixels of the stage; `smooth` for steps that should glide */
  zoom: (factor: number, x: number, y: number, smooth: boolean) => void;
  click: (x: number, y: number) => void;
  /** The pointer is over a place, or has left (null) */
  point: (place: { x: number; y: number; event: PointerEvent } | null) => void;
  /** A wheel turn was left to the page */
  refused: () => void;
}

/** Pixels that a pointer may tremble and still click. */
const TREMBLE = 4;
const DOUBLE_CLICK_ZOOM = 2.5;

interface Finger {
  x: number;
  y: number;
}

export function attachGestures(host: GestureHost, signal: AbortSignal): void {
  const { surface } = host;
  const fingers = new Map<number, Finger>();
  let moved = false;
  let start: Finger = { x: 0, y: 0 };
  let active = false;

  const place = (event: MouseEvent): Finger => {
    const box = surface.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  // At rest a finger scrolls the page past the map; zoomed in it moves the image.
  const touchAction = () => {
    surface.style.touchAction = host.zoomed() ? "none" : "pan-y";
  };
  touchAction();

  surface.addEventListener("pointerdown", (event) => {
    active = true;
    // A button over the stage must get its own click, which a captured pointer would take away.
    if (event.button !== 0 || ofControl(event)) return;
    const at = place(event);
    fingers.set(event.pointerId, at);
    if (fingers.size === 1) [start, moved] = [at, false];
    else moved = true;
    surface.setPointerCapture(event.pointerId);
    surface.focus({ preventScroll: true });
  }, { signal });

  surface.addEventListener("pointermove", (event) => {
    const at = place(event);
    const last = fingers.get(event.pointerId);
    if (!last) {
      host.point({ ...at, event });
      return;
    }
    const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1];
    if (other) {
      const before = Math.hypot(last.x - other.x, last.y - other.y);
      const after = Math.hypot(at.x - other.x, at.y - other.y);
      host.pan((at.x - last.x) / 2, (at.y - last.y) / 2);
      if (before > 0 && after > 0) host.zoom(after / before, (at.x + other.x) / 2, (at.y + other.y) / 2, false);
    } else {
      if (!moved && Math.hypot(at.x - start.x, at.y - start.y) < TREMBLE) return;
      if (!moved) {
        moved = true;
        host.point(null);
        surface.dataset.dragging = "";
      }
      host.pan(at.x - last.x, at.y - last.y);
    }
    fingers.set(event.pointerId, at);
  }, { signal });

  const lift = (event: PointerEvent) => {
    if (!fingers.delete(event.pointerId)) return;
    if (fingers.size > 0) return;
    delete surface.dataset.dragging;
    touchAction();
    if (event.type === "pointerup" && !moved) host.click(start.x, start.y);
  };
  surface.addEventListener("pointerup", lift, { signal });
  surface.addEventListener("pointercancel", lift, { signal });
  surface.addEventListener("pointerleave", () => {
    active = false;
    host.point(null);
  }, { signal });

  surface.addEventListener("wheel", (event) => {
    if (!(event.ctrlKey || event.metaKey || active || surface.matches(":focus-visible"))) {
      host.refused();
      return;
    }
    event.preventDefault();
    const { x, y } = place(event);
    host.zoom(wheelFactor(event), x, y, !event.ctrlKey);
    touchAction();
  }, { passive: false, signal });
  surface.addEventListener("dblclick", (event) => {
    if (ofControl(event)) return;
    const { x, y } = place(event);
    host.zoom(event.shiftKey ? 1 / DOUBLE_CLICK_ZOOM : DOUBLE_CLICK_ZOOM, x, y, true);
    touchAction();
  }, { signal });
}

function ofControl(event: Event): boolean {
  return (event.target as Element).closest("button") !== null;
}
