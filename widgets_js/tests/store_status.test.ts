import { describe, expect, it } from "vitest";
import type { MirrorState, StoreState } from "../src/core/store.ts";
import { interval } from "../src/store_status/index.ts";
import { ago, facts, mirrorPart, storePart } from "../src/store_status/words.ts";

const NOW = new Date("2026-11-22T10:00:00Z");

function mirror(changes: Partial<MirrorState> = {}): MirrorState {
  return {
    address: "http://lab:8080",
    state: "in step",
    pending: 0,
    refused: 0,
    pushed: 24,
    last_error: "",
    last_success: "2026-11-22T09:59:48+00:00",
    away_since: null,
    pushes_here: true,
    ...changes,
  };
}

function status(changes: Partial<StoreState> = {}): StoreState {
  return {
    kind: "local",
    connected: true,
    version: "0.1.0",
    objects: 24,
    folder: "/data/store",
    neighbors: "exact",
    source: "the local store",
    search: "exact",
    recall: 1,
    detail: "24 objects, exact search",
    mirror: null,
    ...changes,
  };
}

describe("the chip", () => {
  it("says how the store is", () => {
    expect(storePart(status(), true, true)).toEqual({ look: "good", text: "local store · exact neighbours" });
    expect(storePart(status({ mirror: mirror() }), true, true).text).toBe("local store · exact");
    expect(storePart(status({ kind: "memory" }), true, true)).toEqual({ look: "quiet", text: "not saved · exact neighbours" });
    expect(storePart(status({ connected: false }), true, true).look).toBe("bad");
    expect(storePart(status(), true, false)).toEqual({ look: "bad", text: "kernel does not answer · exact neighbours" });
    expect(storePart(status(), false, true)).toEqual({ look: "quiet", text: "offline page · exact neighbours" });
    expect(storePart(null, true, true).text).toBe("no store");
  });

  it("says how far the server follows, and only where one does", () => {
    const said = (changes: Partial<MirrorState>) => mirrorPart(status({ mirror: mirror(changes) }), true, true);
    expect(mirrorPart(status(), true, true)).toBeNull();
    expect(mirrorPart(status({ mirror: mirror() }), false, true)).toBeNull();
    expect(said({})).toEqual({ look: "good", text: "Weaviate in step" });
    expect(said({ state: "away", pending: 1200 })).toEqual({ look: "bad", text: "Weaviate away, 1,200 waiting" });
    expect(said({ state: "behind", pending: 3 })).toEqual({ look: "behind", text: "Weaviate behind, 3 waiting" });
    expect(said({ state: "behind", pending: 3, refused: 3 })).toEqual({ look: "bad", text: "Weaviate refused 3" });
    expect(said({ state: "behind" })?.text).toBe("looking for Weaviate");
    expect(said({ state: "paused" })).toEqual({ look: "paused", text: "Weaviate paused" });
    // What was heard before the kernel fell silent is no news.
    expect(mirrorPart(status({ mirror: mirror() }), true, false)).toEqual({ look: "quiet", text: "Weaviate unknown" });
  });

  it("is polled more often while something is amiss", () => {
    expect(interval("away", true)).toBeLessThan(interval("in step", true));
    expect(interval("in step", true)).toBeLessThan(interval(undefined, true));
    expect(interval("away", false)).toBe(interval(undefined, true));
  });
});

describe("the card", () => {
  const lines = (state: StoreState) => new Map(facts(state, NOW));

  it("names the source of the neighbours and how the store searches", () => {
    expect(lines(status()).get("Neighbours")).toBe("exact search, from the local store");
    expect(lines(status()).get("Its queries")).toBe("exact search");
    const approximate = lines(status({ search: "hnsw", recall: 0.9956 }));
    expect(approximate.get("Its queries")).toBe("HNSW search, recall 0.996, measured");
    expect(lines(status({ search: "hnsw", recall: null })).get("Its queries")).toBe("HNSW search, recall not measured yet");
    expect(lines(status({ kind: "memory", folder: null })).get("Store")).toBe("not saved");
    expect(lines(status({ connected: false, detail: "the disk is gone" })).get("Trouble")).toBe("the disk is gone");
    expect(lines(status()).has("Weaviate")).toBe(false);
  });

  it("tells what waits for a server that is away", () => {
    const away = mirror({ state: "away", pending: 2, refused: 1, away_since: "2026-11-22T09:50:00+00:00", last_error: "refused" });
    const told = lines(status({ mirror: away }));
    expect(told.get("State")).toBe("away for 10 min; tried again by itself");
    expect(told.get("Waiting")).toBe("2 changes, of these 1 refused; kept in the store");
    expect(told.get("Last answer")).toBe("12 s ago");
    expect(told.get("Said")).toBe("refused");
    expect(told.has("Pushed by")).toBe(false);
    expect(lines(status({ mirror: mirror({ pushes_here: false }) })).get("Pushed by")).toContain("another process");
    expect(lines(status({ mirror: mirror() })).get("Waiting")).toBe("nothing");
  });

  it("reads times as people do", () => {
    expect(ago("2026-11-22T10:00:05Z", NOW)).toBe("0 s");
    expect(ago("2026-11-22T09:30:00Z", NOW)).toBe("30 min");
    expect(ago("2026-11-22T07:00:00Z", NOW)).toBe("3 h");
    expect(ago("2026-11-20T10:00:00Z", NOW)).toBe("2 days");
  });
});
