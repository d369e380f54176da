import type { Figure, Trace } from "../figures/figure.js";
import { interactiveConfig } from "../figures/theme.js";

/** How a browser takes a list of numbers in little space: plotly's form of a typed array. */
interface Packed {
  dtype: "f4";
  bdata: string;
}

/** Lists shorter than this stay readable text. */
const worthPacking = 50;

/**
 * A figure for the page, a third as large: steps as a start and a distance, long lists as base64 of float32, which keeps
 * the six digits that figures have. Its title, which the page sets as text, is left out.
 */
export function compactFigure({ data, layout: { title: _, ...layout } }: Figure): object {
  return { data: data.map(compactTrace), layout, config: interactiveConfig };
}

function compactTrace({ x, y, ...trace }: Trace): object {
  return { ...trace, ...(x && compactX(x)), ...(y && { y: packed(y) }) };
}

function compactX(x: readonly number[]): object {
  const distance = x[1] - x[0];
  const isEven = x.length >= worthPacking && x.every((value, i) => value === x[0] + i * distance);
  return isEven ? { x0: x[0], dx: distance } : { x: packed(x) };
}

function packed(values: readonly (number | null)[]): Packed | readonly (number | null)[] {
  if (values.length < worthPacking || values.some((value) => typeof value !== "number")) return values;
  return { dtype: "f4", bdata: Buffer.from(Float32Array.from(values as number[]).buffer).toString("base64") };
}

/** An SVG drawn by plotly with the points of its lines to a tenth of a pixel, each relative to the one before. */
export const compactSvg = (svg: string): string =>
  svg.replace(/(class="js-line"[^>]* d=")(M[-\d.,ML]+)"/g, (_, before, path) => `${before}${relativePath(path)}"`);

/** M0.39,34.44L0.78,32.07 → M.4 34.4l.4-2.3: rounded before the differences are taken, so that no error adds up. */
function relativePath(path: string): string {
  const last = { x: 0, y: 0, letter: "", number: "" };
  let short = "";
  const append = (number: string): void => {
    short += (isSeparate(last.number, number) ? "" : " ") + number;
    last.number = number;
  };
  for (const [, command, xText, yText] of path.matchAll(/([ML])(-?[\d.]+),(-?[\d.]+)/g)) {
    const letter = command === "L" ? "l" : short === "" ? "M" : "m";
    if (letter !== last.letter) {
      short += letter;
      last.number = "";
    }
    const [x, y] = [Math.round(10 * Number(xText)), Math.round(10 * Number(yText))];
    append(tenths(x - last.x));
    append(tenths(y - last.y));
    Object.assign(last, { x, y, letter });
  }
  return short;
}

/** A letter, a minus sign and a second decimal point separate numbers by themselves. */
const isSeparate = (before: string, after: string): boolean =>
  before === "" || after.startsWith("-") || (after.startsWith(".") && before.includes("."));

const tenths = (value: number): string => String(value / 10).replace(/^(-?)0\./, "$1.");
