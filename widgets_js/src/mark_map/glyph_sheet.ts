// Ready pictures of glyphs in one size, each made when it is first needed, to be stamped by the
// thousand; to be thrown away when the theme changes.

import { element } from "../core/dom.ts";
import type { Theme } from "../core/theme.ts";
import { drawGlyph, type Glyph, type GlyphSize } from "./glyph.ts";
import { stampOf, type Stamp } from "./stamps.ts";

export class GlyphSheet {
  private readonly stamps = new Map<number, Stamp>();
  private readonly side: number;

  constructor(
    private readonly size: GlyphSize,
    private readonly density: number,
    private readonly theme: Theme,
  ) {
    const reach = Math.ceil((Math.max(size.ring, 1.5 * size.shape) + 6) * density);
    this.side = 2 * reach + 1;
  }

  /** The stamp of a look; `glyph` says what it is when it is not known yet. */
  stamp(look: number, glyph: () => Glyph): Stamp {
    let stamp = this.stamps.get(look);
    if (!stamp) {
      stamp = this.make(glyph());
      this.stamps.set(look, stamp);
    }
    return stamp;
  }

  private make(glyph: Glyph): Stamp {
    const canvas = element("canvas");
    canvas.width = canvas.height = this.side;
    const context = canvas.getContext("2d", { willReadFrequently: true })!;
    context.scale(this.density, this.density);
    const middle = this.side / 2 / this.density;
    drawGlyph(context, glyph, this.size, middle, middle, this.theme);
    return stampOf(context.getImageData(0, 0, this.side, this.side).data, this.side);
  }
}
