// Gray levels of the selected image at its native size: 256 exact bins over a black-to-white strip.

import { Panel, type Size, type ViewContext } from "../core/panel.ts";
import { plural, thousands, twoDecimals } from "../core/format.ts";
import { addSaveAction } from "../core/save_picture.ts";
import { binAt, ceiling } from "./bins.ts";

const MARGIN = { left: 12, right: 12, top: 6, bottom: 30 };
const STRIP = 6;

export function mountImageHistogram(context: ViewContext): void {
  const { store, signal } = context;
  const panel = new Panel(context, {
    name: "image-histogram",
    title: "Gray levels",
    help: "How many pixels have each of the 256 gray levels, counted at the image's native size. Bars that pass the top (often black or white) are cut; hover reads every bin.",
  });
  let hovered = -1;
  const { canvas, redraw } = panel.addCanvas(draw);

  function plot(size: Size) {
    return {
      left: MARGIN.left,
      width: Math.max(1, size.width - MARGIN.left - MARGIN.right),
      top: MARGIN.top,
      height: Math.max(1, size.height - MARGIN.top - MARGIN.bottom),
    };
  }

  function draw(ctx: CanvasRenderingContext2D, size: Size): void {
    const { theme } = panel;
    const counts = store.selected < 0 ? null : store.pictures.histogram(store.selected);
    if (!counts) return;
    const { left, width, top, height } = plot(size);
    const bottom = top + height;
    const step = width / 256;
    const highest = ceiling(counts);
    const y = (count: number) => bottom - Math.min(1, count / highest) * height;

    ctx.beginPath();
    ctx.moveTo(left, bottom);
    counts.forEach((count, bin) => {
      ctx.lineTo(left + bin * step, y(count));
      ctx.lineTo(left + (bin + 1) * step, y(count));
    });
    ctx.lineTo(left + width, bottom);
    ctx.closePath();
    ctx.globalAlpha = 0.22;
    ctx.fillStyle = theme.text;
    ctx.fill();
    ctx.globalAlpha = 0.85;
    ctx.strokeStyle = theme.text;
    ctx.lineWidth = 1;
    ctx.stroke();
    ctx.globalAlpha = 1;

    const strip = ctx.createLinearGradient(left, 0, left + width, 0);
    strip.addColorStop(0, "#000000");
    strip.addColorStop(1, "#ffffff");
    ctx.fillStyle = strip;
    ctx.fillRect(left, bottom + 2, width, STRIP);
    ctx.strokeStyle = theme.line;
    ctx.strokeRect(left, bottom + 2, width, STRIP);

    ctx.font = `11px ${theme.font}`;
    ctx.fillStyle = theme.muted;
    ctx.textBaseline = "top";
    ctx.textAlign = "left";
    ctx.fillText("0", left, bottom + STRIP + 6);
    ctx.textAlign = "right";
    ctx.fillText("255", left + width, bottom + STRIP + 6);
    if (hovered >= 0) {
      const x = left + (hovered + 0.5) * step;
      ctx.strokeStyle = theme.accent;
      ctx.lineWidth = Math.max(1, step);
      ctx.beginPath();
      ctx.moveTo(x, bottom);
      ctx.lineTo(x, top);
      ctx.stroke();
    }
  }

  function update(): void {
    const row = store.selected;
    const counts = row < 0 ? null : store.pictures.histogram(row);
    panel.say(row < 0 ? "Pick an image to see its gray levels" : null);
    if (row < 0) panel.setFact("");
    else if (counts && hovered >= 0) {
      const total = counts.reduce((sum, count) => sum + count, 0);
      const share = (100 * counts[hovered]) / total;
      panel.setFact(`level ${hovered}: ${plural(counts[hovered], "pixel")}, ${twoDecimals(share)} %`);
    } else {
      const most = counts ? ` · highest bin ${thousands(counts.reduce((a, b) => Math.max(a, b), 0))}` : "";
      panel.setFact(`${twoDecimals(store.images.entropy[row])} bits${most}`);
    }
    redraw();
  }

  canvas.addEventListener("pointermove", (event) => {
    const { left, width } = plot(panel.size);
    hovered = binAt(event.offsetX - left, width);
    update();
  });
  canvas.addEventListener("pointerleave", () => {
    hovered = -1;
    update();
  });
  store.on(["selected", "tiles"], update, signal);
  addSaveAction(panel, "gray_levels", draw);
  update();
}
