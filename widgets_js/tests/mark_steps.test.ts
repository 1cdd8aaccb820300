import { describe, expect, it } from "vitest";
import { step } from "../src/core/mark_steps.ts";

const places = [
  { x: 0, y: 0 },
  { x: 10, y: 0 },
  { x: 30, y: 1 },
  { x: 8, y: 20 },
  { x: -5, y: 0 },
];

describe("step", () => {
  it("goes to the nearest mark ahead", () => {
    expect(step(places, places[0], "ArrowRight")).toBe(1);
    expect(step(places, places[1], "ArrowRight")).toBe(2);
    expect(step(places, places[0], "ArrowLeft")).toBe(4);
    expect(step(places, places[1], "ArrowDown")).toBe(3);
  });

  it("stays where nothing lies ahead, and leaves other keys alone", () => {
    expect(step(places, places[2], "ArrowRight")).toBe(-1);
    expect(step(places, places[0], "ArrowUp")).toBe(-1);
    expect(step(places, places[0], "Enter")).toBe(-1);
  });
});
