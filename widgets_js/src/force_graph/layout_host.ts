// Where the layout runs: in a worker, or in small slices on this thread where workers are refused
// (a notebook's content security policy, a sandboxed frame).

import source from "./force.worker.ts";
import { LayoutEngine, type Answer, type Order } from "./layout_engine.ts";

const MAIN_SLICE_MS = 7;

export interface LayoutHost {
  send: (order: Order) => void;
}

export function hostLayout(answer: (answer: Answer) => void, signal: AbortSignal): LayoutHost {
  let worker = startWorker();
  let engine: LayoutEngine | null = null;
  // A refused worker may only be known from its error event: the last graph is then laid out here.
  let lastGraph: Order | null = null;
  const fallBack = () => {
    worker?.terminate();
    worker = null;
    engine ??= new LayoutEngine(
      (reply) => {
        if (!signal.aborted) answer(reply);
      },
      (task, milliseconds) => {
        if (!signal.aborted) setTimeout(task, milliseconds);
      },
      MAIN_SLICE_MS,
    );
    return engine;
  };
  if (worker) {
    worker.onmessage = (event: MessageEvent<Answer>) => answer(event.data);
    worker.onerror = (event) => {
      event.preventDefault();
      const here = fallBack();
      if (lastGraph) here.take(lastGraph);
    };
  }
  signal.addEventListener("abort", () => worker?.terminate(), { once: true });
  return {
    send: (order) => {
      if (order.kind === "graph") lastGraph = order;
      // Nothing is transferred: the page goes on drawing from the same arrays.
      if (worker) worker.postMessage(order);
      else fallBack().take(order);
    },
  };
}

function startWorker(): Worker | null {
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  try {
    return new Worker(url);
  } catch {
    return null;
  } finally {
    // The worker holds its own copy once it has started to load.
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  }
}
