import { SncError } from "../base/errors.js";
import type { Figure } from "./figure.js";
import { requireOneLayer } from "./one-layer.js";
import { coinciding, curvesOfRuns, lineKey, runTraces } from "./runs-over-steps.js";
import { inWords, type RowOfRun } from "./series.js";
import { figureLayout } from "./theme.js";

/** The loss of one batch: Eq. 7, mean over the batch. */
export interface TrainingLossRow extends RowOfRun {
  seed: number;
  layer: number;
  step: number;
  loss: number;
}

/** How Figure 1 is drawn. */
export interface TrainingLossOptions {
  title?: string;
  /** What the rows' `loss` is, for the y axis, where it is another quantity of every step. */
  quantity?: string;
  /** The scale of what is shown, for example "SmolLM2-135M, layer 6, 3 seeds, 90 steps". */
  scale?: string;
  /** Steps of the moving mean of the bold lines, odd; 1 (the default) shows the loss as measured. */
  smoothing?: number;
  yScale?: "linear" | "log";
}

/** Another quantity of every step, drawn like the loss. */
export interface TrainingValueRow extends Omit<TrainingLossRow, "loss"> {
  value: number;
}

/** Figure 1: training loss over steps, of every run and variation in the table: every seed faint, the mean over seeds bold. */
export const trainingLoss = (rows: readonly TrainingLossRow[], options: TrainingLossOptions = {}): Figure =>
  trainingCurves(
    rows.map(({ loss, ...row }) => ({ ...row, value: loss })),
    options,
    "loss",
  );

/** A quantity of every step as Figure 1 draws the loss; `name` is what the labels under the pointer call it. */
export function trainingCurves(
  rows: readonly TrainingValueRow[],
  options: TrainingLossOptions = {},
  name = "value",
): Figure {
  const { scale, smoothing = 1, yScale = "linear", quantity = "Loss (Eq. 7, mean per activation vector)" } = options;
  requireOneLayer("Figure 1", rows);
  const runs = curvesOfRuns(rows);
  const values = rows.map((row) => row.value);
  if (yScale === "log" && min(values) <= 0)
    throw new SncError("input", `Figure 1: a log axis needs values above 0, found ${min(values)}`);
  return {
    data: runTraces(runs, { quantity: name, smoothing }),
    layout: figureLayout({
      title: options.title ?? (runs.length === 1 ? `Training loss of ${inWords(runs[0])}` : "Training loss"),
      subtitle: [scale ?? "", lineKey(runs, smoothing), coinciding(runs)].filter((part) => part !== ""),
      x: { title: "Training step", range: [0, max(rows.map((row) => row.step))] },
      y: { title: quantity, scale: yScale },
      // The default title names a single run.
      ...((runs.length > 1 || options.title !== undefined) && {
        legend: { title: "Run", names: runs.map(({ label }) => label) },
      }),
    }),
  };
}

const min = (values: readonly number[]): number => values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
const max = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
