// The state that the stage and the review share: what is selected and shown, and what is settled.
// It mirrors the widget's traits, so that Python, another view of the same widget and this page agree.

import { Emitter } from "../core/emitter.ts";
import { onChange, type Model } from "../core/model.ts";
import { Decisions, type Decision, type Verdict } from "./decisions.ts";
import { Scene, type PackedScene } from "./scene.ts";

export const STAGES = ["marks", "clusters", "particles", "compare"] as const;
export type Stage = (typeof STAGES)[number];

/** "filter": classes are switched on or off, or another queue of rows is to be gone through. */
export type MarkEvent = "selected" | "hovered" | "image" | "stage" | "decisions" | "filter" | "scene";

export class MarkState extends Emitter<MarkEvent> {
  scene: Scene;
  /** Row of the selected instance, -1 when none. */
  selected = -1;
  /** Row under the pointer or in focus, -1 when none. */
  hovered = -1;
  /** Index of the image on the stage; 0 even where there is none. */
  image = 0;
  /** Rows that `next` goes through, most doubtful first; the review's filters narrow it. */
  queue: Int32Array;
  /** 1 for each class that is shown; the last entry stands for instances without a class. */
  visibleClasses: Uint8Array;
  readonly decisions = new Decisions();
  private peeking = false;

  constructor(
    readonly model: Model,
    readonly signal: AbortSignal,
  ) {
    super();
    this.scene = new Scene(model.get("_scene") as PackedScene);
    this.queue = this.scene.review;
    this.visibleClasses = allClasses(this.scene);
    this.decisions.replace(this.settledTrait());
    this.selected = this.scene.row(this.selectedTrait());
    this.image = this.imageTrait();
    if (this.selected >= 0) this.image = this.scene.image[this.selected];
    onChange(model, "_scene", () => this.replaceScene(), signal);
    onChange(model, "selected", () => this.followSelected(), signal);
    onChange(model, "image_id", () => this.setImage(this.imageTrait()), signal);
    onChange(model, "stage", () => this.emit("stage"), signal);
    onChange(model, "settled", () => this.followSettled(), signal);
  }

  // --- what is shown ---------------------------------------------------------------------

  /** The stage that is chosen. */
  get stage(): Stage {
    return this.model.get("stage") as Stage;
  }

  /** The stage to draw: the chosen one, or the marks while one peeks at them. */
  get shownStage(): Stage {
    return this.peeking ? "marks" : this.stage;
  }

  setStage(stage: Stage): void {
    this.save({ stage });
  }

  /** Shows the marks for as long as it is on, whatever the stage: before and after. */
  peek(on: boolean): void {
    if (on === this.peeking) return;
    this.peeking = on;
    this.emit("stage");
  }

  get imageId(): string | null {
    return this.scene.images[this.image] ?? null;
  }

  /** Shows an image by its index, round the ends; a selection on another image is given up. */
  showImage(index: number): void {
    const n = this.scene.images.length;
    if (n === 0) return;
    const image = ((index % n) + n) % n;
    if (image === this.image) return;
    const elsewhere = this.selected >= 0 && this.scene.image[this.selected] !== image;
    this.setImage(image);
    if (elsewhere) this.setSelected(-1);
    this.save(elsewhere ? { image_id: this.imageId, selected: null } : { image_id: this.imageId });
  }

  /** Selects a row and shows its image; -1 selects nothing. */
  select(row: number): void {
    if (row === this.selected) return;
    this.setSelected(row);
    this.save({ selected: this.selectedId, image_id: this.imageId });
  }

  get selectedId(): string | null {
    return this.scene.ids[this.selected] ?? null;
  }

  hover(row: number): void {
    if (row === this.hovered) return;
    this.hovered = row;
    this.emit("hovered");
  }

  /** Switches a class on or off; `classes.length` stands for instances without a class. */
  showClass(label: number, on: boolean): void {
    this.visibleClasses[label] = Number(on);
    this.emit("filter");
  }

  /** Whether a row's class is switched on. */
  shows(row: number): boolean {
    const label = this.labelOf(row);
    return this.visibleClasses[label < 0 ? this.scene.classes.length : label] === 1;
  }

  // --- decisions -------------------------------------------------------------------------

