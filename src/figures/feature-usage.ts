import { groupBy } from "../base/group-by.js";
import { paper } from "../paper.js";
import type { Figure, Trace } from "./figure.js";
import { rounded } from "./numbers.js";
import { requireOneLayer } from "./one-layer.js";
import { type Curve, coinciding, curvesOfRuns, lineKey, runTraces } from "./runs-over-steps.js";
import { type RowOfRun, seriesId } from "./series.js";
import { figureLayout, palette } from "./theme.js";

/** The importance (Eq. 6) of one feature after training. */
export interface FeatureUsageRow extends RowOfRun {
  seed: number;
  layer: number;
  importance: number;
}

/** How Figure 2 is drawn. */
export interface FeatureUsageOptions {
  /** The scale of what is shown, for example "SmolLM2-135M, layer 6, 3 seeds, 90 steps". */
  scale?: string;
  /** A share of features with low activity that is stated, not measured; drawn as such. */
  statedLowActivity?: number;
}

/** Features below it are drawn at it: a log axis has no zero. */
const lowestDrawn = 1e-4;
/** Points of a curve, evenly spaced over the features. */
const points = 201;
const { active } = paper.importance;
const boundName = `active above ${active} (§5.3)`;

/** Figure 2: the importance of every feature after training, least important first, as one curve for each run or variation. */
export function featureUsage(rows: readonly FeatureUsageRow[], options: FeatureUsageOptions = {}): Figure {
  const { scale = "", statedLowActivity } = options;
  requireOneLayer("Figure 2", rows);
  const trainings = trainingsOf(rows);
  const runs = curvesOfRuns(trainings.flatMap(quantiles)).map((run) =>
    run.seeds.length === 1
      ? run
      : { ...run, mean: meanShares(trainings.filter(([first]) => seriesId(first) === run.id).map(drawnImportances)) },
  );
  const isCut = rows.some((row) => row.importance < lowestDrawn);
  const drawn = runs.flatMap(({ seeds }) => seeds.flatMap(({ curve }) => curve.values));
  const [lowest, highest] = [Math.min, Math.max].map((extreme) => drawn.reduce((a, b) => extreme(a, b), active));
  const stated = statedLowActivity === undefined ? [] : [statedTrace(statedLowActivity, lowest, highest)];
  return {
    data: [
      ...runTraces(runs, { quantity: "importance", position: "%{x} % of the features are below" }),
      boundTrace,
      ...stated,
    ],
    layout: figureLayout({
      title: "Feature usage after training",
      subtitle: [
        scale,
        lineKey(runs),
        coinciding(runs),
        isCut ? `Features below ${lowestDrawn} are drawn there` : "",
      ].filter((part) => part !== ""),
      x: { title: "Features, least important first (%)", range: [0, 100] },
      y: {
        title: "Importance (Eq. 6)",
        scale: "log",
        range: [Math.log10(lowest) - 0.1, Math.log10(highest) + 0.1],
      },
      legend: {
        title: "Run",
        names: [...runs.map(({ label }) => label), ...[boundTrace, ...stated].map(({ name }) => name!)],
      },
    }),
  };
}

const trainingsOf = (rows: readonly FeatureUsageRow[]): FeatureUsageRow[][] => [
  ...groupBy(rows, (row) => `${seriesId(row)} ${row.seed}`).values(),
];

/** Importances as they are drawn, least first. */
const drawnImportances = (training: readonly FeatureUsageRow[]): number[] =>
  training.map((row) => Math.max(row.importance, lowestDrawn)).sort((a, b) => a - b);

/** The importance that this per cent of a training's features stay below, at evenly spaced per cents. */
function quantiles(training: readonly FeatureUsageRow[]) {
  const { importance: _, ...whose } = training[0];
  const sorted = drawnImportances(training);
  return Array.from({ length: points }, (_, i) => {
    const share = i / (points - 1);
    return { ...whose, step: 100 * share, value: sorted[Math.round(share * (sorted.length - 1))] };
  });
}

/**
 * The mean over seeds of the per cent of features at or below an importance, at importances evenly spaced on the log axis: a
 * mean of importances of one rank would be of features that have nothing to do with each other.
 */
function meanShares(seeds: readonly number[][]): Curve {
  const lowest = Math.min(...seeds.map((sorted) => sorted[0]));
  const highest = Math.max(...seeds.map((sorted) => sorted[sorted.length - 1]));
  const levels = Array.from({ length: points - 1 }, (_, i) => lowest * (highest / lowest) ** ((i + 1) / (points - 1)));
  levels[levels.length - 1] = highest; // not a rounding error below it
  const shareAt = (level: number): number =>
    seeds.reduce((sum, sorted) => sum + sorted.filter((value) => value <= level).length / sorted.length, 0) /
    seeds.length;
  return {
    steps: [0, ...levels.map((level) => rounded(100 * shareAt(level)))],
    values: [lowest, ...levels],
  };
}

const boundTrace: Trace = {
  type: "scatter",
  name: boundName,
  x: [0, 100],
  y: [active, active],
  mode: "lines",
  line: { color: palette.black, dash: "dot", width: 1.5 },
  hoverinfo: "skip",
};

const statedTrace = (share: number, lowest: number, highest: number): Trace => ({
  type: "scatter",
  name: `paper: ${Number((100 * share).toPrecision(3))} % below`,
  x: [100 * share, 100 * share],
  y: [lowest, highest],
  mode: "lines",
  line: { color: palette.vermillion, dash: "longdashdot", width: 1.5 },
  hoverinfo: "skip",
});
