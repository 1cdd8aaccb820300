declare module "*.css" {
  const text: string;
  export default text;
}
declare module "*.worker.ts" {
  const source: string;
  export default source;
}
declare module "svgcanvas" {
  /** A CanvasRenderingContext2D that writes SVG. */
  export class Context {
    constructor(width: number, height: number);
    globalAlpha: number;
    drawImage(image: CanvasImageSource, ...numbers: number[]): void;
    getSerializedSvg(fixNamedEntities?: boolean): string;
  }
}
