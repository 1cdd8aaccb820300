// What each layer of the stage shows: the picture, the marks, the instances.

import type { Theme } from "../core/theme.ts";
import { imageExtent } from "./extent.ts";
import { InstanceLayer } from "./instance_layer.ts";
import { MarkLayer } from "./mark_layer.ts";
import type { Pyramid } from "./pyramid.ts";
import type { MarkState } from "./state.ts";
import { grown, onScreen, shared, visible, type Box, type Camera, type Size } from "./viewport.ts";

export const PARTS = ["picture", "marks", "instances"] as const;
export type Part = (typeof PARTS)[number];

/** How the stage is looked at. */
export interface Look {
  camera: Camera;
  /** CSS pixels */
  size: Size;
  /** Device pixels a CSS pixel */
  density: number;
  theme: Theme;
  /** Colour of the stage beside the image */
  ground: string;
  /** Where the divider of "compare" stands, CSS pixels from the left */
  divider: number;
}

/** A look at a part of the stage only. */
export interface Glance extends Look {
  part: Box;
}

/** Signs and dots at the image's edge reach so far beyond it, CSS pixels. */
const OVERHANG = 90;

export class Painter {
  readonly instances: InstanceLayer;
  private readonly marks: MarkLayer;

  constructor(
    private readonly state: MarkState,
    private readonly pyramid: Pyramid,
  ) {
    this.instances = new InstanceLayer(state);
    this.marks = new MarkLayer(state);
  }

  /** How far the image on the stage reaches. */
  extent(): Box {
    const { scene, image } = this.state;
    return imageExtent(scene, image, this.pyramid.picture(image));
  }

  /** Whether a layer is empty whatever the camera. */
  blank(part: Part): boolean {
    return part === "marks" && this.state.shownStage === "particles";
  }

  /** Draws a layer onto a canvas of its own, whose context is scaled to CSS pixels. */
  draw(part: Part, context: CanvasRenderingContext2D, look: Look): void {
    const { camera, size, theme } = look;
    const stage = this.state.shownStage;
    const { signed } = this;
    context.clearRect(0, 0, size.width, size.height);
    if (part === "picture") this.drawPicture(context, look);
    else if (part === "marks") {
      if (stage !== "particles") this.marks.draw(context, this.glance("marks", look), stage === "clusters");
    } else {
      if (signed) this.instances.draw(context, this.glance("instances", look));
      this.instances.drawChosen(context, camera, theme, signed);
    }
  }

  /** Draws the instances over what a context holds, each as paths. */
  drawInstancesAsPaths(context: CanvasRenderingContext2D, look: Look): void {
    const { signed } = this;
    if (signed) this.instances.draw(context, this.glance("instances", look), true);
    this.instances.drawChosen(context, look.camera, look.theme, signed);
  }

  /** Whether instances wear their signs; on marks alone they would hide them. */
  private get signed(): boolean {
    return this.state.shownStage === "particles" || this.state.shownStage === "compare";
  }

  /** The part of the stage that a layer may draw on: where the image is, on its side of the divider. */
  private glance(part: "marks" | "instances", look: Look): Glance {
    const { size, camera, divider } = look;
    const whole = grown(onScreen(camera, this.extent()), OVERHANG);
    const side = { x: 0, y: 0, ...size };
    if (this.state.shownStage === "compare") {
      if (part === "marks") side.width = divider;
      else [side.x, side.width] = [divider, size.width - divider];
    }
    return { ...look, part: shared(side, whole) };
  }

  private drawPicture(context: CanvasRenderingContext2D, { camera, size, density, theme, ground }: Look): void {
    context.fillStyle = ground;
    context.fillRect(0, 0, size.width, size.height);
    const box = { x: 0, y: 0, ...size };
    if (this.pyramid.draw(context, this.state.image, visible(camera, size), box, density)) return;
    // No picture, or none yet: a quiet ground where it lies or would lie.
    const { x, y, width, height } = onScreen(camera, this.extent());
    context.fillStyle = theme.grid;
    context.fillRect(x, y, width, height);
  }
}
