import { SncError } from "../base/errors.js";
import type { Figure } from "./figure.js";
import { requireOneLayer } from "./one-layer.js";
import { panelFigure } from "./panels.js";
import { coinciding, curvesOfRuns, lineKey, runTraces } from "./runs-over-steps.js";
import { inWords, type RowOfRun } from "./series.js";
import { figureLayout } from "./theme.js";

/** The loss of one batch: Eq. 7, mean over the batch. */
export interface TrainingLossRow extends RowOfRun {
  seed: number;
  layer: number;
  step: number;
  loss: number;
  /** The loss's first term, ‖h − ĥ‖²; a second panel shows it if every row has it. */
  reconstruction?: number;
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
export interface TrainingValueRow extends Omit<TrainingLossRow, "loss" | "reconstruction"> {
  value: number;
}

/**
 * Figure 1: training loss over steps, of every run and variation in the table: every seed faint, the mean over seeds bold. Where the
 * penalties lay runs on each other, the reconstruction alone tells them apart: rows that have it get a second panel of its means.
 */
export function trainingLoss(rows: readonly TrainingLossRow[], options: TrainingLossOptions = {}): Figure {
  const losses = rows.map(({ loss, reconstruction: _, ...row }) => ({ ...row, value: loss }));
  const reconstructions = rows.flatMap(({ loss: _, reconstruction, ...row }) =>
    reconstruction === undefined ? [] : [{ ...row, value: reconstruction }],
  );
  if (rows.length === 0 || reconstructions.length < rows.length) return trainingCurves(losses, options, "loss");
  const { yScale = "linear", smoothing } = options;
  requirePositive(reconstructions, yScale);
  const { data, layout, quantity } = curvesOfRows(losses, options, "loss");
  const runs = curvesOfRuns(reconstructions);
  const means = runTraces(runs, { quantity: "reconstruction", smoothing }).slice(-runs.length); // they come last
  return panelFigure({
    ...layout,
    panels: [
      { heading: quantity, traces: data, y: { scale: yScale } },
      {
        heading: "Its first term alone: the reconstruction ‖h − ĥ‖²",
        traces: means.map((trace) => ({ ...trace, showlegend: false })),
        y: { scale: yScale },
      },
    ],
    columns: 1,
    panelHeight,
  });
}

/** Of each of the two panels, in pixels. */
const panelHeight = 240;

/** A quantity of every step as Figure 1 draws the loss; `name` is what the labels under the pointer call it. */
export function trainingCurves(
  rows: readonly TrainingValueRow[],
  options: TrainingLossOptions = {},
  name = "value",
): Figure {
  const { data, layout, quantity } = curvesOfRows(rows, options, name);
  return { data, layout: figureLayout({ ...layout, y: { title: quantity, scale: options.yScale } }) };
}

/** The curves, and what stands around them: title, legend and x axis. Throws for a table that would be drawn wrongly. */
function curvesOfRows(rows: readonly TrainingValueRow[], options: TrainingLossOptions, name: string) {
  const { scale, smoothing = 1, yScale, quantity = "Loss (Eq. 7, mean per activation vector)" } = options;
  requireOneLayer("Figure 1", rows);
  const runs = curvesOfRuns(rows);
  requirePositive(rows, yScale);
  return {
    quantity,
    data: runTraces(runs, { quantity: name, smoothing }),
    layout: {
      title: options.title ?? (runs.length === 1 ? `Training loss of ${inWords(runs[0])}` : "Training loss"),
      subtitle: [scale ?? "", lineKey(runs, smoothing), coinciding(runs)].filter((part) => part !== ""),
      x: { title: "Training step", range: [0, max(rows.map((row) => row.step))] },
      // The default title names a single run.
      ...((runs.length > 1 || options.title !== undefined) && {
        legend: { title: "Run", names: runs.map(({ label }) => label) },
      }),
    },
  };
}

function requirePositive(rows: readonly TrainingValueRow[], yScale: TrainingLossOptions["yScale"]): void {
  const least = rows.reduce((a, { value }) => Math.min(a, value), Number.POSITIVE_INFINITY);
  if (yScale === "log" && least <= 0)
    throw new SncError("input", `Figure 1: a log axis needs values above 0, found ${least}`);
}

const max = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
