import { describe, expect, it } from "vitest";
import { wheelFactor } from "../src/core/wheel.ts";
import { panBy, WHOLE, zoomAt } from "../src/force_graph/camera.ts";
import { clampX, clampY, fitToFrame, pictureRadius, seededRandom, separate } from "../src/force_graph/frame.ts";
import { LayoutEngine, ticksToRest, type Answer, type GraphOrder } from "../src/force_graph/layout_engine.ts";
import { placeName } from "../src/force_graph/names.ts";
import { closenessScale, NeighborGraph } from "../src/force_graph/neighbor_graph.ts";
import { placeBeside, placeByComponents } from "../src/force_graph/placing.ts";

/** Ten images on a ring; the nearest are those next to one on either side, nearest first. */
const ring = (row: number, k: number) =>
  [1, 9, 2, 8, 3, 7, 4, 6, 5].slice(0, k).map((step, i) => ({ index: (row + step) % 10, similarity: 1 - i / 10 }));

describe("NeighborGraph", () => {
  it("adds a centre with its k neighbours, and nothing the second time", () => {
    const graph = new NeighborGraph(10, ring);
    expect(graph.add(3, 5)).toBe(true);
    expect([graph.rows.length, graph.links.length]).toEqual([6, 5]);
    expect(graph.add(3, 5)).toBe(false);
    expect([graph.rows.length, graph.links.length]).toEqual([6, 5]);
  });

  it("keeps one link for a pair, whichever end it was found from", () => {
    const graph = new NeighborGraph(10, ring);
    graph.add(3, 2);
    graph.add(4, 2);
    // 3-4, 3-2, 4-5; 4-3 is the first again.
    expect(graph.links.length).toBe(3);
    const all = new NeighborGraph(10, ring);
    all.addAll(2);
    expect([all.rows.length, all.links.length]).toEqual([10, 10]);
    const pairs = all.links.map(({ a, b }) => [all.rows[a], all.rows[b]].sort((x, y) => x - y).join("-"));
    expect(new Set(pairs).size).toBe(10);
  });

  it("never links an image with itself", () => {
    const graph = new NeighborGraph(2, () => [{ index: 0, similarity: 1 }]);
    graph.addAll(1);
    expect(graph.links).toEqual([{ a: 1, b: 0, similarity: 1 }]);
  });

  it("takes a graph from Python as it is, and grows on", () => {
    const graph = new NeighborGraph(10, ring);
    graph.addGiven({ rows: [4, 2, 7], links: [[2, 4, 0.75], [4, 2, 0.5]] });
    expect(graph.rows).toEqual([4, 2, 7]);
    expect(graph.links).toEqual([{ a: 1, b: 0, similarity: 0.75 }]);
    graph.add(4, 2);
    // 4-5, 4-3; 4-2 is there.
    expect([graph.rows.length, graph.links.length]).toEqual([5, 3]);
  });

  it("forgets everything on clear and starts again with the same counts", () => {
    const graph = new NeighborGraph(10, ring);
    graph.add(3, 5);
    graph.clear();
    expect([graph.rows.length, graph.links.length, graph.place(3)]).toEqual([0, 0, -1]);
    graph.add(3, 5);
    expect([graph.rows.length, graph.links.length]).toEqual([6, 5]);
    expect(graph.linksOf(graph.place(3)).length).toBe(5);
  });
});

describe("closenessScale", () => {
  it("spreads similarities between the least and the most alike", () => {
    const closeness = closenessScale(Array.from({ length: 101 }, (_, i) => 0.8 + i / 1000));
    expect(closeness(0.8)).toBe(0);
    expect(closeness(0.9)).toBe(1);
    expect(closeness(0.85)).toBeCloseTo(0.5, 9);
  });

  it("says the middle when all are alike or there are none", () => {
    expect(closenessScale([0.9, 0.9])(0.9)).toBe(0.5);
    expect(closenessScale([])(0.9)).toBe(0.5);
  });
});

