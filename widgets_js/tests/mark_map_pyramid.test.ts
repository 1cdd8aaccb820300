import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { LocalModel, type Invoke } from "../src/core/model.ts";
import { Pyramid, tileKey } from "../src/mark_map/pyramid.ts";

/** What stands for a decoded tile: node decodes no WebP, so the "bytes" say its size. */
interface Tile {
  width: number;
  height: number;
  close: () => void;
}

const decode = globalThis.createImageBitmap;
let closed = 0;

beforeAll(() => {
  globalThis.createImageBitmap = (async (blob: Blob) => {
    const [width, height] = new Uint16Array(await blob.arrayBuffer());
    if (!width) throw new Error("not a picture");
    return { width, height, close: () => closed++ } satisfies Tile;
  }) as unknown as typeof createImageBitmap;
});
afterAll(() => {
  globalThis.createImageBitmap = decode;
});
beforeEach(() => {
  closed = 0;
});

const bytes = (width: number, height: number) => new DataView(Uint16Array.of(width, height).buffer);
const LAYOUT = { tile: 512, images: [{ width: 1100, height: 600, levels: 3 }, { width: 0, height: 0, levels: 0 }] };
/** Every tile of the first image: level 0 is 3 x 2 tiles, level 1 2 x 1, level 2 one. */
const TILES: Record<string, [number, number]> = {
  "0/0/0/0": [512, 512], "0/0/1/0": [512, 512], "0/0/2/0": [76, 512],
  "0/0/0/1": [512, 88], "0/0/1/1": [512, 88], "0/0/2/1": [76, 88],
  "0/1/0/0": [512, 300], "0/1/1/0": [38, 300],
  "0/2/0/0": [275, 150],
};

function context() {
  const drawn: number[][] = [];
  return {
    drawn,
    save: () => undefined, restore: () => undefined, beginPath: () => undefined, rect: () => undefined, clip: () => undefined,
    drawImage: (tile: Tile, ...numbers: number[]) => drawn.push([tile.width, ...numbers]),
  };
}
type Fake = ReturnType<typeof context>;
const real = (fake: Fake) => fake as unknown as CanvasRenderingContext2D;
const settle = () => new Promise((resolve) => setTimeout(resolve, 5));

function kernel(): { asked: string[]; invoke: Invoke } {
  const asked: string[] = [];
  return {
    asked,
    invoke: (_name, message) => {
      const { image, level, column, row } = message as Record<string, number>;
      const key = tileKey(image, level, column, row);
      asked.push(key);
      const size = TILES[key] as [number, number] | undefined;
      return Promise.resolve(size ? [null, [bytes(...size)]] : [{ error: "a.png: it is damaged" }, []]);
    },
  };
}

