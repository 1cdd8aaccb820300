import { describe, expect, it } from "vitest";
import { middleEllipsis, plural, predictionText, signed } from "../src/core/format.ts";
import { groupShape, groupVariable } from "../src/core/groups.ts";

describe("format", () => {
  it("keeps both ends of a long name", () => {
    expect(middleEllipsis("short.png", 20)).toBe("short.png");
    const cut = middleEllipsis("a_very_long_file_name_0001.png", 15);
    expect(cut.length).toBe(15);
    expect(cut.startsWith("a_very")).toBe(true);
    expect(cut.endsWith("001.png")).toBe(true);
  });

  it("has no prediction to show without a head", () => {
    expect(predictionText("PG", NaN)).toBeNull();
    expect(predictionText("PG", 98.25)).toBe("PG · 98.3 %");
  });

  it("counts in words and writes a real minus", () => {
    expect(plural(1, "image")).toBe("1 image");
    expect(plural(13664, "image")).toBe("13,664 images");
    expect(signed(-10)).toBe("−10");
  });
});

describe("groups", () => {
  it("gives the first 64 groups distinct pairs of colour and shape", () => {
    const pairs = Array.from({ length: 64 }, (_, g) => `${groupVariable(g)} ${groupShape(g)}`);
    expect(new Set(pairs).size).toBe(64);
  });
});
