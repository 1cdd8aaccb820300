// The layout off the main thread. build.mjs bundles this file and hands it over as text.

import { LayoutEngine, type Order } from "./layout_engine.ts";

interface WorkerScope {
  onmessage: ((event: MessageEvent<Order>) => void) | null;
  postMessage: (message: unknown, transfer: Transferable[]) => void;
}

const scope = self as unknown as WorkerScope;
const engine = new LayoutEngine(
  (answer) => scope.postMessage(answer, [answer.x.buffer, answer.y.buffer]),
  (task, milliseconds) => setTimeout(task, milliseconds),
  24,
);
scope.onmessage = (event) => engine.take(event.data);

// What an importer gets is the bundled text, put in this place by the build.
export default "";
