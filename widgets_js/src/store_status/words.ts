// What the chip and its card say of the store and of the server that follows it.

import { plural, thousands } from "../core/format.ts";
import type { MirrorState, StoreState } from "../core/store.ts";

/** How a part of the chip looks: a disc, a half disc, a ring, two bars, or a quiet disc. */
export type Look = "good" | "behind" | "bad" | "paused" | "quiet";

export interface Part {
  look: Look;
  text: string;
}

/** The store's part of the chip. */
export function storePart(status: StoreState | null, live: boolean, answering: boolean): Part {
  if (!status || !("kind" in status)) return { look: "quiet", text: "no store" };
  // Beside a server's part there is room for few words; the card has them all.
  const found = status.mirror && live ? status.neighbors : `${status.neighbors} neighbours`;
  if (!live) return { look: "quiet", text: `offline page · ${found}` };
  if (!answering) return { look: "bad", text: `kernel does not answer · ${found}` };
  if (!status.connected) return { look: "bad", text: `store cannot be read · ${found}` };
  if (status.kind === "memory") return { look: "quiet", text: `not saved · ${found}` };
  return { look: "good", text: `${status.kind} store · ${found}` };
}

/** The server's part of the chip; null where no server follows. */
export function mirrorPart(status: StoreState | null, live: boolean, answering: boolean): Part | null {
  const mirror = status?.mirror;
  if (!mirror || !live) return null;
  // What was heard last may be old.
  if (!answering) return { look: "quiet", text: "Weaviate unknown" };
  const waiting = mirror.pending ? `, ${thousands(mirror.pending)} waiting` : "";
  if (mirror.state === "in step") return { look: "good", text: "Weaviate in step" };
  if (mirror.state === "away") return { look: "bad", text: `Weaviate away${waiting}` };
  if (mirror.state === "paused") return { look: "paused", text: `Weaviate paused${waiting}` };
  if (mirror.refused) return { look: "bad", text: `Weaviate refused ${thousands(mirror.refused)}` };
  return { look: "behind", text: mirror.pending ? `Weaviate behind${waiting}` : "looking for Weaviate" };
}

/** The lines of the card, each a name and what there is to say. */
export function facts(status: StoreState, now: Date): [string, string][] {
  const lines: [string, string | null][] = [
    ["Neighbours", `${status.neighbors} search, from ${status.source}`],
    ["Store", status.folder ?? (status.kind === "memory" ? "not saved" : status.kind)],
    ["Holds", `${plural(status.objects, "object")}, crystalviz ${status.version}`],
    ["Its queries", searchText(status)],
    ["Trouble", status.connected ? null : status.detail],
    ...mirrorFacts(status.mirror ?? null, now),
  ];
  return lines.filter((line): line is [string, string] => line[1] !== null);
}

function mirrorFacts(mirror: MirrorState | null, now: Date): [string, string | null][] {
  if (!mirror) return [];
  const refused = mirror.refused ? `, of these ${thousands(mirror.refused)} refused` : "";
  const tries = mirror.state === "away" ? "; tried again by itself" : "";
  return [
    ["Weaviate", mirror.address],
    ["State", `${mirror.state}${mirror.away_since && mirror.state === "away" ? ` for ${ago(mirror.away_since, now)}` : ""}${tries}`],
    ["Waiting", mirror.pending ? `${plural(mirror.pending, "change")}${refused}; kept in the store` : "nothing"],
    ["Taken", plural(mirror.pushed, "change")],
    ["Last answer", mirror.last_success ? `${ago(mirror.last_success, now)} ago` : "none yet"],
    ["Pushed by", mirror.pushes_here ? null : "another process of this machine"],
    ["Said", mirror.last_error || null],
  ];
}

function searchText(status: StoreState): string | null {
  if (!status.connected || status.kind === "memory") return null;
  if (status.search === "exact") return "exact search";
  const recall = status.recall === null ? "not measured yet" : `${status.recall.toFixed(3)}, measured`;
  return `${status.search.toUpperCase()} search, recall ${recall}`;
}

/** How long it is since an ISO 8601 time. */
export function ago(moment: string, now: Date): string {
  const seconds = Math.max(0, Math.round((now.getTime() - Date.parse(moment)) / 1000));
  if (seconds < 90) return `${seconds} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 129_600) return `${Math.round(seconds / 3600)} h`;
  return plural(Math.round(seconds / 86_400), "day");
}