describe("tiles by level", () => {
  it("asks for the coarsest and for what is in view, and draws the coarse one until that is here", async () => {
    const { asked, invoke } = kernel();
    const pyramid = new Pyramid(new LocalModel({ _layout: LAYOUT, _held: {} }), invoke, new AbortController().signal);
    const view = { x: 500, y: 0, width: 100, height: 100 };
    const box = { x: 0, y: 0, width: 100, height: 100 };
    expect(pyramid.draw(real(context()), 0, view, box, 1)).toBe(false);
    await settle();
    expect(asked.sort()).toEqual(["0/0/0/0", "0/0/1/0", "0/2/0/0"]);
    const fake = context();
    expect(pyramid.draw(real(fake), 0, view, box, 1)).toBe(true);
    // Each tile is whole and lies where its pixels are: 512 minus 500 is 12.
    expect(fake.drawn).toEqual([
      [512, 0, 0, 512, 512, -500, 0, 512, 512],
      [512, 0, 0, 512, 512, 12, 0, 512, 512],
    ]);
    expect(pyramid.busy).toBe(false);
  });

  it("takes the level that has a pixel for each device pixel", async () => {
    const { asked, invoke } = kernel();
    const pyramid = new Pyramid(new LocalModel({ _layout: LAYOUT, _held: {} }), invoke, new AbortController().signal);
    const all = { x: 0, y: 0, width: 1100, height: 600 };
    pyramid.draw(real(context()), 0, all, { x: 0, y: 0, width: 550, height: 300 }, 1);
    await settle();
    expect(asked.sort()).toEqual(["0/1/0/0", "0/1/1/0", "0/2/0/0"]);
    asked.length = 0;
    pyramid.draw(real(context()), 0, all, { x: 0, y: 0, width: 550, height: 300 }, 2);
    await settle();
    expect(asked.sort()).toEqual(["0/0/0/0", "0/0/0/1", "0/0/1/0", "0/0/1/1", "0/0/2/0", "0/0/2/1"]);
  });

  it("draws the part of a coarser tile that lies over a missing one", async () => {
    const pyramid = new Pyramid(
      new LocalModel({ _layout: LAYOUT, _held: { "0/2/0/0": bytes(...TILES["0/2/0/0"]) } }),
      () => new Promise(() => undefined),
      new AbortController().signal,
    );
    const view = { x: 1024, y: 512, width: 76, height: 88 };
    const box = { x: 10, y: 20, width: 76, height: 88 };
    pyramid.draw(real(context()), 0, view, box, 1);
    await settle();
    const fake = context();
    pyramid.draw(real(fake), 0, view, box, 1);
    expect(fake.drawn).toEqual([[275, 256, 128, 19, 22, 10, 20, 76, 88]]);
  });

  it("serves the finest level held where there is no kernel", async () => {
    const held = Object.fromEntries(["0/1/0/0", "0/1/1/0", "0/2/0/0"].map((key) => [key, bytes(...TILES[key])]));
    const pyramid = new Pyramid(new LocalModel({ _layout: LAYOUT, _held: held }), null, new AbortController().signal);
    const view = { x: 0, y: 0, width: 100, height: 100 };
    pyramid.draw(real(context()), 0, view, view, 1);
    await settle();
    const fake = context();
    pyramid.draw(real(fake), 0, view, view, 1);
    expect(fake.drawn).toEqual([[512, 0, 0, 512, 300, 0, 0, 1024, 600]]);
    expect(pyramid.trouble).toBeNull();
  });

  it("says why a tile does not come, and does not ask for it at every turn", async () => {
    const { asked, invoke } = kernel();
    const layout = { tile: 512, images: [LAYOUT.images[0], { width: 100, height: 100, levels: 1 }] };
    const pyramid = new Pyramid(new LocalModel({ _layout: layout, _held: {} }), invoke, new AbortController().signal);
    const view = { x: 0, y: 0, width: 100, height: 100 };
    for (let i = 0; i < 3; i++) {
      pyramid.draw(real(context()), 1, view, view, 1);
      await settle();
    }
    expect(asked).toEqual(["1/0/0/0"]);
    expect(pyramid.trouble).toBe("a.png: it is damaged");
  });

  it("has nothing to draw for an image without a picture", () => {
    const pyramid = new Pyramid(new LocalModel({ _layout: LAYOUT, _held: {} }), null, new AbortController().signal);
    const view = { x: 0, y: 0, width: 100, height: 100 };
    expect([pyramid.picture(1), pyramid.picture(7), pyramid.draw(real(context()), 1, view, view, 1)]).toEqual([null, null, false]);
  });

  it("closes its tiles with the view", async () => {
    const closing = new AbortController();
    const pyramid = new Pyramid(new LocalModel({ _layout: LAYOUT, _held: {} }), kernel().invoke, closing.signal);
    const view = { x: 0, y: 0, width: 100, height: 100 };
    pyramid.draw(real(context()), 0, view, view, 1);
    await settle();
    closing.abort();
    expect(closed).toBe(2);
  });
});
