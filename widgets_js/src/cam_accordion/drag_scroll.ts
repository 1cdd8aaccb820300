// Moves along a strip that is longer than its frame: by the usual wheel, or by dragging it.

/** Pixels the pointer may stray before a press is a drag and no click. */
const SLACK = 5;

export function dragScroll(frame: HTMLElement): void {
  let start: { x: number; scroll: number } | null = null;
  let dragged = false;

  frame.addEventListener("wheel", (event) => {
    if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) return;
    const before = frame.scrollLeft;
    frame.scrollLeft += event.deltaY;
    // At either end the page scrolls on.
    if (frame.scrollLeft !== before) event.preventDefault();
  }, { passive: false });

  frame.addEventListener("pointerdown", (event) => {
    // Fingers scroll by themselves.
    if (event.button !== 0 || event.pointerType === "touch" || frame.scrollWidth <= frame.clientWidth) return;
    start = { x: event.clientX, scroll: frame.scrollLeft };
    dragged = false;
  });
  frame.addEventListener("pointermove", (event) => {
    if (!start) return;
    const moved = event.clientX - start.x;
    if (!dragged && Math.abs(moved) > SLACK) {
      dragged = true;
      frame.setPointerCapture(event.pointerId);
      frame.classList.add("cz-dragged");
    }
    if (dragged) frame.scrollLeft = start.scroll - moved;
  });
  const end = () => {
    start = null;
    frame.classList.remove("cz-dragged");
  };
  frame.addEventListener("pointerup", end);
  frame.addEventListener("pointercancel", end);
  // The click that ends a drag picks nothing.
  frame.addEventListener("click", (event) => {
    if (!dragged) return;
    dragged = false;
    event.stopPropagation();
    event.preventDefault();
  }, { capture: true });
}