  decisionOf(row: number): Decision | undefined {
    return this.decisions.of(this.scene.ids[row]);
  }

  isSettled(row: number): boolean {
    return this.decisionOf(row) !== undefined;
  }

  /** Class number of a row after the decisions, -1 for none. */
  labelOf(row: number): number {
    return this.decisionOf(row)?.label ?? this.scene.label[row];
  }

  /** Whether a row is an instance, after the decisions. */
  existsOf(row: number): boolean {
    return this.decisionOf(row)?.exists ?? this.scene.pExists[row] >= this.scene.minProbability;
  }

  /** Settles a row; from the selected one it goes on to the next of the queue, if it is of the queue. */
  settle(row: number, verdict: Verdict): void {
    this.decisions.add({ instance: this.scene.ids[row], exists: verdict.exists, label: verdict.label });
    this.decided();
    if (row === this.selected && this.queue.includes(row)) this.next(1);
  }

  /** Takes the last decision back and shows the instance that it was about. */
  undo(): void {
    this.revisit(this.decisions.undo());
  }

  redo(): void {
    this.revisit(this.decisions.redo());
  }

  /** Rows of the queue that are not settled. */
  get waiting(): number {
    return this.queue.reduce((sum, row) => sum + Number(!this.isSettled(row)), 0);
  }

  /** Selects the next (1) or previous (-1) row of the queue that is not settled, round its ends. */
  next(step: 1 | -1): void {
    const n = this.queue.length;
    const from = this.queue.indexOf(this.selected);
    let at = from >= 0 ? from : step > 0 ? -1 : n;
    for (let tries = 0; tries < n; tries++) {
      at = (at + step + n) % n;
      const row = this.queue[at];
      if (this.isSettled(row)) continue;
      this.select(row);
      return;
    }
  }

  /** Makes `next` go through these rows only. */
  setQueue(rows: Int32Array): void {
    this.queue = rows;
    this.emit("filter");
  }

  // --- the traits ------------------------------------------------------------------------

  private revisit(decision: Decision | undefined): void {
    if (!decision) return;
    this.decided();
    const row = this.scene.row(decision.instance);
    if (row >= 0) this.select(row);
  }

  private decided(): void {
    this.save({ settled: this.decisions.log });
    this.emit("decisions");
  }

  private setImage(image: number): void {
    if (image === this.image) return;
    this.image = image;
    this.hover(-1);
    this.emit("image");
  }

  private setSelected(row: number): void {
    if (row === this.selected) return;
    this.selected = row;
    if (row >= 0) this.setImage(this.scene.image[row]);
    this.emit("selected");
  }

  private save(traits: Record<string, unknown>): void {
    for (const [name, value] of Object.entries(traits)) this.model.set(name, value);
    this.model.save_changes();
  }

  private selectedTrait(): string | null {
    return (this.model.get("selected") as string | null | undefined) ?? null;
  }

  private settledTrait(): readonly Decision[] {
    return (this.model.get("settled") as Decision[] | undefined) ?? [];
  }

  private imageTrait(): number {
    return Math.max(0, this.scene.images.indexOf(this.model.get("image_id") as string));
  }

  private followSelected(): void {
    this.setSelected(this.scene.row(this.selectedTrait()));
    // Who selects from outside need not know which image that is on.
    if (this.model.get("image_id") !== this.imageId) this.save({ image_id: this.imageId });
  }

  private followSettled(): void {
    const log = this.settledTrait();
    // Our own entries come back as the array that was set.
    if (log === this.decisions.log) return;
    this.decisions.replace(log);
    this.emit("decisions");
  }

  /** After `apply` Python sends another scene: what was shown stays shown where it is still there. */
  private replaceScene(): void {
    this.scene = new Scene(this.model.get("_scene") as PackedScene);
    this.queue = this.scene.review;
    this.visibleClasses = allClasses(this.scene);
    this.hovered = -1;
    this.decisions.replace(this.settledTrait());
    this.selected = this.scene.row(this.selectedTrait());
    this.image = this.selected >= 0 ? this.scene.image[this.selected] : this.imageTrait();
    this.emit("scene");
  }
}

function allClasses(scene: Scene): Uint8Array {
  return new Uint8Array(scene.classes.length + 1).fill(1);
}
