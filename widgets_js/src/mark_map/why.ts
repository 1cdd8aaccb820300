// Why a place is doubtful, in words that a volunteer understands.
// Twin of `reasons` in `consensus/review.py`.

import { plural } from "../core/format.ts";
import type { Scene } from "./scene.ts";

/** What the consensus says of one place. */
export interface Place {
  pExists: number;
  /** Probability of each class, empty without labels */
  pLabel: ArrayLike<number>;
  /** Votes for each class, empty where they are not known */
  votes: ArrayLike<number>;
  /** Classes that share the lead, empty where one leads alone */
  tied: number[];
  nMarks: number;
  nReaders: number;
  /** Reads that showed the place */
  nChances: number;
}

export function placeOf(scene: Scene, row: number): Place {
  return {
    pExists: scene.pExists[row],
    pLabel: scene.classes.map((_, label) => scene.probability(row, label)),
    votes: scene.votesOf(row),
    tied: scene.tied(row),
    nMarks: scene.nMarks[row],
    nReaders: scene.nReaders[row],
    nChances: scene.nChances[row],
  };
}

export type Reason = "tie" | "class" | "existence" | "left out";

export const REASONS: Reason[] = ["tie", "class", "existence", "left out"];

/** The reasons as the filter names them. */
export const REASON_NAMES: Record<Reason, string> = {
  tie: "ties",
  class: "class unsure",
  existence: "may not exist",
  "left out": "left out",
};

/** Classes below this share are not worth a word. */
const WORTH_NAMING = 0.1;
const MOST_NAMED = 3;

/** The one reason that weighs most; a tie always does. A place that was left out needs no class. */
export function reasonOf(place: Place, minProbability: number): Reason {
  if (place.pExists < minProbability) return "left out";
  if (place.tied.length) return "tie";
  // NaN, of a place without a label, is below nothing.
  const leading = Math.max(...Array.from(place.pLabel));
  return place.pLabel.length && leading < place.pExists ? "class" : "existence";
}

/** For example "tie: cluster 7, particle 7" or "marked in 3 of 14 reads". */
export function whyDoubtful(place: Place, classes: string[], minProbability: number): string {
  const reason = reasonOf(place, minProbability);
  if (reason === "tie") return `tie: ${tiedClasses(place, classes)}`;
  if (reason === "class") return `class unsure: ${likelyClasses(place, classes)}`;
  const seen = readsText(place);
  return reason === "left out" ? `left out: ${seen}` : seen;
}

/** Those that share the lead, with their votes where these are equal. */
function tiedClasses({ tied, votes, pLabel }: Place, classes: string[]): string {
  const counts = tied.map((code) => votes[code] ?? 0);
  const byVotes = counts[0] > 0 && rounded(Math.min(...counts)) === rounded(Math.max(...counts));
  return tied.map((code, i) => `${classes[code]} ${byVotes ? rounded(counts[i]) : percent(pLabel[code])}`).join(", ");
}

function likelyClasses(place: Place, classes: string[]): string {
  const shares = Array.from(place.pLabel);
  return ranked(shares)
    .filter((code, rank) => rank < 2 || shares[code] >= WORTH_NAMING)
    .slice(0, MOST_NAMED)
    .map((code) => `${classes[code]} ${percent(shares[code])}`)
    .join(", ");
}

export function readsText({ nMarks, nReaders, nChances }: Place): string {
  if (nChances <= 0) return `marked by ${plural(nReaders, "reader")}`;
  // A double click is one read.
  return `marked in ${Math.min(nMarks, nChances)} of ${plural(nChances, "read")}`;
}

/** "62 %"; what is neither certain nor impossible never reads as such. */
export function percent(share: number): string {
  if (Number.isNaN(share)) return "–";
  const rounded = Math.round(100 * share);
  if (rounded === 0 && share > 0) return "< 1 %";
  if (rounded === 100 && share < 1) return "> 99 %";
  return `${rounded} %`;
}

/** Numbers of the classes, the highest value first, equal ones in their own order. */
function ranked(values: number[]): number[] {
  return values.map((_, code) => code).sort((a, b) => values[b] - values[a] || a - b);
}

/** A vote on a mark that may belong elsewhere counts in part. */
function rounded(count: number): string {
  return String(Math.round(10 * count) / 10);
}
