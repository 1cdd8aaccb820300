// Every group has a colour and a shape, the same in every panel.
// Beyond eight groups the colours repeat with new shapes. Pink and purple belong to the CAM alone.

export type Shape = "circle" | "diamond" | "square" | "triangle" | "pentagon" | "cross" | "triangle-down" | "hexagon";

const SHAPES: Shape[] = [
  "circle", "diamond", "square", "triangle", "pentagon", "cross", "triangle-down", "hexagon",
];
const COLORS = 8;

/** CSS variable that holds the group's colour. */
export function groupVariable(group: number): string {
  return `--cz-group-${(group % COLORS) + 1}`;
}

export function groupShape(group: number): Shape {
  return SHAPES[(group + Math.floor(group / COLORS)) % SHAPES.length];
}

/** What a person reads: groups count from 1. */
export function groupName(group: number): string {
  return `group ${group + 1}`;
}

/** Adds the shape's outline around (x, y) to the path; areas match a circle of radius r. */
export function traceShape(
  context: Pick<CanvasRenderingContext2D, "moveTo" | "lineTo" | "arc" | "closePath" | "rect">,
  shape: Shape,
  x: number,
  y: number,
  r: number,
): void {
  switch (shape) {
    case "circle":
      context.moveTo(x + r, y);
      context.arc(x, y, r, 0, 2 * Math.PI);
      return;
    case "square": {
      const a = r * 0.886;
      context.rect(x - a, y - a, 2 * a, 2 * a);
      return;
    }
    case "diamond":
      return tracePolygon(context, x, y, r * 1.25, 4, 0);
    case "triangle":
      return tracePolygon(context, x, y + r * 0.2, r * 1.45, 3, -Math.PI / 2);
    case "triangle-down":
      return tracePolygon(context, x, y - r * 0.2, r * 1.45, 3, Math.PI / 2);
    case "pentagon":
      return tracePolygon(context, x, y, r * 1.15, 5, -Math.PI / 2);
    case "hexagon":
      return tracePolygon(context, x, y, r * 1.1, 6, 0);
    case "cross": {
      const a = r * 1.15;
      const b = r * 0.4;
      const points = [
        [-b, -a], [b, -a], [b, -b], [a, -b], [a, b], [b, b],
        [b, a], [-b, a], [-b, b], [-a, b], [-a, -b], [-b, -b],
      ];
      points.forEach(([dx, dy], i) => (i ? context.lineTo(x + dx, y + dy) : context.moveTo(x + dx, y + dy)));
      context.closePath();
    }
  }
}

function tracePolygon(
  context: Pick<CanvasRenderingContext2D, "moveTo" | "lineTo" | "closePath">,
  x: number,
  y: number,
  r: number,
  corners: number,
  start: number,
): void {
  for (let i = 0; i < corners; i++) {
    const angle = start + (2 * Math.PI * i) / corners;
    const px = x + r * Math.cos(angle);
    const py = y + r * Math.sin(angle);
    if (i) context.lineTo(px, py);
    else context.moveTo(px, py);
  }
  context.closePath();
}

/** A small SVG of the group's mark, for legends and thumbnails. */
export function groupMark(group: number, size = 10): SVGSVGElement {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "-5.5 -5.5 11 11");
  svg.setAttribute("width", String(size));
  svg.setAttribute("height", String(size));
  svg.setAttribute("aria-hidden", "true");
  svg.classList.add("cz-mark");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  const trace = new SvgTrace();
  traceShape(trace, groupShape(group), 0, 0, 4);
  path.setAttribute("d", trace.d);
  path.style.fill = `var(${groupVariable(group)})`;
  svg.append(path);
  return svg;
}

class SvgTrace {
  d = "";
  moveTo(x: number, y: number): void {
    this.d += `M${x},${y}`;
  }
  lineTo(x: number, y: number): void {
    this.d += `L${x},${y}`;
  }
  arc(x: number, y: number, r: number): void {
    this.d += `A${r},${r},0,1,1,${x - r},${y}A${r},${r},0,1,1,${x + r},${y}`;
  }
  rect(x: number, y: number, w: number, h: number): void {
    this.d += `M${x},${y}h${w}v${h}h${-w}Z`;
  }
  closePath(): void {
    this.d += "Z";
  }
}
