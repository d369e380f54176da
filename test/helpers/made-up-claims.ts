import type { Measurement } from "../../src/claims/measure.js";
import { scopeOf } from "../../src/claims/scope.js";
import type { EvaluationValues } from "../../src/experiment/results/evaluation.js";
import type { TrainedTables } from "../../src/experiment/results/tables.js";
import { profiles } from "../../src/profiles.js";
import { readings } from "../../src/readings.js";
import { runsOf } from "../../src/runs.js";
import { noFlags } from "./result-sets.js";

const [d_sae, steps] = [20, 8];
const runNames = runsOf().map(({ name }) => name);

/** Where a made-up training stands, and the last values of its metrics. */
export interface MadeUp {
  run?: number;
  layer?: number;
  seed?: number;
  last?: Partial<TrainedTables["metrics"][number]>;
}

/** Made-up tables of one training of 20 features in 8 steps. Losses differ from run to run. */
export function madeUp({ run = 0, layer = 14, seed = 42, last = {} }: MadeUp = {}): TrainedTables {
  const metricsAt = (step: number): TrainedTables["metrics"][number] => ({
    step,
    loss: 1,
    reconstructionError: 0.5,
    sparsityPenalty: 5,
    l0: 2,
    activeFraction: step === 0 ? 0.5 : 0.1,
    activeFractionOfAlive: step === 0 ? 0.5 : 0.1,
    fractionVarianceExplained: 0.5,
    meanActivationCosine: step === 0 ? 0.3 + 0.001 * layer : 0.2, // apart by less than 0.02 over the layers
    nullActivationCosine: step === 0 ? 0.32 : 0.06,
    meanActivationCosineOfAlive: step === 0 ? 0.3 + 0.001 * layer : 0.2,
    nullActivationCosineOfAlive: step === 0 ? 0.32 : 0.06,
    meanBatchCosine: 0.2,
    nullBatchCosine: 0.1,
    meanMaxActivationCosine: 0.5,
    nullMaxActivationCosine: 0.2,
    meanMaxActivationCosineOfAlive: 0.5,
    strongPairs: 0.04,
    nullStrongPairs: 0.03,
    prunablePairs: 0.002,
    nullPrunablePairs: 0,
    meanActivationPearson: 0.1,
    nullActivationPearson: 0.01,
    meanActivationPearsonOfAlive: 0.1,
    nullActivationPearsonOfAlive: 0.01,
    meanDecoderCosine: 0.03,
    nullDecoderCosine: 0.03,
    meanDecoderCosineOfAlive: 0.03,
    meanMaxDecoderCosine: 0.1,
    meanMaxDecoderCosineOfAlive: 0.1,
    utilizationImportance: step === 0 ? null : 0.9,
    utilizationFired: step === 0 ? null : 0.9,
    utilizationFrequency: step === 0 ? null : 0.9,
    utilizationImportanceOfAlive: step === 0 ? null : 0.9,
    dead: step === 0 ? null : 2,
    pruned: 0,
    inactive: step === 0 ? null : 2,
    importanceChange: step < 8 ? null : 0.1,
    lambda1: 0.04,
    tau: 0.1,
  });
  const metrics = [metricsAt(0), metricsAt(4), { ...metricsAt(steps), ...last }];
  const { step: _, ...final } = metrics[2];
  return {
    record: {
      key: "key",
      run: { number: run, name: runNames[run] },
      layer,
      seed,
      d_in: 20,
      d_sae,
      steps,
      batchSize: 125,
      init: "tied",
      method: {},
      optimization: { learningRate: 3e-4 },
      backend: { name: "made up", device: "none", version: "0", kernels: "none", precision: "float32" },
      data: "made up",
      sources: "made up",
      seconds: 1,
      sharedSteps: 0,
      secondsByPart: {},
      flopsPerStep: {},
      flags: noFlags,
      final,
    },
    metrics,
    trace: Array.from({ length: steps }, (_, i) => ({
      step: i + 1,
      loss: 2 - 0.1 * i + 0.01 * run + 0.02 * (i % 2),
      reconstruction: 1,
      sparsityPenalty: 5,
      ...{ auxiliaryLoss: 0, l0Penalty: 0, directionPenalty: 0, keepThreshold: null, dead: null },
      orthogonalityPenalty: 0,
      activeFraction: 0.1 + 0.3 / (i + 1),
      l0: 2,
      learningRate: 3e-4,
      lambda1: 0.04,
      tau: 0.1,
      pairs: 10,
      pairsKept: 1,
      threshold: null,
      meanRadius: 0,
      losers: 0,
      pruned: 0,
      reallocated: 0,
      gradientNorm: 1 + 0.1 * i,
    })),
    features: Array.from({ length: d_sae }, (_, feature) => ({
      feature,
      importance: feature < 2 ? 0.001 * feature : 0.05 * feature + 0.001 * run,
      alive: 1,
      windowFrequency: 0.1,
      testFrequency: 0.1,
      meanActivation: 0.1,
      maxActivation: 0.2,
      encoderNorm: 1,
      encoderBias: 0,
    })),
  };
}

/** Made-up tables of a training at a learning rate of 0: all stays as it is at step 0, and every feature is in use. */
export function untrained(place: Omit<MadeUp, "last"> = {}): TrainedTables {
  const { record, metrics, trace, features } = madeUp(place);
  const apart = 0.3 + 0.002 * record.layer; // by more than 0.02 over the layers
  const first = { ...metrics[0], meanActivationCosine: apart, meanActivationCosineOfAlive: apart };
  const correlated = { strongPairs: 0.02, prunablePairs: 0 };
  const inUse = { utilizationImportance: 1, utilizationFired: 1, utilizationFrequency: 1, dead: 0, inactive: 0 };
  return {
    record: { ...record, optimization: { learningRate: 0 } },
    metrics: metrics.map(({ step }) => ({
      ...{ ...first, ...correlated, step },
      ...(step > 0 && { ...inUse, importanceChange: 0.1 }),
    })),
    trace: trace.map((row) => ({ ...row, loss: 2, activeFraction: 0.5, pairs: 0 })),
    features: features.map((row) => ({ ...row, importance: 1 })),
    evaluation: { probing5: 0.8, inputProbing5: 0.85 } as EvaluationValues, // random directions tell less than coordinates
  };
}

export const defaultScope = scopeOf(
  profiles.default,
  { inputs: {}, readings: {}, spec: { d_in: 576, d_sae: 576 } },
  {},
);

/** A measurement on these tables at the default profile, whose layers 6, 14, 22 stand for the paper's 5, 12, 19. */
export const measurementOn = (
  tables: readonly TrainedTables[],
  more: Pick<Measurement, "untrained" | "study" | "shares"> = {},
): Measurement => ({ tables, readings: readings(), scope: defaultScope, ...more });

const everyPlace = [6, 14, 22].flatMap((layer) =>
  [42, 43, 44].flatMap((seed) => Array.from({ length: 10 }, (_, run) => ({ run, layer, seed }))),
);

/** Made-up trainings of all ten runs on three layers with three seeds, and the same at a learning rate of 0. */
export const everyTraining = (): TrainedTables[] => everyPlace.map(madeUp);
export const everyUntrained = (): TrainedTables[] => everyPlace.map(untrained);
