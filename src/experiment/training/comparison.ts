import { textTable } from "../../base/text-table.js";
import { runInWords } from "./folders.js";
import type { TrainingRecord } from "./record.js";

/** One quantity at the end of two trainings, and what chance would give in the second; null where not defined. */
export interface Change {
  metric: string;
  before: number | null;
  after: number | null;
  difference: number | null;
  byChance: number | null;
}

/** What is compared, in this order, and the null baseline of each correlation. */
const compared: Record<string, string | undefined> = {
  reconstructionError: undefined,
  fractionVarianceExplained: undefined,
  sparsityPenalty: undefined,
  activeFraction: undefined,
  meanActivationCosine: "nullActivationCosine",
  meanActivationPearson: "nullActivationPearson",
  meanDecoderCosine: "nullDecoderCosine",
  meanMaxActivationCosine: "nullMaxActivationCosine",
  utilizationImportance: undefined,
  dead: undefined,
  pruned: undefined,
  lambda1: undefined,
  tau: undefined,
};

/** The end of a training, and what it is of. */
export type Ended = Pick<TrainingRecord, "final"> & Partial<Pick<TrainingRecord, "run">>;

/** What changed in the last measurements from one training to another. */
export const changes = (before: Ended, after: Ended): Change[] =>
  Object.entries(compared).map(([metric, byChance]) => {
    const [from, to] = [before.final[metric] ?? null, after.final[metric] ?? null];
    return {
      metric,
      before: from,
      after: to,
      difference: from === null || to === null ? null : to - from,
      byChance: byChance === undefined ? null : (after.final[byChance] ?? null),
    };
  });

/**
 * `changes` as a table in words and numbers; `names` head the two columns, by default as the records say: "Run 7", or of a
 * variation "gamma-1, of Run 7".
 */
export function describeChanges(
  before: Ended,
  after: Ended,
  names: readonly [string, string] = [nameOf(before, "before"), nameOf(after, "after")],
): string {
  return textTable([
    ["", ...names, "difference", "by chance"],
    ...changes(before, after).map((change) => [
      change.metric,
      shown(change.before),
      shown(change.after),
      signed(change.difference),
      shown(change.byChance),
    ]),
  ]);
}

const nameOf = ({ run }: Ended, otherwise: string): string =>
  run === undefined ? otherwise : run.variation === undefined ? `Run ${run.number}` : runInWords(run);

const shown = (value: number | null): string => (value === null ? "" : String(Number(value.toPrecision(4))));
const signed = (value: number | null): string => (value !== null && value > 0 ? `+${shown(value)}` : shown(value));

/** The end of one training, labelled: each quantity of `changes`, null where it is not defined. */
export interface ComparedTraining {
  /** "Run 7", or of a variation "gamma-1, of Run 7". */
  label: string;
  layer: number;
  seed: number;
  [metric: string]: string | number | null;
}

/** The last measurements of trainings side by side, of runs and variations: a row for each, in this order. */
export const compare = (records: readonly TrainingRecord[]): ComparedTraining[] =>
  records.map((record) => ({
    ...{ label: nameOf(record, ""), layer: record.layer, seed: record.seed },
    ...Object.fromEntries(Object.keys(compared).map((metric) => [metric, record.final[metric] ?? null])),
  }));

/** `compare` as a table: a line for each quantity, a column for each training, with its layer and seed where these differ. */
export function describeComparison(records: readonly TrainingRecord[]): string {
  const rows = compare(records);
  const differ = (of: "layer" | "seed"): boolean => new Set(rows.map((row) => row[of])).size > 1;
  const place = (of: "layer" | "seed", row: ComparedTraining): string => (differ(of) ? `, ${of} ${row[of]}` : "");
  return textTable([
    ["", ...rows.map((row) => row.label + place("layer", row) + place("seed", row))],
    ...Object.keys(compared).map((metric) => [metric, ...rows.map((row) => shown(row[metric] as number | null))]),
  ]);
}
