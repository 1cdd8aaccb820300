// The instances of one image: glyphs in a size that fits the zoom, names where there is room, and
// the selected one's own marks.

import type { Theme } from "../core/theme.ts";
import { twoDecimals } from "../core/format.ts";
import { drawGlyph, GlyphSheet, type Glyph, type GlyphSize } from "./glyph.ts";
import { PointGrid } from "./point_grid.ts";
import type { Scene } from "./scene.ts";
import type { MarkState } from "./state.ts";
import { visible, type Camera, type Size } from "./viewport.ts";

type Canvas = CanvasRenderingContext2D;

/** CSS pixels: the smallest and largest that a glyph is where instances are crowded or sparse. */
const SMALLEST = 2.4;
const LARGEST = 9;
/** Radius of a glyph in units of the mean distance between instances. */
const OF_SPACING = 0.26;
/** Below this radius there is room for the shape alone. */
const RINGED = 5;
/** Radius of the ring in units of the instance's own. */
const OF_RADIUS = 1.5;
const WIDEST = 72;
/** From so many glyphs on they are copied from the sheet. */
const SHEET_FROM = 60;
/** Sheets kept, one a size. */
const SHEETS = 80;
/** Names are written below so many glyphs in view, from this radius on. */
const NAMED = 60;
const NAMED_FROM = 9;
/** Screen pixels around a glyph that still count as on it. */
const REACH = 6;

export class InstanceLayer {
  private grid: PointGrid | null = null;
  private scene: Scene | null = null;
  private image = -1;
  private doubtful = new Uint8Array();
  private readonly sheets = new Map<string, GlyphSheet>();
  private sheetTheme: Theme | null = null;

  constructor(private readonly state: MarkState) {}

  draw(context: Canvas, camera: Camera, stage: Size, density: number, theme: Theme): void {
    this.prepare();
    const rows = this.inView(camera, stage).filter((row) => this.drawn(row));
    const base = this.base(camera);
    const many = rows.length >= SHEET_FROM;
    for (const row of rows) {
      if (row === this.state.selected) continue;
      const [x, y] = this.place(row, camera);
      const size = this.size(row, base, camera);
      if (many) this.sheetFor(size, density, theme).draw(context, this.glyph(row), x, y);
      else drawGlyph(context, this.glyph(row), size, x, y, theme);
    }
    if (rows.length <= NAMED && base >= NAMED_FROM - 1e-6) this.drawNames(context, rows, base, camera, theme);
  }

  /** What stands out on every stage: the selected instance and the hovered one. */
  drawChosen(context: Canvas, camera: Camera, theme: Theme): void {
    this.prepare();
    const { state } = this;
    const base = this.base(camera);
    for (const row of [state.hovered, state.selected]) {
      if (row < 0 || state.scene.image[row] !== state.image) continue;
      const [x, y] = this.place(row, camera);
      const selected = row === state.selected;
      const size = this.size(row, Math.max(base, RINGED + 1) * (selected ? 1.25 : 1), camera);
      drawGlyph(context, this.glyph(row), size, x, y, theme);
      drawTarget(context, x, y, size.ring + (selected ? 7 : 4), selected, theme);
    }
  }

  /** The row whose glyph is at a place on screen, -1 when there is none. */
  at(x: number, y: number, camera: Camera): number {
    this.prepare();
    const base = this.base(camera);
    const reach = (Math.max(base, RINGED) + REACH) / camera.k;
    return this.grid!.nearest((x - camera.x) / camera.k, (y - camera.y) / camera.k, reach, (row) => this.drawn(row));
  }

  /** Rows whose place is on the stage, or close to it. */
  inView(camera: Camera, stage: Size): number[] {
    this.prepare();
    const box = visible(camera, stage);
    const margin = WIDEST / camera.k;
    const rows: number[] = [];
    const { x, y } = this.state.scene;
    this.grid!.visit({ x: box.x - margin, y: box.y - margin, width: box.width + 2 * margin, height: box.height + 2 * margin }, (row) => {
      if (x[row] >= box.x - margin && x[row] <= box.x + box.width + margin && y[row] >= box.y - margin && y[row] <= box.y + box.height + margin) rows.push(row);
    });
    return rows;
  }

  /** Instances and what may be one; not what is known to be nothing, unless one has said so. */
  private drawn(row: number): boolean {
    const { state } = this;
    if (row === state.selected) return true;
    if (!state.shows(row)) return false;
    return state.existsOf(row) || state.isSettled(row) || this.doubtful[row] === 1;
  }