const box = { width: 800, height: 480 };

function order(n: number, alpha = 1): GraphOrder {
  const random = seededRandom(7);
  const x = Float32Array.from({ length: n }, () => random() * box.width);
  const y = Float32Array.from({ length: n }, () => random() * box.height);
  const links = Uint32Array.from({ length: 2 * Math.max(0, n - 1) }, (_, i) => (i >> 1) + (i & 1));
  return {
    kind: "graph",
    version: 1,
    ...box,
    x,
    y,
    pinned: new Uint8Array(n),
    links,
    closeness: new Float32Array(links.length / 2).fill(0.5),
    radius: pictureRadius(n, box),
    alpha,
  };
}

function settle(graph: GraphOrder): Answer {
  const answers: Answer[] = [];
  const tasks: (() => void)[] = [];
  const engine = new LayoutEngine((answer) => answers.push(answer), (task) => tasks.push(task), 1e9);
  engine.take(graph);
  while (tasks.length) tasks.shift()!();
  return answers.at(-1)!;
}

describe("LayoutEngine", () => {
  it("gives the same picture every time", () => {
    const [first, second] = [settle(order(30)), settle(order(30))];
    expect(first.state).toBe("settled");
    expect(first.x).toEqual(second.x);
    expect(first.y).toEqual(second.y);
  });

  it("keeps every picture inside the frame and off the others", () => {
    for (const n of [1, 2, 6, 26, 120]) {
      const graph = order(n);
      const { x, y } = settle(graph);
      for (let i = 0; i < n; i++) {
        expect(x[i]).toBeGreaterThanOrEqual(graph.radius);
        expect(x[i]).toBeLessThanOrEqual(box.width - graph.radius);
        expect(y[i]).toBeGreaterThanOrEqual(graph.radius);
        expect(y[i]).toBeLessThanOrEqual(box.height - graph.radius);
        for (let j = 0; j < i; j++) expect(Math.hypot(x[i] - x[j], y[i] - y[j])).toBeGreaterThan(2 * graph.radius - 0.5);
      }
    }
  });

  it("leaves pinned nodes where they are", () => {
    const graph = order(12);
    graph.x[4] = 300;
    graph.y[4] = 200;
    graph.pinned[4] = 1;
    const { x, y } = settle(graph);
    expect([x[4], y[4]]).toEqual([300, 200]);
  });

  it("follows a drag and comes to rest after it, the released node free", () => {
    const answers: Answer[] = [];
    const tasks: (() => void)[] = [];
    const engine = new LayoutEngine((answer) => answers.push(answer), (task) => tasks.push(task), 1e9);
    engine.take(order(12));
    while (tasks.length) tasks.shift()!();
    engine.take({ kind: "drag", node: 2, x: 5000, y: 100 });
    for (let i = 0; i < 20; i++) tasks.shift()!();
    // Held at the frame's edge, not outside it.
    expect(answers.at(-1)!.x[2]).toBe(clampX(5000, pictureRadius(12, box), box.width));
    engine.take({ kind: "release", node: 2, keep: false });
    let ticks = 0;
    while (tasks.length && ticks++ < 500) tasks.shift()!();
    expect(ticks).toBeLessThan(200);
    expect(answers.at(-1)!.state).toBe("settled");
    expect(answers.at(-1)!.x[2]).toBeLessThan(clampX(5000, pictureRadius(12, box), box.width));
  });

  it("takes fewer ticks for larger graphs", () => {
    expect(ticksToRest(26)).toBe(300);
    expect(ticksToRest(2000)).toBeLessThan(100);
    expect(ticksToRest(1e6)).toBe(60);
  });
});

