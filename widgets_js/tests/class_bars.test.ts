// @vitest-environment jsdom
import { describe, expect, it } from "vitest";
import { classBars, shownClasses } from "../src/explorer/class_bars.ts";

const shares = [..."abcdefgh"].map((name, i) => ({ name, probability: i === 7 ? 0.65 : 0.05 }));

describe("shownClasses", () => {
  it("shows few classes as they are", () => {
    expect(shownClasses(shares.slice(0, 6), null)).toEqual({ shown: shares.slice(0, 6), rest: 0 });
  });

  it("keeps the likeliest of many, the labelled one too, in the model's order", () => {
    const { shown, rest } = shownClasses(shares, "G");
    expect(shown.map((share) => share.name)).toEqual(["a", "b", "c", "g", "h"]);
    expect(rest).toBe(3);
  });
});

describe("classBars", () => {
  it("marks the prediction and the label, which may differ in case", () => {
    const bars = classBars([{ name: "pg", probability: 0.75 }, { name: "<b>", probability: 0.25 }], "<B>", "pg");
    expect(bars.map((bar) => bar.className)).toEqual(["cz-class cz-predicted", "cz-class cz-labelled"]);
    expect(bars[0].textContent).toBe("pg75.0 %");
    expect(bars[1].querySelector(".cz-class-name")!.textContent).toBe("<b>");
    expect(bars[1].querySelector("b")).toBeNull();
    expect(bars[0].querySelector<HTMLElement>(".cz-class-fill")!.style.width).toBe("75%");
  });

  it("sums up the classes that are left out", () => {
    const bars = classBars(shares, null, "h");
    expect(bars.at(-1)!.textContent).toBe("3 more classes, 15.0 %");
  });
});
