import { meanOrNull } from "../base/mean.js";
import type { EvaluationValues } from "../experiment/results/evaluation.js";
import type { TrainedTables } from "../experiment/results/tables.js";
import { paper } from "../paper.js";
import { chanceColumns, type Readings, reportedColumns } from "../readings.js";
import { pairsOf } from "./pair-counts.js";

/** A number that a training's tables give. */
export interface Quantity {
  /** What it is, for readers. */
  describes: string;
  /** Its value; null where it is not defined. */
  of(tables: TrainedTables, readings: Readings): number | null;
  /** What it would be if features had nothing to do with each other; absent where chance says nothing about it. */
  byChance?(tables: TrainedTables, readings: Readings): number | null;
  /** How far it is from the end of its range; absent where it has none that it reaches. */
  headroom?(tables: TrainedTables, readings: Readings): number;
  /** The same tables changed so that it has this value: what the self-test mutates. */
  planted(tables: TrainedTables, value: number, readings: Readings): TrainedTables;
}

type Metric = keyof TrainedTables["metrics"][number];

const lastRow = ({ metrics }: TrainedTables) => metrics[metrics.length - 1];

const withLastRow = (tables: TrainedTables, changes: Partial<TrainedTables["metrics"][number]>): TrainedTables => ({
  ...tables,
  metrics: tables.metrics.map((row, i) => (i === tables.metrics.length - 1 ? { ...row, ...changes } : row)),
});

/** The last value of a column of metrics.arrow, which a reading may choose. */
const measured = (
  describes: string,
  columnOf: (readings: Readings) => Metric,
  chanceOf: (readings: Readings) => Metric | undefined = () => undefined,
): Quantity => ({
  describes,
  of: (tables, readings) => lastRow(tables)[columnOf(readings)],
  byChance: (tables, readings) => {
    const column = chanceOf(readings);
    return column === undefined ? null : lastRow(tables)[column];
  },
  planted: (tables, value, readings) => withLastRow(tables, { [columnOf(readings)]: value }),
});

const correlationColumn = (readings: Readings) => reportedColumns.reportedCorrelation[readings.reportedCorrelation];
const utilizationColumn = (readings: Readings) => reportedColumns.utilization[readings.utilization];

const meanCorrelation = measured(
  "mean correlation over all pairs of features (R19)",
  correlationColumn,
  (readings) => chanceColumns[readings.reportedCorrelation],
);
const utilization: Quantity = {
  ...measured("share of features in use (R18)", utilizationColumn),
  headroom: (tables, readings) => 1 - (lastRow(tables)[utilizationColumn(readings)] ?? 0),
};

/** How far a measured correlation is above what chance gives beside it. */
const aboveChance = (
  describes: string,
  value: (readings: Readings) => Metric,
  chance: (readings: Readings) => Metric,
): Quantity => ({
  describes,
  of(tables, readings) {
    const { [value(readings)]: found, [chance(readings)]: byChance } = lastRow(tables);
    return found === null || byChance === null ? null : found - byChance;
  },
  byChance: () => 0,
  planted: (tables, difference, readings) =>
    withLastRow(tables, { [value(readings)]: difference + (lastRow(tables)[chance(readings)] ?? 0) }),
});

const correlationAboveChance = aboveChance(
  "mean correlation (R19) less what the same features have when each is permuted over the tokens",
  correlationColumn,
  (readings) => chanceColumns[readings.reportedCorrelation],
);
const pearsonAboveChance = aboveChance(
  "mean |Pearson correlation| of pairs of features less that of the same features, each permuted over the tokens",
  () => "meanActivationPearson",
  () => "nullActivationPearson",
);
const decoderAboveChance = aboveChance(
  "mean |cos| of pairs of decoder rows less that of random directions",
  () => "meanDecoderCosine",
  () => "nullDecoderCosine",
);
const maximumAboveChance = aboveChance(
  "mean of each feature's largest |cos| with another less that of the same features, each permuted over the tokens",
  () => "meanMaxActivationCosine",
  () => "nullMaxActivationCosine",
);

/** A column of evaluation.arrow, beside what chance gives where a column says it; null where a training was not evaluated. */
const evaluated = (
  describes: string,
  column: keyof EvaluationValues,
  chance?: keyof EvaluationValues | number,
): Quantity => ({
  describes,
  of: ({ evaluation }) => evaluation?.[column] ?? null,
  ...(chance !== undefined && {
    byChance: ({ evaluation }: TrainedTables) => (typeof chance === "number" ? chance : (evaluation?.[chance] ?? null)),
  }),
  planted: (tables, value) => withEvaluation(tables, { [column]: value }),
});

/** How far one column of evaluation.arrow is above another. */
const evaluatedAbove = (
  describes: string,
  column: keyof EvaluationValues,
  below: keyof EvaluationValues,
): Quantity => ({
  describes,
  of({ evaluation }) {
    const { [column]: found = null, [below]: beside = null } = evaluation ?? {};
    return found === null || beside === null ? null : found - beside;
  },
  byChance: () => 0,
  planted: (tables, difference) => withEvaluation(tables, { [column]: difference, [below]: 0 }),
});

const withEvaluation = (tables: TrainedTables, changes: Partial<EvaluationValues>): TrainedTables => ({
  ...tables,
  evaluation: { ...tables.evaluation, ...changes } as EvaluationValues,
});

const lowActivity: Quantity = {
  describes: "share of features not in use (R18)",
  of(tables, readings) {
    const used = utilization.of(tables, readings);
    return used === null ? null : 1 - used;
  },
  planted: (tables, value, readings) => utilization.planted(tables, 1 - value, readings),
};

