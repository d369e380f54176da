import { mean } from "../base/mean.js";
import { type Baseline, baselineTraces } from "./baselines.js";
import { tracesBeside } from "./beside.js";
import type { Figure, Layout, Trace } from "./figure.js";
import { rounded } from "./numbers.js";
import { requireOneLayer } from "./one-layer.js";
import { type Curve, curvesOfRuns } from "./runs-over-steps.js";
import { isOfPaper, type RowOfRun } from "./series.js";
import { figureLayout, palette } from "./theme.js";

/** What one training measured at its end. */
export interface PerRunRow extends RowOfRun {
  seed: number;
  layer: number;
  correlation: number;
  /** The correlation of independent features of the same sparsity; null where chance has no number. */
  correlationByChance: number | null;
  utilization: number;
}

/** A number that is stated, not measured. */
export interface StatedValue {
  run: number;
  value: number;
}

/** How the runs are compared. Stated values are drawn as a series of their own and never mixed with measured ones. */
export interface PerRunOptions {
  /** The scale of what is shown, for example "SmolLM2-135M, layer 6, 3 seeds, 90 steps". */
  scale?: string;
  stated?: { correlation: readonly StatedValue[]; utilization: readonly StatedValue[] };
  /** What correlations of other kinds are by chance. */
  baselines?: readonly Baseline[];
}

/**
 * §6.1: mean correlation and utilization of every run, every seed and their mean, beside chance and what is stated. Variations
 * stand right of the run that they vary, each a series of its own.
 */
export function perRun(rows: readonly PerRunRow[], { scale = "", stated, baselines = [] }: PerRunOptions = {}): Figure {
  requireOneLayer("Correlation and utilization per run", rows);
  const chance = rows.flatMap((row) =>
    row.correlationByChance === null ? [] : [{ ...row, value: row.correlationByChance }],
  );
  const panels = [
    {
      quantity: "mean correlation",
      measured: rows.map((row) => ({ ...row, value: row.correlation })),
      chance,
      stated: stated?.correlation ?? [],
      baselines,
    },
    {
      quantity: "utilization",
      measured: rows.map((row) => ({ ...row, value: row.utilization })),
      chance: [],
      stated: stated?.utilization ?? [],
      baselines: [],
    },
  ];
  const data = panels.flatMap(panelTraces);
  const seeds = new Set(rows.map((row) => row.seed)).size;
  const names = data.filter((trace) => trace.showlegend).map((trace) => trace.name!);
  return {
    data,
    layout: twoPanels(rows, [scale, seeds > 1 ? "Bold: mean over seeds; faint: single seeds" : ""], names),
  };
}

interface RunValue extends RowOfRun {
  seed: number;
  value: number;
}

interface Panel {
  quantity: string;
  measured: readonly RunValue[];
  chance: readonly RunValue[];
  stated: readonly StatedValue[];
  baselines: readonly Baseline[];
}

/** Seeds and mean over the runs; the legend is that of the first panel, which has all series. */
function panelTraces({ quantity, stated, baselines, ...all }: Panel, panel: number): Trace[] {
  const place = panel === 0 ? {} : { yaxis: "y2" };
  const [measured, chance] = [all.measured, all.chance].map((values) => values.filter(isOfPaper));
  const series = (name: string, what: string, curve: Curve, style: object, isNamed: boolean): Trace => ({
    type: "scatter",
    name,
    legendgroup: name,
    showlegend: isNamed && panel === 0,
    x: curve.steps,
    y: curve.values.map(rounded),
    mode: "lines+markers",
    cliponaxis: false,
    hovertemplate: `Run %{x}, ${what}<br>${quantity} %{y:.4~g}<extra></extra>`,
    ...place,
    ...style,
  });
  const { seeds, mean } = acrossRuns(measured);
  const several = seeds.length > 1;
  const isEverywhere = seeds.every(({ curve }) => curve.steps.length === mean.steps.length);
  const means = isEverywhere ? `mean of ${seeds.length} seeds` : "mean over its seeds";
  const ofSeed = ({ seed, curve }: { seed: number; curve: Curve }): Trace =>
    series("measured", `seed ${seed}`, curve, curve.steps.length > 1 ? faint : faintPoint, false);
  return [
    ...(several ? seeds.map(ofSeed) : []),
    ...(seeds.length > 0 ? [series("measured", several ? means : `seed ${seeds[0].seed}`, mean, bold, true)] : []),
    ...(chance.length > 0 ? [series("by chance", "by chance", acrossRuns(chance).mean, byChance, true)] : []),
    ...tracesBeside(all.measured, all.chance, quantity).map((trace) => ({
      ...trace,
      showlegend: trace.showlegend !== false && panel === 0,
      ...place,
    })),
    ...baselineTraces(baselines, acrossAll(all.measured)),
    ...(stated.length > 0 ? [series("stated in the paper", "stated", curveOf(stated), asStated, true)] : []),
  ];
}

