// One way for things to move: ease-out, short, and not at all where the system asks for calm.

import { easeCubicOut } from "d3-ease";
import { reducedMotion } from "./theme.ts";

/**
 * Calls `step` each frame with the eased share of the way, 0 to 1, and once more with exactly 1.
 * Returns a function that stops it where it is.
 */
export function animate(milliseconds: number, step: (share: number) => void, signal: AbortSignal): () => void {
  if (reducedMotion()) {
    step(1);
    return () => undefined;
  }
  let frame = 0;
  let began = -1;
  const stop = () => {
    cancelAnimationFrame(frame);
    signal.removeEventListener("abort", stop);
  };
  const next = (now: number) => {
    if (began < 0) began = now;
    const share = Math.min(1, (now - began) / milliseconds);
    if (share < 1) frame = requestAnimationFrame(next);
    else stop();
    step(easeCubicOut(share));
  };
  signal.addEventListener("abort", stop, { once: true });
  frame = requestAnimationFrame(next);
  return stop;
}
