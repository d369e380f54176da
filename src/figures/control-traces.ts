import { SncError } from "../base/errors.js";
import { paper } from "../paper.js";
import type { StepRecord } from "../train.js";
import type { Figure, Trace } from "./figure.js";
import { type Panel, panelFigure } from "./panels.js";
import { curvesOfRuns, lineKey, runTraces } from "./runs-over-steps.js";
import { inWords, type RowOfRun } from "./series.js";

type Quantity =
  | "tau"
  | "lambda1"
  | "pairs"
  | "pairsKept"
  | "threshold"
  | "meanRadius"
  | "losers"
  | "pruned"
  | "reallocated"
  | "gradientNorm";

/** What controls one step of a training: of a row of trace.arrow, and whose it is. */
export interface ControlTraceRow extends RowOfRun, Pick<StepRecord, "step" | Quantity> {
  seed: number;
  layer: number;
}

type Range = readonly [number, number];

/** The quantities in the order of a step, by what a panel says above them. */
const headings: Record<Quantity, string> = {
  meanRadius: "Mean radius r (Eq. 5)",
  losers: "Losers of the competition per token (§4.2)",
  pairs: "Pairs penalised |T_k| (Eq. 2)",
  threshold: "Bound μ + 2σ on c_ij (Eq. 2)",
  pairsKept: "Share of T_k kept from the step before",
  gradientNorm: "Gradient norm",
  tau: "τ (Eq. 3)",
  lambda1: "λ₁ (§4.3)",
  pruned: "Features pruned so far (§4.3)",
  reallocated: "Features reallocated so far (§4.3)",
};

/** How control traces are drawn. */
export interface ControlTracesOptions {
  /** The scale of what is shown, for example "SmolLM2-135M, layer 6, 1 seed, 90 steps". */
  scale?: string;
}

/** The ranges that the rules of Eq. 3 and §4.3 keep. */
const ranges: Partial<Record<Quantity, Range>> = {
  tau: [paper.tau.min, paper.tau.max],
  lambda1: [paper.adaptiveSparsity.min, paper.adaptiveSparsity.max],
};

/** The control quantities of one run that change over its steps, a panel each; dotted: the bounds of τ and λ₁. */
export function controlTraces(rows: readonly ControlTraceRow[], options: ControlTracesOptions = {}): Figure {
  const trainings = [
    ...new Set(
      rows.map(({ run, runName, variation, layer }) =>
        variation === undefined ? `run ${run} on layer ${layer}` : `${runName} (${variation}) on layer ${layer}`,
      ),
    ),
  ];
  if (trainings.length !== 1)
    throw new SncError(
      "input",
      `control traces: expected one run on one layer, found ${trainings.join(", ") || "no rows"}`,
    );
  const changing = (Object.keys(headings) as Quantity[]).filter((quantity) => changes(rows, quantity));
  const seeds = curvesOfRuns(rows.map((row) => ({ ...row, value: row.gradientNorm })));
  const steps = rows.map((row) => row.step);
  const bounded = changing.some((quantity) => ranges[quantity]);
  return panelFigure({
    title: `What controls ${inWords(seeds[0])}`,
    subtitle: [options.scale ?? "", lineKey(seeds), bounded ? "Dotted: bounds" : ""].filter((part) => part !== ""),
    x: { title: "Training step", range: [0, Math.max(...steps)] },
    panels: changing.map((quantity) => panelOf(rows, quantity, ranges[quantity])),
  });
}

const changes = (rows: readonly ControlTraceRow[], quantity: Quantity): boolean =>
  new Set(rows.map((row) => row[quantity]).filter((value) => value !== null)).size > 1;

/** A run is alone in its figure: dashes would only hide what it does from step to step. */
const solid = (trace: Trace): Trace => ({ ...trace, line: { ...(trace.line as object), dash: "solid", width: 1.2 } });

/** One quantity over the steps at which it is defined. */
function panelOf(rows: readonly ControlTraceRow[], quantity: Quantity, bounds?: Range): Panel {
  const values = rows.flatMap((row) => {
    const value = row[quantity];
    return value === null ? [] : [{ ...row, value }];
  });
  return {
    heading: headings[quantity],
    traces: runTraces(curvesOfRuns(values), { quantity }).map(solid),
    y: { rangemode: "tozero" },
    bounds,
  };
}
