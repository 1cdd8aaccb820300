// The instances of one image: glyphs in a size that fits the zoom, and names where there is room.

import type { Theme } from "../core/theme.ts";
import { drawGlyph, type GlyphSize } from "./glyph.ts";
import { GlyphSheet } from "./glyph_sheet.ts";
import { Looks } from "./looks.ts";
import { drawNames } from "./names.ts";
import type { Glance } from "./painter.ts";
import { PointGrid } from "./point_grid.ts";
import type { Scene } from "./scene.ts";
import { StampLayer } from "./stamps.ts";
import type { MarkState } from "./state.ts";
import { grown, holds, inImage, scaled, type Box, type Camera, type Size } from "./viewport.ts";

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
/** Up to so many glyphs are drawn as paths, which is finest; more of them are stamped. */
const AS_PATHS = 60;
/** Sizes of which stamps are kept. */
const SHEETS = 80;
/** Names are written for up to so many glyphs in view, of this radius at least. */
const NAMED = 60;
const NAMED_FROM = 9;
/** Screen pixels around a glyph that still count as on it. */
const REACH = 6;
const SHADE = "rgba(0, 0, 0, 0.6)";

export class InstanceLayer {
  private readonly looks: Looks;
  private readonly stamps = new StampLayer();
  private readonly sheets = new Map<string, GlyphSheet>();
  private sheetTheme: Theme | null = null;
  private places: PointGrid | null = null;
  private scene: Scene | null = null;
  private image = -1;

  constructor(private readonly state: MarkState) {
    this.looks = new Looks(state, state.signal);
  }

  /**
   * Draws onto a context; unless all are to be paths, its canvas must hold nothing else, because
   * stamps replace what is there.
   */
  draw(context: Canvas, { camera, size: stage, density, theme, part }: Glance, asPaths = false): void {
    const base = this.base(camera);
    const rows = this.inView(camera, part);
    const stamped = rows.length > AS_PATHS && !asPaths;
    if (stamped) this.stamp(context, rows, base, { camera, density, theme, part });
    context.save();
    context.beginPath();
    context.rect(part.x, part.y, part.width, part.height);
    context.clip();
    if (!stamped) {
      for (const row of rows) {
        const [x, y] = this.place(row, camera);
        drawGlyph(context, this.looks.glyph(row), this.size(row, base, camera), x, y, theme);
      }
    }
    this.drawNames(context, rows.filter((row) => holds(part, ...this.place(row, camera))), base, camera, stage, theme);
    context.restore();
  }

  private drawNames(context: Canvas, rows: number[], base: number, camera: Camera, stage: Size, theme: Theme): void {
    if (rows.length > NAMED || base < NAMED_FROM) return;
    const { selected } = this.state;
    const order = [...rows].sort((a, b) => Number(b === selected) - Number(a === selected));
    const named = order.map((row) => {
      const [x, y] = this.place(row, camera);
      const radius = this.size(row, base, camera).ring;
      return { row, x, y, radius, gap: radius + (row === selected ? 16 : 6) };
    });
    drawNames(context, this.state, named, stage.width, theme);
  }

  /** What stands out on every stage: the selected instance and the hovered one, with their signs or without. */
  drawChosen(context: Canvas, camera: Camera, theme: Theme, signed: boolean): void {
    const { state } = this;
    const base = this.base(camera);
    for (const row of new Set([state.hovered, state.selected])) {
      if (row < 0 || state.scene.image[row] !== state.image) continue;
      const [x, y] = this.place(row, camera);
      const selected = row === state.selected;
      const size = this.size(row, Math.max(base, RINGED + 1) * (selected ? 1.25 : 1), camera);
      if (signed) drawGlyph(context, this.looks.glyph(row), size, x, y, theme);
      drawTarget(context, x, y, size.ring + (selected ? 7 : 4), selected, theme);
    }
  }

  /** The row whose glyph is at a place on screen, -1 when there is none. */
  at(x: number, y: number, camera: Camera): number {
    const reach = (Math.max(this.base(camera), RINGED) + REACH) / camera.k;
    const { all } = this.looks;
    return this.grid.nearest((x - camera.x) / camera.k, (y - camera.y) / camera.k, reach, (row) => all[row] >= 0);
  }

  private stamp(context: Canvas, rows: number[], base: number, glance: Pick<Glance, "camera" | "density" | "theme" | "part">): void {
    const { camera, density, theme, part } = glance;
    this.stamps.clear(scaled(part, density));
    const { all } = this.looks;
    for (const row of rows) {
      const [x, y] = this.place(row, camera);
      const sheet = this.sheet(this.size(row, base, camera), density, theme);
      this.stamps.over(sheet.stamp(all[row], () => this.looks.glyph(row)), x * density, y * density);
    }
    this.stamps.show(context);
  }

  /** Rows that are shown and whose glyph may touch a part of the stage. */
  private inView(camera: Camera, part: Box): number[] {
    const rows: number[] = [];
    const { all } = this.looks;
    this.grid.visit(inImage(camera, grown(part, WIDEST)), (row) => {
      if (all[row] >= 0) rows.push(row);
    });
    return rows;
  }

  private get grid(): PointGrid {
    const { scene, image } = this.state;
    if (!this.places || scene !== this.scene || image !== this.image) {
      [this.scene, this.image] = [scene, image];
      this.places = new PointGrid(scene.x, scene.y, scene.rowsOf(image));
    }
    return this.places;
  }

  private place(row: number, { k, x, y }: Camera): [number, number] {
    const { scene } = this.state;
    return [scene.x[row] * k + x, scene.y[row] * k + y];
  }

  /** Radius of an ordinary glyph at this zoom, CSS pixels. */
  private base(camera: Camera): number {
    return Math.min(LARGEST, Math.max(SMALLEST, OF_SPACING * this.grid.spacing * camera.k));
  }

  /** Far away a glyph is as large as the crowd allows; close by its ring lies round the marks. */
  private size(row: number, base: number, camera: Camera): GlyphSize {
    if (base < RINGED) return { shape: base, ring: 0 };
    const own = OF_RADIUS * this.state.scene.radius[row] * camera.k;
    return { shape: Math.min(base, 7) * 0.5, ring: Math.min(WIDEST, own > base ? own : base) };
  }

  private sheet(size: GlyphSize, density: number, theme: Theme): GlyphSheet {
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
}

/** A ring around the chosen one, with four short lines at the selected one. */
function drawTarget(context: Canvas, x: number, y: number, r: number, selected: boolean, theme: Theme): void {
  for (const [style, width] of [[SHADE, selected ? 4.5 : 3], [theme.ring, selected ? 2 : 1.25]] as const) {
    context.beginPath();
    context.arc(x, y, r, 0, 2 * Math.PI);
    if (selected) {
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