/** Every seed as a curve over the runs that have it, and at each run the mean over the seeds that are there. */
function acrossRuns(values: readonly RunValue[]): { seeds: { seed: number; curve: Curve }[]; mean: Curve } {
  const rows = values.map(({ run, seed, value }) => ({ run: 0, runName: "", seed, step: run, value }));
  const [{ seeds } = { seeds: [] }] = curvesOfRuns(rows);
  const runs = [...new Set(values.map(({ run }) => run))].sort((a, b) => a - b);
  const valuesAt = (run: number): number[] =>
    seeds.flatMap(({ curve }) => curve.values.filter((_, i) => curve.steps[i] === run));
  return { seeds, mean: { steps: runs, values: runs.map((run) => mean(valuesAt(run))) } };
}

/** The x axis from its first to its last run, with room for what stands beside the last. */
function acrossAll(rows: readonly RowOfRun[]): [number, number] {
  const runs = rows.map(({ run }) => run);
  return [Math.min(...runs) - 0.4, Math.max(...runs) + (rows.every(isOfPaper) ? 0.4 : 0.8)];
}

function curveOf(stated: readonly StatedValue[]): Curve {
  const sorted = [...stated].sort((a, b) => a.run - b.run);
  return { steps: sorted.map(({ run }) => run), values: sorted.map(({ value }) => value) };
}

const faint = { mode: "lines", opacity: 0.35, line: { color: palette.blue, width: 0.8 } };
/** Of a seed that one run alone has: a line of one point shows nothing. */
const faintPoint = { mode: "markers", opacity: 0.35, marker: { color: palette.blue, symbol: "circle", size: 5 } };
const bold = { line: { color: palette.blue, width: 2 }, marker: { color: palette.blue, symbol: "circle", size: 8 } };
const byChance = {
  line: { color: palette.black, width: 1.2, dash: "dot" },
  marker: { color: palette.black, symbol: "triangle-up-open", size: 8 },
};
const asStated = {
  line: { color: palette.vermillion, width: 1.2, dash: "dash" },
  marker: { color: palette.vermillion, symbol: "square-open", size: 9 },
};

/** Two plots of the same runs, one above the other. */
function twoPanels(rows: readonly PerRunRow[], subtitle: readonly string[], names: string[]): Layout {
  const runs = [...new Set(rows.map((row) => row.run))].sort((a, b) => a - b);
  const layoutWith = (title: string): Layout =>
    figureLayout({
      title: "Correlation and utilization per run",
      subtitle: subtitle.filter((part) => part !== ""),
      x: {
        title: "Run",
        tickmode: "array",
        tickvals: runs,
        ticktext: runs.map(String),
        range: acrossAll(rows),
      },
      y: { title, rangemode: "tozero" },
      legend: { names },
      height: 560,
    });
  const [above, below] = [layoutWith("Mean correlation"), layoutWith("Utilization")];
  return {
    ...above,
    xaxis: { ...(above.xaxis as object), anchor: "y2" },
    yaxis: { ...(above.yaxis as object), domain: [0.54, 1] },
    yaxis2: { ...(below.yaxis as object), domain: [0, 0.46] },
  };
}
