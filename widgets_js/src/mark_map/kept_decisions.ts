// Without a kernel nobody but the page holds the decisions. They are kept in the browser's storage,
// so that a closed tab loses none; where that is not allowed, the browser asks before it closes.

import type { Decision } from "./decisions.ts";
import type { MarkState } from "./state.ts";

export interface Kept {
  /** How many decisions of an earlier visit are there again */
  restored: number;
  /** To be called once they are in a file */
  saved: () => void;
}

export function keepDecisions(state: MarkState, signal: AbortSignal, storage = browserStorage()): Kept {
  const key = `crystalviz-marks-${fingerprint(state)}`;
  const before = state.decisions.log.length;
  const earlier = read(storage, key, state);
  if (earlier) {
    state.model.set("settled", earlier);
    state.model.save_changes();
  }
  let unsafe = false;
  state.on("decisions", () => {
    try {
      storage!.setItem(key, JSON.stringify(state.decisions.log));
    } catch {
      unsafe = true;
    }
  }, signal);
  window.addEventListener("beforeunload", (event) => {
    if (unsafe) event.preventDefault();
  }, { signal });
  return {
    restored: earlier ? Math.max(0, earlier.length - before) : 0,
    saved: () => {
      unsafe = false;
    },
  };
}

/** Null where the page may not use it, for example in a frame of another origin. */
function browserStorage(): Storage | null {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}

/** The log of an earlier visit; null where there is none, or none that is about these instances. */
function read(storage: Storage | null, key: string, { scene }: MarkState): Decision[] | null {
  try {
    const log = JSON.parse(storage!.getItem(key) ?? "null") as Decision[] | null;
    const fits = ({ instance, exists, label }: Decision) =>
      scene.row(instance) >= 0 && typeof exists === "boolean" && (label === null || scene.classes[label] !== undefined);
    return Array.isArray(log) && log.every(fits) ? log : null;
  } catch {
    return null;
  }
}

/** Tells pages apart: by places, classes, and what was settled when the page was written. FNV-1a. */
export function fingerprint({ scene, decisions }: MarkState): string {
  let hash = 0x811c9dc5;
  const add = (text: string) => {
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  };
  add(JSON.stringify([scene.title, scene.images, scene.classes, scene.ids, decisions.log]));
  for (let row = 0; row < scene.n; row++) add(`${scene.x[row]} ${scene.y[row]} `);
  return (hash >>> 0).toString(16);
}
