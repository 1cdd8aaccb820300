// How an instance looks: its class as colour and shape, its probability as a ring, what the expert
// has said as a small sign.

import { groupShape, traceShape } from "../core/groups.ts";
import type { Theme } from "../core/theme.ts";

export interface Glyph {
  /** Class number, -1 for none */
  label: number;
  /** The other class of a tie, -1 where there is none */
  other: number;
  /** Probability that there is an instance, 0 to 1 */
  exists: number;
  /** Taken for an instance; else it is a mere candidate */
  present: boolean;
  /** On the list of what should be looked at */
  doubtful: boolean;
  settled: boolean;
}

export interface GlyphSize {
  /** Radius of the class' shape, CSS pixels */
  shape: number;
  /** Radius of the ring; 0 for none */
  ring: number;
}

type Canvas = CanvasRenderingContext2D;

/** Of what lies under lines and shapes, so that they show on any ground. */
const SHADE = "rgba(0, 0, 0, 0.55)";
const TOP = -Math.PI / 2;
const TURN = 2 * Math.PI;
const GONE = 0.55;

export function drawGlyph(context: Canvas, glyph: Glyph, size: GlyphSize, x: number, y: number, theme: Theme): void {
  const color = glyph.label < 0 ? theme.text : theme.group(glyph.label);
  context.save();
  if (!glyph.present) context.globalAlpha = GONE;
  if (size.ring > 0) drawRing(context, glyph, size.ring, x, y, color, theme);
  if (glyph.present) drawShape(context, glyph, size.shape, x, y, color, theme);
  else drawCross(context, size.shape, x, y, color);
  context.restore();
  if (glyph.settled && size.ring > 0) drawCheck(context, size, x, y, glyph.present, theme);
}

function drawShape(context: Canvas, glyph: Glyph, r: number, x: number, y: number, color: string, theme: Theme): void {
  const trace = () => {
    context.beginPath();
    traceShape(context, glyph.label < 0 ? "circle" : groupShape(glyph.label), x, y, r);
  };
  trace();
  context.lineWidth = 2;
  context.lineJoin = "round";
  context.strokeStyle = SHADE;
  context.stroke();
  context.fillStyle = color;
  context.fill();
  if (glyph.other < 0) return;
  // A tie wears both colours: the right half is the other class'.
  context.save();
  // Once more: svgcanvas, unlike a canvas, forgets the path when the state is saved.
  trace();
  context.clip();
  context.fillStyle = theme.group(glyph.other);
  context.fillRect(x, y - 2 * r, 2 * r, 4 * r);
  context.restore();
}

function drawCross(context: Canvas, r: number, x: number, y: number, color: string): void {
  const a = 0.7 * r;
  for (const [style, width] of [[SHADE, 3], [color, 1.5]] as const) {
    context.beginPath();
    context.moveTo(x - a, y - a);
    context.lineTo(x + a, y + a);
    context.moveTo(x + a, y - a);
    context.lineTo(x - a, y + a);
    context.strokeStyle = style;
    context.lineWidth = width;
    context.stroke();
  }
}

/** The ring is closed as far as the instance is probable; a thin line leads round the rest. */
function drawRing(context: Canvas, glyph: Glyph, r: number, x: number, y: number, color: string, theme: Theme): void {
  const width = glyph.doubtful ? 2.5 : 1.5;
  const arc = (from: number, to: number, style: string, line: number) => {
    context.beginPath();
    context.arc(x, y, r, TOP + from * TURN, TOP + to * TURN);
    context.strokeStyle = style;
    context.lineWidth = line;
    context.stroke();
  };
  arc(0, 1, SHADE, width + 1.5);
  const alpha = context.globalAlpha;
  context.globalAlpha = alpha * 0.45;
  arc(0, 1, color, 1);
  context.globalAlpha = alpha;
  const { exists } = glyph;
  if (glyph.other < 0) arc(0, exists, color, width);
  else {
    arc(0, exists / 2, theme.group(glyph.other), width);
    arc(exists / 2, exists, color, width);
  }
}

function drawCheck(context: Canvas, size: GlyphSize, x: number, y: number, present: boolean, theme: Theme): void {
  const away = Math.max(size.ring, size.shape + 3) * Math.SQRT1_2;
  const [cx, cy] = [x + away, y - away];
  context.beginPath();
  context.arc(cx, cy, 5, 0, TURN);
  context.fillStyle = theme.panel;
  context.fill();
  context.beginPath();
  if (present) {
    context.moveTo(cx - 2.4, cy + 0.2);
    context.lineTo(cx - 0.7, cy + 2);
    context.lineTo(cx + 2.5, cy - 1.8);
  } else {
    context.moveTo(cx - 2.2, cy);
    context.lineTo(cx + 2.2, cy);
  }
  context.lineWidth = 1.5;
  context.lineCap = "round";
  context.lineJoin = "round";
  context.strokeStyle = theme.text;
  context.stroke();
}
