// "save" of a panel: its drawing as SVG or as PNG at twice the size, to the clipboard where the host
// allows it and to a file where it does not; the panel reports which happened.

import { button, element } from "./dom.ts";
import type { Frame, Size } from "./frame.ts";
import { PictureSvgContext } from "./svg_context.ts";

type Draw = (context: CanvasRenderingContext2D, size: Size) => void;

const PNG_SCALE = 2;

/** `size` is that of the drawing in CSS pixels, by default the panel's body. */
export function addSaveAction(panel: Frame, fileName: string, draw: Draw, size: () => Size = () => panel.size): void {
  const menu = element("div", "cz-menu");
  menu.hidden = true;
  const choose = (make: () => Promise<Blob>, extension: string) => async () => {
    menu.hidden = true;
    await deliver(panel, await make(), `${fileName}.${extension}`);
  };
  menu.append(
    button("SVG (vector)", "cz-menu-item", choose(() => asSvg(panel, draw, size()), "svg")),
    button("PNG (bitmap, 2×)", "cz-menu-item", choose(() => asPng(panel, draw, size()), "png")),
  );
  const action = panel.addAction("save", "Save this panel as a picture", () => {
    menu.hidden = !menu.hidden;
    if (!menu.hidden) menu.querySelector("button")!.focus();
  });
  const holder = element("span", "cz-menu-holder");
  action.replaceWith(holder);
  holder.append(action, menu);
  holder.addEventListener("keydown", (event) => {
    if (event.key === "Escape") menu.hidden = true;
  });
  holder.addEventListener("focusout", (event) => {
    if (!holder.contains(event.relatedTarget as Node | null)) menu.hidden = true;
  });
}

function paint(panel: Frame, context: CanvasRenderingContext2D, draw: Draw, size: Size): void {
  context.fillStyle = panel.theme.panel;
  context.fillRect(0, 0, size.width, size.height);
  draw(context, size);
}

function asSvg(panel: Frame, draw: Draw, size: Size): Promise<Blob> {
  const context = new PictureSvgContext(size.width, size.height);
  paint(panel, context as unknown as CanvasRenderingContext2D, draw, size);
  return Promise.resolve(new Blob([context.getSerializedSvg(true)], { type: "image/svg+xml" }));
}

function asPng(panel: Frame, draw: Draw, size: Size): Promise<Blob> {
  const canvas = element("canvas");
  canvas.width = size.width * PNG_SCALE;
  canvas.height = size.height * PNG_SCALE;
  const context = canvas.getContext("2d")!;
  context.scale(PNG_SCALE, PNG_SCALE);
  paint(panel, context, draw, size);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("the browser gave no PNG"))), "image/png");
  });
}

async function deliver(panel: Frame, blob: Blob, fileName: string): Promise<void> {
  try {
    await navigator.clipboard.write([new ClipboardItem({ [blob.type]: blob })]);
    panel.report(`${fileName} copied to the clipboard`);
  } catch {
    // Notebook frames often forbid the clipboard, and few browsers take SVG: a file always works.
    const link = element("a");
    link.href = URL.createObjectURL(blob);
    link.download = fileName;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    panel.report(`${fileName} downloaded`);
  }
}
