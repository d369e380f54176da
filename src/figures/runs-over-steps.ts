import { SncError } from "../base/errors.js";
import { groupBy } from "../base/group-by.js";
import { sum } from "../base/mean.js";
import { plainText, type Trace } from "./figure.js";
import { rounded } from "./numbers.js";
import { type RowOfRun, type Series, seriesOf } from "./series.js";
import { legendText } from "./theme.js";

/** One value of one run, or variation, and seed at one step. */
export interface StepValue extends RowOfRun {
  seed: number;
  step: number;
  value: number;
}

/** Values at increasing steps. */
export interface Curve {
  steps: number[];
  values: number[];
}

/** One run or variation: a curve for every seed, and their mean at the steps that every seed has. */
export interface RunCurves extends Series {
  seeds: { seed: number; curve: Curve }[];
  mean: Curve;
}

/** The table as curves, runs and seeds in order of their numbers. Throws when a value is not finite or there twice. */
export function curvesOfRuns(rows: readonly StepValue[]): RunCurves[] {
  return seriesOf(rows).map(({ series, rows: ofRun }) => {
    const seeds = sortedGroups(ofRun, (row) => row.seed).map(([seed, ofSeed]) => ({ seed, curve: curveOf(ofSeed) }));
    return { ...series, seeds, mean: meanCurve(seeds.map((s) => s.curve)) };
  });
}

function curveOf(rows: readonly StepValue[]): Curve {
  const sorted = [...rows].sort((a, b) => a.step - b.step);
  for (const [i, { run, seed, step, value }] of sorted.entries()) {
    const where = `run ${run}, seed ${seed}, step ${step}`;
    if (!Number.isFinite(value)) throw new SncError("input", `${where}: expected a finite value, found ${value}`);
    if (sorted[i + 1]?.step === step) throw new SncError("input", `${where}: expected one row, found two`);
  }
  return { steps: sorted.map((row) => row.step), values: sorted.map((row) => row.value) };
}

/** Mean over curves. A step that one of them lacks is left out: a mean over fewer seeds would jump there. */
function meanCurve(curves: readonly Curve[]): Curve {
  const valuesAt = new Map<number, number[]>();
  for (const { steps, values } of curves)
    for (const [i, step] of steps.entries()) valuesAt.set(step, [...(valuesAt.get(step) ?? []), values[i]]);
  const shared = [...valuesAt].filter(([, values]) => values.length === curves.length).sort(([a], [b]) => a - b);
  return { steps: shared.map(([step]) => step), values: shared.map(([, values]) => sum(values) / values.length) };
}

/** Centred moving mean over `window` (odd) values; at the ends over as many as there are on both sides. */
function movingMean(values: readonly number[], window: number): number[] {
  if (!Number.isInteger(window) || window < 1 || window % 2 === 0)
    throw new SncError("usage", `smoothing: expected an odd number of values, found ${window}`);
  return values.map((_, i) => {
    const reach = Math.min((window - 1) / 2, i, values.length - 1 - i);
    return sum(values.slice(i - reach, i + reach + 1)) / (2 * reach + 1);
  });
}

/** How `runTraces` draws curves. `smoothing` is the window of `movingMean` for the bold lines; 1 leaves them as measured. */
export interface RunTraceOptions {
  /** What a value is, for the labels under the pointer. */
  quantity: string;
  smoothing?: number;
  /** Where a value is, for the same labels, with plotly's %{x} in it. */
  position?: string;
}

/** plotly traces: every seed a faint line, over them the mean over seeds in bold; the legend lists the runs in order. */
export function runTraces(
  runs: readonly RunCurves[],
  { quantity, smoothing = 1, position = "step %{x}" }: RunTraceOptions,
): Trace[] {
  const many = runs.length > 3;
  const seedTraces = (run: RunCurves): Trace[] =>
    run.seeds.map(({ seed, curve }) => ({
      ...line(run, curve, `seed ${seed}`, position, quantity),
      showlegend: false,
      opacity: many ? 0.2 : 0.35,
      mode: "lines",
      line: { color: run.style.color, width: 0.8 },
    }));
  const meanTrace = (run: RunCurves): Trace => {
    const { color, dash, symbol, filled } = run.style;
    const mean = { steps: run.mean.steps, values: movingMean(run.mean.values, smoothing) };
    const what = run.seeds.length === 1 ? `seed ${run.seeds[0].seed}` : `mean of ${run.seeds.length} seeds`;
    // plotly spreads these few markers along the line, at other steps for every trace.
    const sparse = { symbol, size: filled ? 9 : 8, maxdisplayed: 7 };
    return {
      ...line(run, mean, smoothing > 1 ? `${what}, smoothed` : what, position, quantity),
      cliponaxis: false,
      mode: runs.length === 1 ? "lines" : "lines+markers",
      line: { color, dash, width: many ? 1.5 : 2 },
      ...(runs.length > 1 && {
        marker: filled
          ? { ...sparse, color, line: { color: "#FFFFFF", width: 1 } }
          : { ...sparse, color: "#FFFFFF", line: { color, width: 1.5 } },
      }),
    };
  };
  // A single seed, unsmoothed, is its own mean: one line says it all.
  const isOneLine = (run: RunCurves): boolean => run.seeds.length === 1 && smoothing === 1;
  return [...runs.filter((run) => !isOneLine(run)).flatMap(seedTraces), ...runs.map(meanTrace)];
}

/** What bold and faint lines are, for the caption; empty where every run is one line as measured. */
export function lineKey(runs: readonly RunCurves[], smoothing = 1): string {
  const severalSeeds = runs.some((run) => run.seeds.length > 1);
  const bold = [severalSeeds && "mean over seeds", smoothing > 1 && `smoothed over ${smoothing} steps`].filter(Boolean);
  return bold.length > 0 ? `Bold: ${bold.join(", ")}; faint: ${severalSeeds ? "single seeds" : "as measured"}` : "";
}

/** Which runs lie on each other, for the caption; empty where none do. */
export function coinciding(runs: readonly RunCurves[]): string {
  const lines = groupBy(runs, ({ seeds }) => JSON.stringify(seeds));
  const same = [...lines.values()].filter((alike) => alike.length > 1);
  const named = same.map((alike) => {
    const [ofPaper, variations] = [false, true].map((isVariation) =>
      alike.filter((of) => of.isVariation === isVariation),
    );
    const plural = ofPaper.length > 1 ? "Runs" : "Run";
    const numbers = ofPaper.length > 0 ? [`${plural} ${ofPaper.map(({ run }) => run).join(", ")}`] : [];
    return [...numbers, ...variations.map(({ short }) => short)].join(", ");
  });
  return same.length > 0 ? `On each other: ${named.join("; ")}` : "";
}

const line = (run: RunCurves, { steps, values }: Curve, what: string, position: string, quantity: string): Trace => ({
  type: "scatter",
  name: legendText(run.label),
  legendgroup: run.id,
  x: steps,
  y: values.map(rounded),
  hovertemplate: `${plainText(run.short)}, ${what}<br>${position}<br>${quantity} %{y:.4~g}<extra></extra>`,
});

function sortedGroups<T>(rows: readonly T[], key: (row: T) => number): [number, T[]][] {
  const groups = new Map<number, T[]>();
  for (const row of rows) {
    const group = groups.get(key(row));
    if (group) group.push(row);
    else groups.set(key(row), [row]);
  }
  return [...groups].sort(([a], [b]) => a - b);
}
