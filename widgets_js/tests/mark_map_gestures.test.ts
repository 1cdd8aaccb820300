// @vitest-environment jsdom
import { beforeEach, describe, expect, it } from "vitest";
import { attachGestures } from "../src/mark_map/gestures.ts";

let surface: HTMLElement;
let done: (string | number)[][];
let closing: AbortController;

beforeEach(() => {
  surface = document.createElement("div");
  surface.append(document.createElement("button"));
  // jsdom has neither capture nor layout.
  surface.setPointerCapture = () => done.push(["captured"]);
  done = [];
  closing = new AbortController();
  attachGestures({
    surface,
    zoomed: () => true,
    pan: (dx, dy) => done.push(["pan", dx, dy]),
    zoom: (factor, x, y, smooth) => done.push(["zoom", Math.round(100 * factor) / 100, x, y, smooth ? "smooth" : "at once"]),
    click: (x, y) => done.push(["click", x, y]),
    point: (place) => done.push(place ? ["point", place.x, place.y] : ["left"]),
    refused: () => done.push(["refused"]),
  }, closing.signal);
});

/** jsdom knows no PointerEvent with a place; a MouseEvent with an id serves. */
function pointer(type: string, x: number, y: number, id = 1, target: Element = surface): void {
  const event = new MouseEvent(type, { bubbles: true, clientX: x, clientY: y, button: 0 });
  Object.assign(event, { pointerId: id });
  target.dispatchEvent(event);
}

function wheel(init: WheelEventInit): boolean {
  const event = new WheelEvent("wheel", { bubbles: true, cancelable: true, clientX: 5, clientY: 6, ...init });
  surface.dispatchEvent(event);
  return event.defaultPrevented;
}

describe("gestures on the stage", () => {
  it("click where the pointer went down, however it trembles", () => {
    pointer("pointerdown", 50, 60);
    pointer("pointermove", 52, 61);
    pointer("pointerup", 52, 61);
    expect(done).toEqual([["captured"], ["click", 50, 60]]);
  });

  it("pan by what a drag goes, and click nothing after it", () => {
    pointer("pointermove", 40, 40);
    pointer("pointerdown", 50, 60);
    pointer("pointermove", 60, 60);
    expect(surface.dataset.dragging).toBe("");
    pointer("pointermove", 65, 50);
    pointer("pointerup", 65, 50);
    expect(done).toEqual([["point", 40, 40], ["captured"], ["left"], ["pan", 10, 0], ["pan", 5, -10]]);
    expect(surface.dataset.dragging).toBeUndefined();
  });

  it("zoom between two fingers, and click for neither", () => {
    pointer("pointerdown", 0, 0, 1);
    pointer("pointerdown", 100, 0, 2);
    done.length = 0;
    pointer("pointermove", 200, 0, 2);
    expect(done).toEqual([["pan", 50, 0], ["zoom", 2, 100, 0, "at once"]]);
    done.length = 0;
    pointer("pointerup", 200, 0, 2);
    pointer("pointerup", 0, 0, 1);
    expect(done).toEqual([]);
  });

  it("leave the wheel to the page until the stage was pressed", () => {
    expect(wheel({ deltaY: -500 })).toBe(false);
    expect(done).toEqual([["refused"]]);
    expect(wheel({ deltaY: -100, ctrlKey: true })).toBe(true);
    expect(done.at(-1)).toEqual(["zoom", 2, 5, 6, "at once"]);
    pointer("pointerdown", 1, 1);
    pointer("pointerup", 1, 1);
    expect(wheel({ deltaY: -500 })).toBe(true);
    expect(done.at(-1)).toEqual(["zoom", 2, 5, 6, "smooth"]);
    pointer("pointerleave", 1, 1);
    expect(wheel({ deltaY: -500 })).toBe(false);
  });

  it("come closer on a double click, and go away with Shift", () => {
    surface.dispatchEvent(new MouseEvent("dblclick", { clientX: 7, clientY: 8 }));
    surface.dispatchEvent(new MouseEvent("dblclick", { clientX: 7, clientY: 8, shiftKey: true }));
    expect(done).toEqual([["zoom", 2.5, 7, 8, "smooth"], ["zoom", 0.4, 7, 8, "smooth"]]);
  });

  it("leave the buttons over the stage alone", () => {
    const button = surface.firstElementChild!;
    pointer("pointerdown", 3, 3, 1, button);
    pointer("pointerup", 3, 3, 1, button);
    button.dispatchEvent(new MouseEvent("dblclick", { bubbles: true }));
    expect(done).toEqual([]);
  });

  it("end with the view", () => {
    closing.abort();
    pointer("pointerdown", 3, 3);
    pointer("pointermove", 30, 30);
    expect(done).toEqual([]);
  });
});
