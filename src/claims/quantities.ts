import type { TrainedTables } from "../experiment/results/tables.js";
import { paper } from "../paper.js";
import { chanceColumns, type Readings, reportedColumns } from "../readings.js";

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

const correlationAboveChance: Quantity = {
  describes: "mean correlation less what the same features have when each is permuted over the tokens",
  of(tables, readings) {
    const [value, chance] = [
      meanCorrelation.of(tables, readings),
      meanCorrelation.byChance?.(tables, readings) ?? null,
    ];
    return value === null || chance === null ? null : value - chance;
  },
  byChance: () => 0,
  planted: (tables, value, readings) =>
    meanCorrelation.planted(tables, value + (meanCorrelation.byChance?.(tables, readings) ?? 0), readings),
};

const lowActivity: Quantity = {
  describes: "share of features not in use (R18)",
  of(tables, readings) {
    const used = utilization.of(tables, readings);
    return used === null ? null : 1 - used;
  },
  planted: (tables, value, readings) => utilization.planted(tables, 1 - value, readings),
};

const utilizationChange: Quantity = {
  describes: "change of the share of features in use between the last two measurements",
  of({ metrics }, readings) {
    const column = utilizationColumn(readings);
    const [before = null, last = null] = metrics.slice(-2).map((row) => row[column]);
    return before === null || last === null ? null : Math.abs(last - before);
  },
  headroom: ({ metrics }, readings) =>
    Math.max(...metrics.slice(-2).map((row) => 1 - (row[utilizationColumn(readings)] ?? 0))),
  planted(tables, value, readings) {
    const column = utilizationColumn(readings);
    const [before, last] = [0.5, 0.5 + value]; // not at the end of the range, where changes are small by force
    return {
      ...tables,
      metrics: tables.metrics.map((row, i) => ({ ...row, [column]: i === tables.metrics.length - 1 ? last : before })),
    };
  },
};

/** The second half of the steps: after initial convergence. */
const secondHalf = <T>(rows: readonly T[]): T[] => rows.slice(Math.floor(rows.length / 2));

/** How much a loss changes from step to step. Two values in turn, 1 ± value / 2, have this mean change over this mean. */
const roughness = (of: "loss" | "reconstruction", name: string): Quantity => ({
  describes: `mean change of the ${name} from step to step over its mean, second half of the training`,
  of({ trace }) {
    const losses = secondHalf(trace).map((row) => row[of]);
    const change = mean(losses.slice(1).map((loss, i) => Math.abs(loss - losses[i])));
    return change === null ? null : change / (mean(losses) as number);
  },
  planted: (tables, value) => ({
    ...tables,
    trace: tables.trace.map((row, i) => ({ ...row, [of]: 1 + ((i % 2 === 0 ? 1 : -1) * value) / 2 })),
  }),
});

const activationDrift: Quantity = {
  describes: "mean distance of a batch's active fraction from the target, second half of the training",
  of: ({ trace }) => mean(secondHalf(trace).map((row) => Math.abs(row.activeFraction - paper.adaptiveSparsity.target))),
  planted: (tables, value) => ({
    ...tables,
    trace: tables.trace.map((row) => ({ ...row, activeFraction: paper.adaptiveSparsity.target + value })),
  }),
};

const pairsOf = ({ record: { d_sae } }: TrainedTables): number => (d_sae * (d_sae - 1)) / 2;

const selectedShare: Quantity = {
  describes: "share of all pairs that T_k holds, mean over the steps",
  of: (tables) => mean(tables.trace.map((row) => row.pairs / pairsOf(tables))),
  planted: (tables, value) => ({
    ...tables,
    trace: tables.trace.map((row) => ({ ...row, pairs: value * pairsOf(tables) })),
  }),
};

const radiusMoves: Quantity = {
  describes: "share of the steps of the second half that changed the mean radius of the competition",
  of({ trace }) {
    const radii = secondHalf(trace).map((row) => row.meanRadius);
    return mean(radii.slice(1).map((radius, i) => Number(radius !== radii[i])));
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
  utilization,
  lowActivity,
  utilizationChange,
  activeFraction: measured("share of activations above zero on test tokens", () => "activeFraction"),
  activationDrift,
  lossRoughness: roughness("loss", "loss"),
  reconstructionRoughness: roughness("reconstruction", "reconstruction error"),
  selectedShare,
  strongPairs: measured("share of the pairs of features with a |cos| above μ + 2σ", () => "strongPairs"),
  radiusMoves,
  width,
} satisfies Record<string, Quantity>;

export type QuantityName = keyof typeof quantities;
export const quantityNames = Object.keys(quantities) as [QuantityName, ...QuantityName[]];

/** The quantity of this name, with all that any of them may have. */
export const quantity = (name: QuantityName): Quantity => quantities[name];

/** null of no values: a training without steps gives no measurement. */
const mean = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
