// The one shared state of all views: what is selected, hovered, filtered, and how CAMs are shown.
// Selections travel from view to view here, inside the browser; Python hears of them afterwards.

import { Emitter } from "./emitter.ts";
import type { Invoke, Model } from "./model.ts";
import { Pictures } from "./pictures.ts";
import { ImageTable, type PackedTable } from "./table.ts";

/** "reselected": the image that was selected already is picked again, e.g. after the graph was cleared. */
export type StoreEvent = "selected" | "reselected" | "hovered" | "visible" | "cam" | "tiles" | "log" | "status";

export interface LogEntry {
  number: number;
  time: string;
  message: string;
  level: "info" | "error";
}

/** How far a Weaviate server follows the store; twin of `Mirror.status` in Python. */
export interface MirrorState {
  address: string;
  state: "in step" | "behind" | "away" | "paused";
  pending: number;
  refused: number;
  pushed: number;
  last_error: string;
  last_success: string | null;
  away_since: string | null;
  pushes_here: boolean;
}

/** How the store is; twin of `Analysis.store_status` in Python. */
export interface StoreState {
  kind: string;
  connected: boolean;
  version: string;
  objects: number;
  folder: string | null;
  /** How the neighbours of this page were found, and where they come from. */
  neighbors: string;
  source: string;
  /** How queries of the stored collection are answered. */
  search: string;
  recall: number | null;
  detail: string;
  mirror: MirrorState | null;
}

const LOG_LIMIT = 500;
/** How long a poll of the store may take. */
const POLL_MS = 10_000;

export class Store extends Emitter<StoreEvent> {
  readonly images: ImageTable;
  readonly pictures: Pictures;
  readonly log: LogEntry[] = [];
  /** Row of the selected image, -1 when none. */
  selected = -1;
  /** Row of the image under the pointer, -1 when none. */
  hovered = -1;
  /** Where the pointer is while `hovered` is set, in client pixels; null for hover by keyboard. */
  hoverPoint: { x: number; y: number } | null = null;
  /** 1 for each image that passes every filter. */
  visible: Uint8Array;
  visibleCount: number;
  private logged = 0;
  private seenMessages = 0;
  private readonly filters = new Map<string, Uint8Array>();

  constructor(
    readonly model: Model,
    private readonly invoke: Invoke | null,
    readonly signal: AbortSignal,
  ) {
    super();
    this.images = new ImageTable(model.get("_table") as PackedTable);
    this.pictures = new Pictures(this.images, model, invoke, {
      loaded: () => this.emit("tiles"),
      failed: (message) => this.report(message, "error"),
    });
    this.visible = new Uint8Array(this.images.n).fill(1);
    this.visibleCount = this.images.n;
    this.selected = this.images.row(model.get("selected") as string | null);
    const follow = (trait: string, callback: () => void) => {
      model.on(`change:${trait}`, callback);
      signal.addEventListener("abort", () => model.off(`change:${trait}`, callback));
    };
    follow("selected", () => this.followSelected());
    follow("cam_share", () => this.emit("cam"));
    follow("cam_opacity", () => this.emit("cam"));
    follow("hidden_groups", () => this.applyGroups());
    follow("status", () => this.emit("status"));
    follow("_messages", () => this.followMessages());
    this.followMessages();
    this.applyGroups();
    this.report(`${this.images.n} images loaded`);
  }

  // --- selection -------------------------------------------------------------------------

  /** Selects a row; -1 selects nothing. */
  select(row: number): void {
    if (row === this.selected) {
      if (row >= 0) this.emit("reselected");
      return;
    }
    this.setSelected(row);
    this.model.set("selected", row < 0 ? null : this.images.ids[row]);
    this.model.save_changes();
  }

  get selectedId(): string | null {
    return this.images.ids[this.selected] ?? null;
  }

  private followSelected(): void {
    this.setSelected(this.images.row(this.model.get("selected") as string | null));
  }

