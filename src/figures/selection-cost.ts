import type { Figure, Trace } from "./figure.js";
import { rounded } from "./numbers.js";
import { figureLayout, legendText, palette, seriesStyle } from "./theme.js";

/** The time of one way to do the work of Eq. 2 at one number of features. */
export interface SelectionCostRow {
  way: string;
  d_sae: number;
  milliseconds: number;
}

/** How the costs of selection are drawn. */
export interface SelectionCostFigureOptions {
  /** What is measured on, for example "125 vectors, 10 % active". */
  scale?: string;
}

/** Time over the number of features, a line for each way, both axes logarithmic: a power law is a straight line. */
export function selectionCosts(
  rows: readonly SelectionCostRow[],
  { scale = "" }: SelectionCostFigureOptions = {},
): Figure {
  const ways = [...new Set(rows.map(({ way }) => way))];
  const sizes = [...new Set(rows.map(({ d_sae }) => d_sae))].sort((a, b) => a - b);
  const lowest = Math.min(...rows.map(({ milliseconds }) => milliseconds));
  const lines = [
    slope("as d²", sizes, lowest, (d) => d * d, "dot"),
    slope("as d log d", sizes, lowest, (d) => d * Math.log(d), "longdashdot"),
  ];
  const data = [...ways.map((way, index) => timesOf(way, index, rows)), ...lines];
  return {
    data,
    layout: figureLayout({
      title: "Time to choose pairs and to penalise them",
      subtitle: scale === "" ? [] : [scale],
      x: { title: "Features d", scale: "log", tickvals: sizes, ticktext: sizes.map(String) },
      y: { title: "Milliseconds", scale: "log" },
      legend: { names: data.map(({ name }) => name!) },
    }),
  };
}

function timesOf(way: string, index: number, rows: readonly SelectionCostRow[]): Trace {
  const { color, dash, symbol } = seriesStyle(index);
  const ofWay = rows.filter((row) => row.way === way).sort((a, b) => a.d_sae - b.d_sae);
  return {
    type: "scatter",
    name: legendText(way),
    x: ofWay.map(({ d_sae }) => d_sae),
    y: ofWay.map(({ milliseconds }) => rounded(milliseconds)),
    mode: "lines+markers",
    line: { color, dash, width: 2 },
    marker: { color, symbol, size: 9 },
    hovertemplate: "d = %{x}<br>%{y:.3~g} ms<extra></extra>",
  };
}

/** What grows like `growth`, from the lowest time at the smallest size on: not measured, only how steep it would be. */
const slope = (
  name: string,
  sizes: readonly number[],
  lowest: number,
  growth: (d: number) => number,
  dash: string,
): Trace => ({
  type: "scatter",
  name,
  x: [...sizes],
  y: sizes.map((d) => rounded((lowest * growth(d)) / growth(sizes[0]))),
  mode: "lines",
  line: { color: palette.black, dash, width: 1.2 },
  hoverinfo: "skip",
});