const importanceSettling: Quantity = {
  describes: "how much I changed in the last interval, over how much it changed in the first that is measured",
  of({ metrics }) {
    const changes = metrics.flatMap(({ importanceChange }) => importanceChange ?? []);
    return changes.length < 2 || changes[0] === 0 ? null : changes[changes.length - 1] / changes[0];
  },
  planted: (tables, value) => ({
    ...tables,
    metrics: tables.metrics.map((row, i) => ({
      ...row,
      importanceChange: i === 0 ? null : i === tables.metrics.length - 1 ? value : 1,
    })),
  }),
};

/** The second half of the steps: after initial convergence. */
const secondHalf = <T>(rows: readonly T[]): T[] => rows.slice(Math.floor(rows.length / 2));

/** How much a column changes from step to step over its mean. Two values in turn, 1 ± value / 2, have this mean change over this mean. */
const roughness = (
  of: "loss" | "reconstruction" | "activeFraction",
  describes: string,
  among: <T>(rows: readonly T[]) => readonly T[] = secondHalf,
): Quantity => ({
  describes,
  of({ trace }) {
    const values = among(trace).map((row) => row[of]);
    const change = meanOrNull(values.slice(1).map((value, i) => Math.abs(value - values[i])));
    return change === null ? null : change / (meanOrNull(values) as number);
  },
  planted: (tables, value) => ({
    ...tables,
    trace: tables.trace.map((row, i) => ({ ...row, [of]: 1 + ((i % 2 === 0 ? 1 : -1) * value) / 2 })),
  }),
});

const oscillation = roughness(
  "activeFraction",
  "mean change of a batch's active fraction from step to step over its mean, whole training",
  (rows) => rows,
);
const changeOver = (what: string): string =>
  `mean change of the ${what} from step to step over its mean, second half of the training`;

const activationDrift: Quantity = {
  describes: "mean distance of a batch's active fraction from the target, second half of the training",
  of: ({ trace }) =>
    meanOrNull(secondHalf(trace).map((row) => Math.abs(row.activeFraction - paper.adaptiveSparsity.target))),
  planted: (tables, value) => ({
    ...tables,
    trace: tables.trace.map((row) => ({ ...row, activeFraction: paper.adaptiveSparsity.target + value })),
  }),
};

const pairsIn = ({ record: { d_sae } }: TrainedTables): number => pairsOf(d_sae);

const selectedShare: Quantity = {
  describes: "share of all pairs that T_k holds, mean over the steps",
  of: (tables) => meanOrNull(tables.trace.map((row) => row.pairs / pairsIn(tables))),
  planted: (tables, value) => ({
    ...tables,
    trace: tables.trace.map((row) => ({ ...row, pairs: value * pairsIn(tables) })),
  }),
};

const radiusMoves: Quantity = {
  describes: "share of the steps of the second half that changed the mean radius of the competition",
  of({ trace }) {
    const radii = secondHalf(trace).map((row) => row.meanRadius);
    return meanOrNull(radii.slice(1).map((radius, i) => Number(radius !== radii[i])));
  },
  planted(tables, value) {
    const from = Math.floor(tables.trace.length / 2);
    const moves = Math.round(value * (tables.trace.length - from - 1));
    return {
      ...tables,
      trace: tables.trace.map((row, i) => ({ ...row, meanRadius: Math.min(Math.max(i - from, 0), moves) })),
    };
  },
};

const width: Quantity = {
  describes: "width of the activations",
  of: ({ record }) => record.d_in,
  planted: (tables, value) => ({ ...tables, record: { ...tables.record, d_in: value } }),
};

/** Every quantity a claim can be about, by name. */
export const quantities = {
  meanCorrelation,
  correlationAboveChance,
  pearsonAboveChance,
  decoderAboveChance,
  maximumAboveChance,
  utilization,
  lowActivity,
  importanceSettling,
  activeFraction: measured("share of activations above zero on test tokens", () => "activeFraction"),
  activationDrift,
  oscillation,
  lossRoughness: roughness("loss", changeOver("loss")),
  reconstructionRoughness: roughness("reconstruction", changeOver("reconstruction error")),
  selectedShare,
  strongPairs: measured(
    "share of the pairs of features with a |cos| above μ + 2σ",
    () => "strongPairs",
    () => "nullStrongPairs",
  ),
  prunablePairs: measured(
    "share of the pairs of features with a |cos| above θ_corr = 0.8",
    () => "prunablePairs",
    () => "nullPrunablePairs",
  ),
  radiusMoves,
  width,
  nearestActivationAboveChance: evaluatedAbove(
    "mean over features of the largest Pearson correlation with another, less that of the same features permuted over the tokens",
    "nearestActivation",
    "nullNearestActivation",
  ),
  nearestDecoderAboveChance: evaluatedAbove(
    "mean over features of the largest cosine of decoder rows with another, less that of random directions",
    "nearestDecoder",
    "nullNearestDecoder",
  ),
  probing1: evaluated("mean accuracy of telling a source by its one best feature", "probing1", 0.5),
  probing5AboveInput: evaluatedAbove(
    "mean accuracy of telling a source by five features, less that by five of the model's own coordinates",
    "probing5",
    "inputProbing5",
  ),
} satisfies Record<string, Quantity>;

export type QuantityName = keyof typeof quantities;
export const quantityNames = Object.keys(quantities) as [QuantityName, ...QuantityName[]];

/** The ways to measure how independent features are: the first decides, the others are reported beside it. */
export const independence = [
  "pearsonAboveChance",
  "correlationAboveChance",
  "decoderAboveChance",
  "maximumAboveChance",
] as const satisfies readonly QuantityName[];

/** The quantity of this name, with all that any of them may have. */
export const quantity = (name: QuantityName): Quantity => quantities[name];
