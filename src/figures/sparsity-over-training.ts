import { paper } from "../paper.js";
import type { Figure, Trace } from "./figure.js";
import { requireOneLayer } from "./one-layer.js";
import { coinciding, curvesOfRuns, lineKey, runTraces } from "./runs-over-steps.js";
import type { RowOfRun } from "./series.js";
import { figureLayout, palette } from "./theme.js";

/** The share of feature activations above zero in one training batch. */
export interface SparsityRow extends RowOfRun {
  seed: number;
  layer: number;
  step: number;
  activeFraction: number;
}

/** How Figure 3 is drawn. */
export interface SparsityOptions {
  /** The scale of what is shown, for example "SmolLM2-135M, layer 6, 3 seeds, 90 steps". */
  scale?: string;
  /** Steps of the moving mean of the bold lines, odd; 1 (the default) shows batches as measured. */
  smoothing?: number;
}

const { target } = paper.adaptiveSparsity;
const targetName = `target of λ₁, ${100 * target} %`;

/** Figure 3: active fraction over training steps of every run and variation, with the fraction that λ₁ adapts to from Run 6 on (§4.3). */
export function sparsityOverTraining(rows: readonly SparsityRow[], options: SparsityOptions = {}): Figure {
  const { scale = "", smoothing = 1 } = options;
  requireOneLayer("Figure 3", rows);
  const runs = curvesOfRuns(rows.map((row) => ({ ...row, value: row.activeFraction })));
  const lastStep = rows.reduce((last, row) => Math.max(last, row.step), 0);
  return {
    data: [...runTraces(runs, { quantity: "active fraction", smoothing }), targetTrace(lastStep)],
    layout: figureLayout({
      title: "Feature sparsity during training",
      subtitle: [scale, lineKey(runs, smoothing), coinciding(runs)].filter((part) => part !== ""),
      x: { title: "Training step", range: [0, lastStep] },
      y: { title: "Active fraction (share of activations above 0)", rangemode: "tozero" },
      legend: { title: "Run", names: [...runs.map(({ label }) => label), targetName] },
    }),
  };
}

const targetTrace = (lastStep: number): Trace => ({
  type: "scatter",
  name: targetName,
  x: [0, lastStep],
  y: [target, target],
  mode: "lines",
  line: { color: palette.black, dash: "dot", width: 1.5 },
  hoverinfo: "skip",
});
