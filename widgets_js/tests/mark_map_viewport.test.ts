import { describe, expect, it } from "vitest";
import { imageExtent } from "../src/mark_map/extent.ts";
import { roundLength } from "../src/mark_map/scale_bar.ts";
import { Scene } from "../src/mark_map/scene.ts";
import { atRest, between, centred, panBy, resized, shared, visible, whole, zoomAt } from "../src/mark_map/viewport.ts";
import { pack } from "./fixtures.ts";
import { packedScene } from "./mark_fixtures.ts";

const IMAGE = { x: 0, y: 0, width: 4096, height: 2048 };
const STAGE = { width: 1000, height: 800 };

describe("the camera", () => {
  it("shows the whole image in the middle", () => {
    const camera = whole(IMAGE, STAGE);
    expect(camera.k).toBeCloseTo(1000 / 4096);
    expect(camera.x).toBe(0);
    expect(camera.y).toBeCloseTo((800 - 500) / 2);
    expect(atRest(camera, IMAGE, STAGE)).toBe(true);
  });

  it("keeps the point under the pointer while it zooms", () => {
    const near = zoomAt(whole(IMAGE, STAGE), 8, 400, 390, IMAGE, STAGE);
    const nearer = zoomAt(near, 2, 321, 123, IMAGE, STAGE);
    const at = (camera: typeof near) => [(321 - camera.x) / camera.k, (123 - camera.y) / camera.k];
    expect(at(nearer)[0]).toBeCloseTo(at(near)[0]);
    expect(at(nearer)[1]).toBeCloseTo(at(near)[1]);
  });

  it("is never farther than the whole, nor closer than 40 pixels a pixel", () => {
    expect(zoomAt(whole(IMAGE, STAGE), 0.1, 0, 0, IMAGE, STAGE)).toEqual(whole(IMAGE, STAGE));
    expect(zoomAt(whole(IMAGE, STAGE), 1e6, 0, 0, IMAGE, STAGE).k).toBe(40);
    // An image smaller than the stage is enlarged to fill it.
    expect(whole({ x: 0, y: 0, width: 10, height: 10 }, STAGE).k).toBe(80);
  });

  it("cannot lose the image", () => {
    const near = centred(2, 2000, 1000, IMAGE, STAGE);
    const away = panBy(near, 1e6, -1e6, IMAGE, STAGE);
    const seen = visible(away, STAGE);
    expect(seen.x).toBeCloseTo(-48 / 2);
    expect(seen.y + seen.height).toBeCloseTo(2048 + 48 / 2);
    // What is smaller than the stage stays in its middle.
    expect(panBy(whole(IMAGE, STAGE), 50, 50, IMAGE, STAGE)).toEqual(whole(IMAGE, STAGE));
  });

  it("looks at the same middle on a stage of another size", () => {
    const near = centred(2, 2000, 1000, IMAGE, STAGE);
    const wide = resized(near, STAGE, { width: 600, height: 300 }, IMAGE);
    const seen = visible(wide, { width: 600, height: 300 });
    expect([wide.k, seen.x + seen.width / 2, seen.y + seen.height / 2]).toEqual([2, 2000, 1000]);
    expect(resized(whole(IMAGE, STAGE), STAGE, { width: 500, height: 500 }, IMAGE)).toEqual(whole(IMAGE, { width: 500, height: 500 }));
  });

  it("flies about the one point that both views share", () => {
    const [from, to] = [{ k: 1, x: 0, y: 0 }, { k: 4, x: -300, y: -600 }];
    // 100 stays at 100, 200 at 200: k * p + shift = p.
    const half = between(from, to, 0.5);
    expect(half.k).toBe(2);
    expect([half.k * 100 + half.x, half.k * 200 + half.y]).toEqual([100, 200]);
    expect(between(from, to, 1)).toEqual(to);
    expect(between(from, { k: 1, x: 10, y: 20 }, 0.5)).toEqual({ k: 1, x: 5, y: 10 });
  });
});

describe("boxes", () => {
  it("share what both cover, and nothing where they are apart", () => {
    expect(shared({ x: 0, y: 0, width: 10, height: 10 }, { x: 5, y: -5, width: 10, height: 10 })).toEqual({ x: 5, y: 0, width: 5, height: 5 });
    expect(shared({ x: 0, y: 0, width: 1, height: 1 }, { x: 5, y: 0, width: 1, height: 1 }).width).toBe(0);
  });
});

describe("an image without a picture", () => {
  it("reaches as far as marks and instances, wherever they are", () => {
    const scene = new Scene(packedScene({
      mark: { x: pack([-1000, 20, 12], "float32"), y: pack([11, 21, 33], "float32"), instance: pack([-1, 1, 5], "int32"), volunteer: pack([0, 1, 0], "int32") },
    }));
    expect(imageExtent(scene, 0, null)).toEqual({ x: -1024, y: -14, width: 1098, height: 88 });
    expect(imageExtent(scene, 0, { width: 64, height: 32, levels: 1 })).toEqual({ x: 0, y: 0, width: 64, height: 32 });
  });
});

describe("the scale bar", () => {
  it("is as long as a round number allows", () => {
    expect([730, 500, 99, 3.1, 0.4].map(roundLength)).toEqual([500, 500, 50, 2, 1]);
  });
});
