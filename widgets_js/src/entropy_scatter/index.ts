// Entropy: bits per pixel of every image, in natural order, classes as bands behind.
// Reads: selected, hovered, visible. Writes: selected (click), hovered.

import { middleEllipsis, plural } from "../core/format.ts";
import { Panel, type Size, type ViewContext } from "../core/panel.ts";
import { AXIS_FONT_SIZE, drawAxisTitle, drawYAxis, type Frame } from "../core/scatter_axes.ts";
import { DIMMED, type Points } from "../core/scatter_marks.ts";
import { axisOf, markRadius, pixels } from "../core/scatter_scale.ts";
import { Scatter } from "../core/scatter.ts";
import { classOrder, type ClassBand } from "./order.ts";

/** Up to here each mark stands on a stem. */
const STEMS = 200;
const STEM_ALPHA = 0.45;
/** Beyond this many, marks are dots. */
const CROWD = 10_000;
/** No picture of 256 gray levels can hold more bits a pixel. */
const MOST_BITS = 8;

export function mountEntropyScatter(context: ViewContext): void {
  const { store } = context;
  const { images } = store;
  const panel = new Panel(context, {
    name: "entropy-scatter",
    title: "Entropy",
    help:
      "Shannon entropy of each image's gray levels, 0 (one flat tone) to 8 bits per pixel (every gray level alike). " +
      "Images stand in natural order of their names, grouped by class; click a mark to select it.",
  });
  panel.setFact("bits per pixel");
  if (images.n === 0) {
    panel.say("No images");
    return;
  }

  const { position, bands } = classOrder(images.label, images.labels);
  const stems = images.n <= STEMS;
  const yAxis = (size: Size) =>
    axisOf(images.entropy, {
      count: Math.max(2, Math.min(6, size.height / 45)),
      room: 0.05,
      nice: true,
      lowest: 0,
      highest: MOST_BITS,
    });
  const scatter = new Scatter(panel, { place, drawUnder, drawLead });
  scatter.addSave("entropy");

  function place(size: Size): Points {
    const frame = frameOf(size);
    const y = pixels(yAxis(size), frame.bottom, frame.top);
    const step = (frame.right - frame.left) / images.n;
    // Neighbours may overlap a little, as long as each one's shape can still be told.
    const r = Math.min(markRadius(images.n), Math.max(images.n > CROWD ? 1 : 2.4, step * 0.55));
    return {
      x: Float32Array.from(position, (at) => frame.left + (at + 0.5) * step),
      y: Float32Array.from(images.entropy, y),
      r,
    };
  }

  function drawUnder(canvas: CanvasRenderingContext2D, size: Size): void {
    const { theme } = panel;
    const frame = frameOf(size);
    const step = (frame.right - frame.left) / images.n;
    canvas.fillStyle = theme.grid;
    bands.forEach((band, i) => {
      if (i % 2 === 0) return;
      canvas.fillRect(frame.left + band.start * step, frame.top, (band.end - band.start) * step, frame.bottom - frame.top);
    });
    drawYAxis(canvas, theme, yAxis(size), pixels(yAxis(size), frame.bottom, frame.top), frame);
    if (bands.length) for (const band of bands) drawBandName(canvas, band, frame, step);
    else {
      const title = `${plural(images.n, "image")} in order of name`;
      drawAxisTitle(canvas, theme, title, (frame.left + frame.right) / 2, frame.bottom + 20, "center");
    }
    if (stems) drawStems(canvas, frame);
  }

  function drawBandName(canvas: CanvasRenderingContext2D, band: ClassBand, frame: Frame, step: number): void {
    const width = (band.end - band.start) * step;
    const room = Math.floor((width - 6) / (AXIS_FONT_SIZE * 0.58));
    const name = band.name ?? "no label";
    // A name cut to a few letters says nothing; the hover card names the class.
    if (room < Math.min(name.length, 4)) return;
    const middle = frame.left + ((band.start + band.end) / 2) * step;
    drawAxisTitle(canvas, panel.theme, middleEllipsis(name, room), middle, frame.bottom + 20, "center");
  }

  function drawStems(canvas: CanvasRenderingContext2D, frame: Frame): void {
    canvas.save();
    for (let row = 0; row < images.n; row++) {
      canvas.globalAlpha = store.visible[row] ? STEM_ALPHA : DIMMED * STEM_ALPHA;
      stem(canvas, frame, row, 1);
    }
    canvas.restore();
  }

  function drawLead(canvas: CanvasRenderingContext2D, row: number, strength: number): void {
    canvas.save();
    canvas.globalAlpha = strength;
    stem(canvas, frameOf(panel.size), row, 1.5);
    canvas.restore();
  }

  function stem(canvas: CanvasRenderingContext2D, frame: Frame, row: number, width: number): void {
    const { x, y } = scatter.points;
    if (Number.isNaN(y[row])) return;
    canvas.strokeStyle = panel.theme.group(images.cluster[row]);
    canvas.lineWidth = width;
    canvas.beginPath();
    canvas.moveTo(x[row], frame.bottom);
    canvas.lineTo(x[row], y[row]);
    canvas.stroke();
  }
}

function frameOf(size: Size): Frame {
  return { left: 40, right: Math.max(60, size.width - 14), top: 14, bottom: Math.max(40, size.height - 34) };
}
