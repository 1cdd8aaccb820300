// What a turn of the wheel means for a magnification.

/** Zoom factor of a wheel event; pinches come as small wheel steps with ctrl held. */
export function wheelFactor(event: Pick<WheelEvent, "deltaY" | "deltaMode" | "ctrlKey">): number {
  const unit = event.deltaMode === 1 ? 0.05 : event.deltaMode === 2 ? 1 : 0.002;
  return Math.pow(2, -event.deltaY * unit * (event.ctrlKey ? 5 : 1));
}
