// The two arrows on the handle that is drawn across a picture.

export function sliderArrows(): SVGSVGElement {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", "M7 5 2.5 10 7 15M13 5l4.5 5L13 15M3 10h14");
  svg.append(path);
  return svg;
}
