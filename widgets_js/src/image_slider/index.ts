// The selected image under its CAM overlay: the overlay is shown left of a handle that is dragged,
// clicked or moved by keys. Reads no trait; the handle goes back to the middle with each selection.

import { sliderArrows } from "../core/slider_arrows.ts";
import { CamOverlays } from "../core/cam.ts";
import { element, onceAFrame } from "../core/dom.ts";
import { middleEllipsis } from "../core/format.ts";
import { Panel, type Size, type ViewContext } from "../core/panel.ts";
import { addSaveAction } from "../core/save_picture.ts";
import { addStyles } from "../core/styles.ts";
import { keyTarget, pictureBox } from "./geometry.ts";
import styles from "./styles.css";

addStyles(styles);

const MIDDLE = 50;
const NAME_LIMIT = 30;

export function mountImageSlider(context: ViewContext): void {
  const { store, signal } = context;
  const panel = new Panel(context, {
    name: "image-slider",
    title: "Image",
    help: "The selected image. Left of the handle its CAM shows where the model looked; right of it is the original. Drag, click, or use the arrow keys.",
  });
  const overlays = CamOverlays.of(store);
  let position = MIDDLE;
  let picture: ImageBitmap | null = null;

  const { redraw } = panel.addCanvas(draw);
  const handle = element("div", "cz-slider-handle");
  const bar = element("div", "cz-slider-bar", [handle]);
  handle.append(sliderArrows());
  const camLabel = element("span", "cz-slider-label cz-slider-label-cam", ["CAM"]);
  const originalLabel = element("span", "cz-slider-label cz-slider-label-original", ["original"]);
  const stage = element("div", "cz-slider-stage", [camLabel, originalLabel, bar]);
  stage.tabIndex = 0;
  stage.setAttribute("role", "slider");
  stage.setAttribute("aria-label", "CAM on the left, original on the right");
  stage.setAttribute("aria-valuemin", "0");
  stage.setAttribute("aria-valuemax", "100");
  panel.body.append(stage);

  function box(size: Size) {
    return pictureBox(size, store.selected < 0 ? 1 : store.pictures.aspect(store.selected));
  }

  function draw(canvas: CanvasRenderingContext2D, size: Size): void {
    const row = store.selected;
    if (row < 0) return;
    const { x, y, width, height } = box(size);
    canvas.save();
    canvas.beginPath();
    canvas.roundRect(x, y, width, height, 8);
    canvas.clip();
    canvas.fillStyle = panel.theme.grid;
    canvas.fillRect(x, y, width, height);
    canvas.imageSmoothingQuality = "high";
    if (picture) canvas.drawImage(picture, x, y, width, height);
    else store.pictures.drawTile(canvas, row, x, y, width, height);
    canvas.beginPath();
    canvas.rect(x, y, (width * position) / 100, height);
    canvas.clip();
    overlays.draw(canvas, row, x, y, width, height);
    canvas.restore();
  }

  const place = onceAFrame(() => {
    const { x, y, width, height } = box(panel.size);
    Object.assign(stage.style, { left: `${x}px`, top: `${y}px`, width: `${width}px`, height: `${height}px` });
    bar.style.left = `${position}%`;
    stage.setAttribute("aria-valuenow", String(Math.round(position)));
    stage.setAttribute("aria-valuetext", `${Math.round(position)} % CAM`);
    camLabel.style.opacity = position > 22 ? "1" : "0";
    originalLabel.style.opacity = position < 72 ? "1" : "0";
  }, signal);

  function moveTo(percent: number): void {
    position = Math.min(100, Math.max(0, percent));
    place();
    redraw();
  }

  /** Why there is no overlay. */
  function emptyLabel(row: number): string {
    if (store.images.camShape[0] === 0) return "no CAM";
    return store.images.predictedName(row) === null ? "no class" : "no evidence";
  }

  function show(): void {
    const row = store.selected;
    const chosen = row >= 0;
    stage.hidden = !chosen;
    picture = null;
    panel.say(chosen ? null : "Pick an image to see it here");
    panel.setTitle(chosen ? middleEllipsis(store.images.names[row], NAME_LIMIT) : "Image", chosen ? store.images.ids[row] : "Image");
    if (!chosen) {
      redraw();
      return;
    }
    const map = store.images.cam(row);
    camLabel.textContent = map ? "CAM" : emptyLabel(row);
    moveTo(MIDDLE);
    void store.pictures.picture(row).then((loaded) => {
      if (signal.aborted || store.selected !== row) return;
      picture = loaded;
      redraw();
    });
  }

  const toPointer = (event: PointerEvent) => {
    const bounds = stage.getBoundingClientRect();
    moveTo((100 * (event.clientX - bounds.left)) / bounds.width);
  };
  stage.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    stage.setPointerCapture(event.pointerId);
    toPointer(event);
  });
  stage.addEventListener("pointermove", (event) => {
    if (stage.hasPointerCapture(event.pointerId)) toPointer(event);
  });
  stage.addEventListener("keydown", (event) => {
    const target = keyTarget(event.key, position);
    if (target === null) return;
    event.preventDefault();
    event.stopPropagation();
    moveTo(target);
  });

  store.on("selected", show, signal);
  store.on(["cam", "tiles"], redraw, signal);
  panel.onResize(place);
  addSaveAction(panel, "crystal", draw);
  show();
}
