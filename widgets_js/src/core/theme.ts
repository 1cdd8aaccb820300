// Dark or light, following the host: JupyterLab's or VS Code's own background first,
// then the system's preference. Views read the resolved colours to draw on canvas.

import { groupVariable } from "./groups.ts";
import { installStyles } from "./styles.ts";

export interface Theme {
  dark: boolean;
  page: string;
  panel: string;
  line: string;
  grid: string;
  text: string;
  muted: string;
  faint: string;
  ring: string;
  accent: string;
  bad: string;
  font: string;
  group: (group: number) => string;
}

/** Marks the element as a themed root and calls back whenever the host changes its theme. */
export function followTheme(element: HTMLElement, callback: () => void, signal: AbortSignal): void {
  installStyles(element);
  element.classList.add("cz-root");
  const update = () => {
    const theme = hostIsDark(element) ? "dark" : "light";
    if (element.dataset.theme === theme) return;
    element.dataset.theme = theme;
    callback();
  };
  update();
  const media = matchMedia("(prefers-color-scheme: dark)");
  media.addEventListener("change", update, { signal });
  const observer = new MutationObserver(update);
  for (const node of [document.documentElement, document.body]) {
    observer.observe(node, { attributes: true, attributeFilter: ["class", "style", "data-jp-theme-light", "data-theme"] });
  }
  signal.addEventListener("abort", () => observer.disconnect(), { once: true });
}

function hostIsDark(element: HTMLElement): boolean {
  const light = document.body.dataset.jpThemeLight;
  if (light !== undefined) return light === "false";
  const style = getComputedStyle(element.parentElement ?? document.body);
  for (const variable of ["--jp-layout-color0", "--vscode-editor-background"]) {
    const value = style.getPropertyValue(variable).trim();
    if (value) return luminance(value) < 0.5;
  }
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

/** Relative luminance 0 to 1 of any CSS colour, as the browser itself reads it. */
function luminance(color: string): number {
  const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true })!;
  context.fillStyle = color;
  context.fillRect(0, 0, 1, 1);
  const [r, g, b] = context.getImageData(0, 0, 1, 1).data;
  return (0.2126 * r + 0.7152 * g + 0.0722 * b) / 255;
}

/** The colours in force at an element. */
export function readTheme(element: HTMLElement): Theme {
  const style = getComputedStyle(element);
  const token = (name: string) => style.getPropertyValue(name).trim();
  const groups = new Map<string, string>();
  return {
    dark: element.closest<HTMLElement>(".cz-root")?.dataset.theme === "dark",
    page: token("--cz-page"),
    panel: token("--cz-panel"),
    line: token("--cz-line"),
    grid: token("--cz-grid"),
    text: token("--cz-text"),
    muted: token("--cz-muted"),
    faint: token("--cz-faint"),
    ring: token("--cz-ring"),
    accent: token("--cz-accent"),
    bad: token("--cz-bad"),
    font: style.fontFamily,
    group: (group) => {
      const name = groupVariable(group);
      const known = groups.get(name) ?? token(name);
      groups.set(name, known);
      return known;
    },
  };
}

export function reducedMotion(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}