  private glyph(row: number): Glyph {
    const { state } = this;
    const settled = state.isSettled(row);
    const tie = state.scene.tie[row] === 1 && !settled;
    const likeliest = tie ? state.scene.likeliest(row) : [];
    const label = state.labelOf(row);
    return {
      label,
      other: likeliest.find((other) => other !== label) ?? -1,
      exists: settled ? Number(state.existsOf(row)) : state.scene.pExists[row],
      present: state.existsOf(row),
      doubtful: this.doubtful[row] === 1 && !settled,
      settled,
    };
  }

  private prepare(): void {
    const { scene, image } = this.state;
    if (scene === this.scene && image === this.image) return;
    if (scene !== this.scene) {
      this.doubtful = new Uint8Array(scene.n);
      for (const row of scene.review) this.doubtful[row] = 1;
    }
    [this.scene, this.image] = [scene, image];
    this.grid = new PointGrid(scene.x, scene.y, scene.rowsOf(image));
  }

  private place(row: number, { k, x, y }: Camera): [number, number] {
    const { scene } = this.state;
    return [scene.x[row] * k + x, scene.y[row] * k + y];
  }

  /** Radius of an ordinary glyph at this zoom, CSS pixels. */
  private base(camera: Camera): number {
    const { grid } = this;
    return Math.min(LARGEST, Math.max(SMALLEST, OF_SPACING * grid!.spacing * camera.k));
  }

  /** Far away a glyph is as large as the crowd allows; close by its ring lies round the marks. */
  private size(row: number, base: number, camera: Camera): GlyphSize {
    if (base < RINGED) return { shape: base, ring: 0 };
    const own = OF_RADIUS * this.state.scene.radius[row] * camera.k;
    const ring = Math.min(WIDEST, Math.max(base, Number.isFinite(own) ? own : 0));
    return { shape: Math.min(base, 7) * 0.5, ring };
  }

  private sheetFor(size: GlyphSize, density: number, theme: Theme): GlyphSheet {
    if (this.sheetTheme !== theme || this.sheets.size > SHEETS) this.sheets.clear();
    this.sheetTheme = theme;
    const fitted = { shape: Math.round(2 * size.shape) / 2, ring: Math.round(size.ring) };
    const key = `${fitted.shape} ${fitted.ring} ${density}`;
    let sheet = this.sheets.get(key);
    if (!sheet) {
      sheet = new GlyphSheet(fitted, density, theme);
      this.sheets.set(key, sheet);
    }
    return sheet;
  }

  private drawNames(context: Canvas, rows: number[], base: number, camera: Camera, theme: Theme): void {
    const { state } = this;
    context.font = `11px ${theme.font}`;
    context.textBaseline = "middle";
    const taken: [number, number, number, number][] = [];
    const order = [...rows].sort((a, b) => Number(b === state.selected) - Number(a === state.selected));
    for (const row of order) {
      const name = this.name(row);
      if (!name) continue;
      const [x, y] = this.place(row, camera);
      const left = x + this.size(row, base, camera).ring + (row === state.selected ? 14 : 6);
      const box: [number, number, number, number] = [left, y - 8, left + context.measureText(name).width, y + 8];
      if (taken.some((other) => box[0] < other[2] && other[0] < box[2] && box[1] < other[3] && other[1] < box[3])) continue;
      taken.push(box);
      context.lineWidth = 3;
      context.lineJoin = "round";
      context.strokeStyle = "rgba(0, 0, 0, 0.7)";
      context.strokeText(name, left, y);
      context.fillStyle = "#ffffff";
      context.fillText(name, left, y);
    }
  }

  private name(row: number): string {
    const { state } = this;
    if (!state.existsOf(row)) return state.isSettled(row) ? "no instance" : `${twoDecimals(state.scene.pExists[row])}?`;
    const label = state.labelOf(row);
    const name = label < 0 ? "" : state.scene.classes[label];
    return state.scene.tie[row] === 1 && !state.isSettled(row)
      ? state.scene.likeliest(row).map((other) => state.scene.classes[other]).join(" / ")
      : name;
  }
}

/** Four short lines around the chosen one, and its ring. */
function drawTarget(context: Canvas, x: number, y: number, r: number, strong: boolean, theme: Theme): void {
  for (const [style, width] of [["rgba(0, 0, 0, 0.6)", strong ? 4.5 : 3], [theme.dark ? theme.ring : "#ffffff", strong ? 2 : 1.25]] as const) {
    context.beginPath();
    context.arc(x, y, r, 0, 2 * Math.PI);
    if (strong) {
      for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
        context.moveTo(x + dx * r, y + dy * r);
        context.lineTo(x + dx * (r + 6), y + dy * (r + 6));
      }
    }
    context.strokeStyle = style;
    context.lineWidth = width;
    context.stroke();
  }
}
