import { SncError } from "../base/errors.js";
import { groupBy } from "../base/group-by.js";
import type { Figure, Trace } from "./figure.js";
import { marksOverL0, placesOf, ticksOfL0 } from "./over-l0.js";
import { panelFigure } from "./panels.js";
import { legendText, palette, seriesStyle } from "./theme.js";

/** One autoencoder in a world with known features. */
export interface KnownFeatureRow {
  /** One mark a series and panel and level: "Run 0". */
  series: string;
  /** The paper's runs are lines from λ₁ as the paper has it to a larger one; floors and nulls are grey. */
  kind: "paper" | "method" | "floor";
  /** Of a run of the paper its number. */
  run?: number;
  /** Which mark of its series: seeds of one level are one. */
  level: string;
  /** Whether it is a run as the paper has it: a large mark. */
  isOfPaper: boolean;
  /** In which panel, by its place. */
  panel: number;
  l0: number;
  value: number;
}

/** How the figure is drawn. */
export interface KnownFeaturesFigureOptions {
  /** What each panel shows, from the top. */
  headings: readonly string[];
  scale?: string;
  answer?: string;
  /** The world's own L0. */
  trueL0?: number;
  /** Of each panel: what the true directions themselves come to. */
  bounds?: readonly (readonly number[])[];
}

/**
 * How well true features are found over L0: a panel for each question, a mark for each method, means over seeds with a bar from the
 * lowest to the highest. A run of the paper is a line of two marks, the large one as the paper has it.
 */
export function knownFeaturesFigure(
  rows: readonly KnownFeatureRow[],
  { headings, scale = "", answer = "", trueL0, bounds = [] }: KnownFeaturesFigureOptions,
): Figure {
  const shown = rows.filter(({ l0 }) => l0 > 0);
  if (shown.length === 0)
    throw new SncError("input", "known features: expected trainings to draw, found none. Run: snc known-features");
  const l0s = [...shown.map(({ l0 }) => l0), ...(trueL0 === undefined ? [] : [trueL0])];
  const range = [Math.log10(Math.min(...l0s) / room), Math.log10(Math.max(...l0s) * room)];
  const names = [...groupBy(shown, ({ series }) => series).keys()];
  return panelFigure({
    title: "Where the true features are known, who finds them?",
    subtitle: [
      answer,
      scale,
      `Large marks: runs as the paper has them; dotted upright: the L0 of the world${bounds.some((of) => of.length > 0) ? "; dotted across: the true directions, with thresholds" : ""}`,
    ].filter((part) => part !== ""),
    x: {
      title: "L0: features above zero in a vector",
      scale: "log",
      tickvals: ticksOfL0,
      ticktext: ticksOfL0.map(String),
      range,
    },
    panels: headings.map((heading, panel) => ({
      heading,
      traces: names.flatMap((name, index) => {
        const series = shown.filter((row) => row.series === name && row.panel === panel);
        return series.length === 0 ? [] : [lineOf(series, index, panel === 0)];
      }),
      verticals: trueL0 === undefined ? [] : [trueL0],
      bounds: bounds[panel] ?? [],
      y: { nticks: 6, range: [-0.03, 1.03] },
    })),
    columns: 1,
    panelHeight: 230,
    width: 800,
    legend: { names },
  });
}

/** Beside the first and the last mark, as a factor of L0. */
const room = 1.2;

const methodStyles = [
  { color: palette.blue, symbol: "star-diamond" },
  { color: palette.skyBlue, symbol: "star-square" },
  { color: palette.green, symbol: "hexagon" },
  { color: palette.purple, symbol: "pentagon" },
  { color: palette.vermillion, symbol: "hourglass" },
  { color: palette.black, symbol: "bowtie" },
];

const grey = "#777777";

/** Frozen and untrained autoencoders of one seed have the same directions: their marks may lie on each other. */
const floorSymbols: Record<string, string> = {
  Untrained: "circle-open",
  "Frozen decoder": "x",
  "Frozen, random": "square-open",
};

function styleOf(
  { kind, run, series }: KnownFeatureRow,
  index: number,
): { color: string; symbol: string; dash: string } {
  if (run !== undefined) {
    const { color, symbol, filled, dash } = seriesStyle(run);
    return { color, symbol: filled ? symbol : `${symbol}-open`, dash };
  }
  if (kind === "floor") return { color: grey, symbol: floorSymbols[series] ?? "circle", dash: "dash" };
  return { ...methodStyles[index % methodStyles.length], dash: "solid" };
}

function lineOf(rows: readonly KnownFeatureRow[], index: number, showlegend: boolean): Trace {
  const [first] = rows;
  const { color, symbol, dash } = styleOf(first, index);
  const marks = marksOverL0(rows, ({ value }) => value);
  return {
    ...placesOf(marks, { label: first.series, color }),
    name: legendText(first.series),
    legendgroup: first.series,
    legendrank: index + 1,
    showlegend,
    mode: first.kind === "paper" ? "lines+markers" : "markers",
    line: { color, width: 1.2, dash },
    marker: {
      color,
      symbol,
      size: marks.map(({ isOfPaper }) => (isOfPaper ? 11 : first.kind === "paper" ? 6 : 10)),
      opacity: 1,
    },
  };
}
