import { SncError } from "../base/errors.js";
import { groupBy } from "../base/group-by.js";
import { type Figure, plainText, type Trace } from "./figure.js";
import { marksOverL0, placesOf, ticksOfL0 } from "./over-l0.js";
import { panelFigure } from "./panels.js";
import { legendText, palette } from "./theme.js";

/** One training on the frontier of a method. */
export interface FrontierRow {
  method: string;
  /** For the legend. */
  label: string;
  /** The paper's runs are drawn to be seen first; controls that learn no directions are the floor. */
  kind: "method" | "paper" | "floor";
  /** Which of its levels: seeds of one level are one mark. */
  level: string;
  /** Whether it is a run of the paper as the paper has it. */
  isOfPaper: boolean;
  seed: number;
  l0: number;
  fractionVarianceExplained: number;
  nearestDecoderCosine: number;
}

/** How the frontier is drawn. */
export interface FrontierFigureOptions {
  /** The scale of what is shown, for example "SmolLM2-135M, layer 14, 3 seeds, 1000 steps". */
  scale?: string;
  /** The answer in words, below the title, by line. */
  answer?: readonly string[];
  /** The L0 at which the answer compares. */
  comparedL0?: number;
}

type Quantity = "fractionVarianceExplained" | "nearestDecoderCosine";

/**
 * Variance explained and the cosine of the nearest decoder directions over L0, a line for each method in the order of the rows:
 * marks are means over seeds, with a bar from the lowest to the highest. The paper's runs are bold, a large mark where they are as
 * the paper has them; controls are dashed.
 */
export function frontierFigure(
  rows: readonly FrontierRow[],
  { scale = "", answer = [], comparedL0 }: FrontierFigureOptions = {},
): Figure {
  const shown = rows.filter(({ l0 }) => l0 > 0);
  if (shown.length === 0) throw new SncError("input", "frontier figure: expected trainings with features above zero");
  const methods = [...groupBy(shown, ({ method }) => method).values()];
  const several = new Set(shown.map(({ seed }) => seed)).size > 1;
  const l0s = shown.map(({ l0 }) => l0);
  const range = [Math.log10(Math.min(...l0s) / room), Math.log10(Math.max(...l0s) * room)];
  const panel = (heading: string, quantity: Quantity, showlegend: boolean) => ({
    heading,
    traces: methods.map((of, index) => lineOf(of, index, quantity, showlegend)),
    verticals: comparedL0 === undefined ? [] : [comparedL0],
    y: { nticks: 8 },
  });
  return panelFigure({
    title: "At equal sparsity, who reconstructs best?",
    subtitle: [
      ...answer,
      scale,
      several ? "Marks: means over seeds; bars: lowest and highest seed; dotted: the L0 compared" : "",
    ].filter((part) => part !== ""),
    x: {
      title: "L0: features above zero a token",
      scale: "log",
      tickvals: ticksOfL0,
      ticktext: ticksOfL0.map(String),
      range,
    },
    panels: [
      panel("Fraction of variance explained: higher is better", "fractionVarianceExplained", true),
      panel("Nearest decoder direction, mean largest |cos|: lower is more distinct", "nearestDecoderCosine", false),
    ],
    columns: 1,
    panelHeight: 270,
    width: 800,
    legend: { names: methods.map(([{ label }]) => label) },
  });
}

/** Beside the first and the last mark, as a factor of L0. */
const room = 1.15;

/** A method's line: thin and cold, bold and warm of the paper's runs, dashed of controls. */
function lineOf(rows: readonly FrontierRow[], index: number, quantity: Quantity, showlegend: boolean): Trace {
  const [{ method, label, kind }] = rows;
  const style: Style = styles[method] ?? { color: palette.green, symbol: "diamond" };
  const marks = marksOverL0(rows, (row) => row[quantity]);
  const isBold = kind === "paper";
  return {
    ...placesOf(marks, { label, color: style.color }),
    name: legendText(label),
    legendgroup: method,
    legendrank: index + 1,
    showlegend,
    mode: isBold && showlegend ? "lines+markers+text" : "lines+markers",
    ...(isBold &&
      showlegend && {
        text: marks.map(({ isOfPaper }) => (isOfPaper ? `<b>${plainText(label)}</b>` : "")),
        textposition: style.beside ?? "bottom right",
        textfont: { color: style.color, size: 12 },
      }),
    line: { color: style.color, width: isBold ? 2.6 : 1.4, dash: kind === "floor" ? "dash" : (style.dash ?? "solid") },
    marker: {
      color: style.color,
      symbol: style.symbol,
      size: marks.map(({ isOfPaper }) => (isOfPaper ? 13 : (style.size ?? (isBold ? 7 : 6)))),
      opacity: 1,
    },
  };
}

const grey = "#777777";

interface Style {
  color: string;
  symbol: string;
  dash?: string;
  /** Larger than other marks, where it would be hidden below one. */
  size?: number;
  /** Where the name of a run of the paper stands beside its mark. */
  beside?: string;
}

/** The paper's runs in warm colours, others in cold ones, controls in grey. */
const styles: Record<string, Style> = {
  relu: { color: palette.black, symbol: "circle" },
  "all-pairs": { color: palette.black, symbol: "circle-open", dash: "dashdot" },
  "top-k": { color: palette.skyBlue, symbol: "square" },
  "batch-top-k": { color: palette.blue, symbol: "square" },
  matryoshka: { color: palette.green, symbol: "diamond" },
  "jump-relu": { color: palette.green, symbol: "triangle-up" },
  "ort-sae": { color: palette.blue, symbol: "square-open", dash: "dashdot", size: 11 },
  "run-1": { color: palette.orange, symbol: "circle", beside: "top left" },
  "run-6": { color: palette.purple, symbol: "square", beside: "bottom left" },
  "run-7": { color: palette.purple, symbol: "triangle-down", dash: "dot", beside: "top right" },
  "run-9": { color: palette.vermillion, symbol: "star" },
  "frozen-decoder": { color: grey, symbol: "circle-open" },
  "frozen-random": { color: grey, symbol: "x" },
};