describe("frame", () => {
  it("fills the frame from any extent", () => {
    const x = Float32Array.of(-1000, 1000, 0);
    const y = Float32Array.of(-9, 4, 0);
    fitToFrame(x, y, 10, box);
    expect(x[0]).toBe(clampX(-Infinity, 10, box.width));
    expect(x[1]).toBe(clampX(Infinity, 10, box.width));
    for (const value of y) expect(value).toBe(clampY(value, 10, box.height));
  });

  it("puts one picture in the middle", () => {
    const x = Float32Array.of(77);
    const y = Float32Array.of(-3);
    fitToFrame(x, y, 20, box);
    expect(x[0]).toBe(400);
    expect(Math.abs(y[0] - 240)).toBeLessThan(10);
  });

  it("separates pictures that lie on one another", () => {
    const x = new Float32Array(8).fill(400);
    const y = new Float32Array(8).fill(240);
    separate(x, y, 15, box, seededRandom(1));
    for (let i = 0; i < 8; i++) for (let j = 0; j < i; j++) expect(Math.hypot(x[i] - x[j], y[i] - y[j])).toBeGreaterThan(29);
  });

  it("keeps a frame smaller than its pictures usable", () => {
    expect(clampX(500, 20, 30)).toBe(15);
    expect(clampY(-500, 20, 30)).toBe(15);
  });
});

describe("placing", () => {
  it("places by components with the second one upwards", () => {
    const [x, y] = placeByComponents([0, 1], [0, 10], [5, 9], box);
    expect([...x]).toEqual([80, 720]);
    expect([...y].map(Math.round)).toEqual([432, 48]);
  });

  it("keeps old places and puts new pictures beside a neighbour", () => {
    const graph = new NeighborGraph(10, ring);
    graph.add(0, 2);
    const [x, y] = placeBeside(graph, new Float32Array(0), new Float32Array(0), box);
    expect([x[0], y[0]]).toEqual([400, 240]);
    graph.add(1, 2);
    const [x2, y2] = placeBeside(graph, x, y, box);
    expect(x2.subarray(0, 3)).toEqual(x);
    expect(Math.hypot(x2[3] - x2[1], y2[3] - y2[1])).toBeCloseTo(60, 4);
  });
});

describe("camera", () => {
  it("keeps the point under the pointer while zooming", () => {
    const view = zoomAt(WHOLE, 2, 300, 200, 800, 480);
    expect(view).toEqual({ k: 2, x: -300, y: -200 });
    expect(zoomAt(view, 0.01, 1, 1, 800, 480)).toEqual({ k: 1, x: 0, y: 0 });
  });

  it("never shows past the frame", () => {
    expect(panBy({ k: 2, x: 0, y: 0 }, 50, 9999, 800, 480)).toEqual({ k: 2, x: 0, y: 0 });
    expect(panBy({ k: 2, x: 0, y: 0 }, -9999, -10, 800, 480)).toEqual({ k: 2, x: -800, y: -10 });
  });

  it("zooms in when the wheel turns up", () => {
    expect(wheelFactor({ deltaY: -100, deltaMode: 0, ctrlKey: false })).toBeGreaterThan(1);
    expect(wheelFactor({ deltaY: 100, deltaMode: 0, ctrlKey: false })).toBeLessThan(1);
  });
});

describe("placeName", () => {
  it("goes below the picture, and elsewhere when another picture is there", () => {
    const at = { x: 400, y: 200, r: 20 };
    expect(placeName(at, 60, 16, [], 800, 480)).toEqual({ x: 370, y: 232 });
    expect(placeName(at, 60, 16, [{ x: 400, y: 240, r: 20 }], 800, 480).y).toBe(168);
  });

  it("stays inside the frame", () => {
    for (const [x, y] of [[2, 2], [798, 478], [2, 478], [400, 478]]) {
      const place = placeName({ x, y, r: 20 }, 100, 16, [], 800, 480);
      expect(place.x).toBeGreaterThanOrEqual(0);
      expect(place.x + 100).toBeLessThanOrEqual(800);
      expect(place.y - 8).toBeGreaterThanOrEqual(0);
      expect(place.y + 8).toBeLessThanOrEqual(480);
    }
  });
});
