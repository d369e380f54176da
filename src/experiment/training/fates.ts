import path from "node:path";
import { z } from "zod";
import { exists } from "../../base/files.js";
import { requireSealed, writeSealed } from "../../base/recorded.js";
import { type Method, type Rule, rule } from "../../method.js";
import type { Pairs } from "../../sae/correlations/pairs.js";
import { madeByTraining } from "./record.js";

/** What rules have done to each feature so far [d_sae]; steps count from 1. */
export interface FateLog {
  /** The last step at which a rule switched it off; 0: none has. */
  prunedAt: Int32Array;
  /** At which steps it was started again. */
  startedAgainAt: number[][];
  /** In how many steps it was in T_k. */
  stepsInPairs: Int32Array;
}

/** What became of a feature in its training. */
export interface TrainedFate {
  /** The last step at which a rule switched it off; null where none has. */
  prunedAt: number | null;
  startedAgainAt: number[];
  /** Share of the steps in which it was in T_k. */
  inPairsShare: number;
}

/** A log of nothing yet. */
export const emptyFates = (d_sae: number): FateLog => ({
  prunedAt: new Int32Array(d_sae),
  startedAgainAt: Array.from({ length: d_sae }, () => []),
  stepsInPairs: new Int32Array(d_sae),
});

/** The same method; what its rules do to features is written into `log`. */
export function watched(method: Method, log: FateLog): Method {
  const restart = (step: number, features: readonly number[]): void => {
    for (const feature of features) log.startedAgainAt[feature].push(step);
  };
  const last = new Int32Array(log.prunedAt.length); // the last step that counted each feature, which may be in many pairs
  return {
    ...method,
    pairs: seen(method.pairs, (pairs, step) => countPairs(pairs, log.stepsInPairs, { last, step })),
    prune: seen(method.prune, ({ features, action }, step) => {
      for (const feature of features) log.prunedAt[feature] = step;
      if (action === "reinitialize") restart(step, features);
    }),
    reallocate: seen(method.reallocate, ({ features }, step) => restart(step, features)),
  };
}

/** A rule that decides as another does, and shows each decision with its step. */
const seen = <T, Seen>(of: Rule<T, Seen>, show: (decided: T, step: number) => void): Rule<T, Seen> =>
  rule(of.ruleName, of.source, of.options, (s, sees: Seen) => {
    const decided = of(s, sees);
    show(decided, s.step + 1);
    return decided;
  });

/** Adds one step for each feature in T_k, which has every feature where every pair counts. */
function countPairs(
  { i, j, weightOfAll }: Pairs,
  steps: Int32Array,
  { last, step }: { last: Int32Array; step: number },
): void {
  const count = (feature: number): void => {
    if (last[feature] === step) return;
    last[feature] = step;
    steps[feature]++;
  };
  for (const features of weightOfAll === undefined ? [i, j] : [steps.keys()])
    for (const feature of features) count(feature);
}

const schema = z.object({
  key: z.string(),
  features: z.array(
    z.object({ prunedAt: z.int().nullable(), startedAgainAt: z.array(z.int()), inPairsShare: z.number() }),
  ),
});

/** The file in a training's folder. */
export const fatesFile = (folder: string): string => path.join(folder, "fates.json");

/** Writes what became of the features of the training with this key after so many steps. */
export async function writeFates(
  folder: string,
  log: FateLog,
  { key, steps }: { key: string; steps: number },
): Promise<void> {
  const features = Array.from(
    log.prunedAt,
    (prunedAt, i): TrainedFate => ({
      prunedAt: prunedAt > 0 ? prunedAt : null,
      startedAgainAt: log.startedAgainAt[i],
      inPairsShare: log.stepsInPairs[i] / steps,
    }),
  );
  await writeSealed(fatesFile(folder), { key, features });
}

/**
 * What became of the features of the training with this key; undefined where its folder does not say: a training from before this was
 * recorded, or one that went on from such a checkpoint.
 */
export async function readFates(folder: string, key: string): Promise<TrainedFate[] | undefined> {
  const file = fatesFile(folder);
  if (!(await exists(file))) return undefined;
  const fates = await requireSealed(file, schema, madeByTraining(folder));
  return fates.key === key ? fates.features : undefined;
}
