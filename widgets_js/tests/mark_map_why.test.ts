import { describe, expect, it } from "vitest";
import { percent, type Place, reasonOf, whyDoubtful } from "../src/mark_map/why.ts";

const CLASSES = ["particle", "cluster", "atom", "debris"];

function place(changes: Partial<Place> = {}): Place {
  return { pExists: 0.99, pLabel: [0.9, 0.1, 0, 0], votes: [], tied: [], nMarks: 12, nReaders: 9, nChances: 14, ...changes };
}

describe("why a place is doubtful", () => {
  it("names a tie by its votes, and by its probabilities where votes are not known", () => {
    const tied = place({ tied: [0, 1], pLabel: [0.5, 0.5, 0, 0], votes: [7, 7, 0, 0] });
    expect(whyDoubtful(tied, CLASSES, 0.5)).toBe("tie: particle 7, cluster 7");
    expect(whyDoubtful({ ...tied, votes: [] }, CLASSES, 0.5)).toBe("tie: particle 50 %, cluster 50 %");
    expect(whyDoubtful({ ...tied, tied: [1, 3], votes: [6, 7, 0.25, 7] }, CLASSES, 0.5)).toBe("tie: cluster 7, debris 7");
    // Tied by what the votes are worth, not by their number.
    expect(whyDoubtful({ ...tied, votes: [5, 7, 0, 0] }, CLASSES, 0.5)).toBe("tie: particle 50 %, cluster 50 %");
  });

  it("tells an unsure class from an unsure existence by what weighs more", () => {
    const unsure = place({ pLabel: [0.55, 0.3, 0.15, 0] });
    expect(whyDoubtful(unsure, CLASSES, 0.5)).toBe("class unsure: particle 55 %, cluster 30 %, atom 15 %");
    const rare = place({ pExists: 0.6, nMarks: 3 });
    expect(whyDoubtful(rare, CLASSES, 0.5)).toBe("marked in 3 of 14 reads");
    expect(reasonOf(place({ pExists: 0.6, pLabel: [0.7, 0.3, 0, 0] }), 0.5)).toBe("existence");
    expect(reasonOf(place({ pExists: 0.8, pLabel: [0.7, 0.3, 0, 0] }), 0.5)).toBe("class");
  });

  it("says of a candidate that it was left out, whatever its class", () => {
    expect(whyDoubtful(place({ pExists: 0.4, tied: [0, 1], nMarks: 1, nChances: 1 }), CLASSES, 0.5)).toBe("left out: marked in 1 of 1 read");
    expect(reasonOf(place({ pExists: 0.4, tied: [0, 1] }), 0.5)).toBe("left out");
    // Another threshold, another word.
    expect(reasonOf(place({ pExists: 0.4, tied: [0, 1] }), 0.3)).toBe("tie");
  });

  it("does without labels and without known reads", () => {
    expect(whyDoubtful(place({ pLabel: [], nChances: 0, nReaders: 1 }), [], 0.5)).toBe("marked by 1 reader");
  });

  it("counts a double click as one read", () => {
    expect(whyDoubtful(place({ pExists: 0.6, nMarks: 5, nChances: 4 }), CLASSES, 0.5)).toBe("marked in 4 of 4 reads");
  });
});

describe("percent", () => {
  it("never rounds doubt away", () => {
    expect([0, 0.004, 0.5, 0.996, 1, NaN].map(percent)).toEqual(["0 %", "< 1 %", "50 %", "> 99 %", "100 %", "–"]);
  });
});
