import { textTable } from "../../base/text-table.js";
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
  meanMaxActivationCosine: undefined,
  utilizationImportance: undefined,
  dead: undefined,
  pruned: undefined,
  lambda1: undefined,
  tau: undefined,
};

/** A training's last measurements. */
export type Final = Pick<TrainingRecord, "final">;

/** What changed in the last measurements from one training to another. */
export const changes = (before: Final, after: Final): Change[] =>
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

/** `changes` as a table in words and numbers; `names` head the two columns. */
export function describeChanges(before: Final, after: Final, names: readonly [string, string]): string {
  const shown = (value: number | null): string => (value === null ? "" : String(Number(value.toPrecision(4))));
  const signed = (value: number | null): string => (value !== null && value > 0 ? `+${shown(value)}` : shown(value));
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