  private setSelected(row: number): void {
    if (row === this.selected) return;
    this.selected = row;
    this.report(row < 0 ? "selection cleared" : `selected ${this.images.ids[row]}`);
    this.emit("selected");
  }

  hover(row: number, point: { x: number; y: number } | null = null): void {
    if (row === this.hovered && row < 0) return;
    this.hovered = row;
    this.hoverPoint = point;
    this.emit("hovered");
  }

  // --- filters ---------------------------------------------------------------------------

  /** Sets one source's filter (1 = passes); null lifts it. All sources must pass. */
  setFilter(source: string, mask: Uint8Array | null): void {
    if (mask === null) {
      if (!this.filters.delete(source)) return;
    } else this.filters.set(source, mask);
    const visible = new Uint8Array(this.images.n).fill(1);
    for (const filter of this.filters.values()) {
      for (let i = 0; i < visible.length; i++) visible[i] &= filter[i];
    }
    this.visible = visible;
    this.visibleCount = visible.reduce((sum, value) => sum + value, 0);
    this.emit("visible");
  }

  hasFilter(source: string): boolean {
    return this.filters.has(source);
  }

  get hiddenGroups(): number[] {
    return (this.model.get("hidden_groups") as number[] | undefined) ?? [];
  }

  toggleGroup(group: number): void {
    const hidden = new Set(this.hiddenGroups);
    if (!hidden.delete(group)) hidden.add(group);
    this.model.set("hidden_groups", [...hidden].sort((a, b) => a - b));
    this.model.save_changes();
  }

  private applyGroups(): void {
    const hidden = new Set(this.hiddenGroups);
    const mask = hidden.size ? Uint8Array.from(this.images.cluster, (g) => (hidden.has(g) ? 0 : 1)) : null;
    this.setFilter("groups", mask);
  }

  /** Rows a lasso caught; those that other filters show filter every view and reach Python as `picked`. */
  pick(caught: number[]): void {
    const others = [...this.filters].filter(([source]) => source !== "lasso");
    const rows = caught.filter((row) => others.every(([, filter]) => filter[row]));
    const mask = rows.length ? new Uint8Array(this.images.n) : null;
    for (const row of rows) mask![row] = 1;
    this.setFilter("lasso", mask);
    this.model.set("picked", rows.map((row) => this.images.ids[row]));
    this.model.save_changes();
    this.report(rows.length ? `lasso holds ${rows.length} images` : "lasso lifted");
  }

  // --- CAM display -----------------------------------------------------------------------

  /** Share of an image's pixels that the CAM colours, 0 to 1. */
  get camShare(): number {
    return this.model.get("cam_share") as number;
  }

  get camOpacity(): number {
    return this.model.get("cam_opacity") as number;
  }

  setCam(name: "cam_share" | "cam_opacity", value: number): void {
    this.model.set(name, value);
    this.model.save_changes();
  }

  // --- log and store status --------------------------------------------------------------

  get status(): StoreState | null {
    return (this.model.get("status") as StoreState | undefined) ?? null;
  }

  /** Whether there was a kernel behind this page when it was made. */
  get live(): boolean {
    return this.invoke !== null;
  }

  /** Asks Python how the vector store is; false when no answer came in time. With `wake` the
   * server that follows is looked at, for the next answer. */
  async pollStatus(wake = false): Promise<boolean> {
    if (!this.invoke) return false;
    try {
      await this.invoke("poll_status", { wake }, { signal: AbortSignal.timeout(POLL_MS) });
    } catch {
      return false;
    }
    this.pictures.retry();
    return true;
  }

  report(message: string, level: LogEntry["level"] = "info"): void {
    const time = new Date().toTimeString().slice(0, 8);
    this.log.push({ number: ++this.logged, time, message, level });
    if (this.log.length > LOG_LIMIT) this.log.shift();
    this.emit("log");
  }

  private followMessages(): void {
    const messages = (this.model.get("_messages") as string[] | undefined) ?? [];
    for (const message of messages.slice(this.seenMessages)) this.report(message);
    this.seenMessages = messages.length;
  }
}
