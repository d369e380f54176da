import * as tf from "@tensorflow/tfjs";
import { scoped } from "../backend/ops.js";
import { featuresOf } from "../features.js";
import type { Competition, Method } from "../method.js";
import { paper } from "../paper.js";
import { correlated } from "../sae/correlations/correlation.js";
import { firingFrequency, readWeights, type TrainState } from "../sae/state.js";
import { independentCosine, randomDirectionCosine } from "./chance.js";
import { sumOverTest, type TestVectors, total } from "./evaluation.js";
import { pairMeans, pairMeansByLife, permutedColumns } from "./pairs.js";

/**
 * What is measured of every run alike: on the whole test part before the first step and after the last, between them on up to 4096
 * of its vectors, evenly spaced. One row of metrics.arrow. A feature that a rule has switched off
 * counts as one of all features, with activation 0; `…OfAlive` is the same over the others alone.
 */
export interface Metrics {
  step: number;
  /** The first two terms of Eq. 7 with the λ₁ of this step. */
  loss: number;
  /** Mean over tokens of ‖h − ĥ‖², in units of E‖h‖² = 1. */
  reconstructionError: number;
  /** Mean over tokens of ‖f‖₁. */
  sparsityPenalty: number;
  /** Mean number of features above zero per token, and its share of the features. */
  l0: number;
  activeFraction: number;
  activeFractionOfAlive: number;
  /** 1 − Σ‖h − ĥ‖² / Σ‖h − h̄‖²; at most 1, and 0 for predicting the test mean. */
  fractionVarianceExplained: number;
  /** Mean over all pairs of features (Reading R19) of |cos| between activations, beside what it is if they are independent. */
  meanActivationCosine: number;
  nullActivationCosine: number;
  meanActivationCosineOfAlive: number;
  nullActivationCosineOfAlive: number;
  /** The same over one batch, as large as those that are trained on. */
  meanBatchCosine: number;
  nullBatchCosine: number;
  /** Mean over features of the largest |cos| with another, beside that of the same features permuted over the tokens. */
  meanMaxActivationCosine: number;
  nullMaxActivationCosine: number;
  meanMaxActivationCosineOfAlive: number;
  /**
   * Share of the pairs whose |cos| is above μ + 2σ of all, as Eq. 2 calls a pair correlated, and of those above θ_corr = 0.8; beside
   * each that of the same features permuted.
   */
  strongPairs: number;
  nullStrongPairs: number;
  prunablePairs: number;
  nullPrunablePairs: number;
  /** Mean over all pairs of |Pearson correlation| between activations, beside that of the same features permuted. */
  meanActivationPearson: number;
  nullActivationPearson: number;
  meanActivationPearsonOfAlive: number;
  nullActivationPearsonOfAlive: number;
  /** Mean over all pairs of |cos| between decoder rows, beside that of random directions. */
  meanDecoderCosine: number;
  nullDecoderCosine: number;
  meanDecoderCosineOfAlive: number;
  /** Mean over features of the largest |cos| between its decoder row and another's. */
  meanMaxDecoderCosine: number;
  meanMaxDecoderCosineOfAlive: number;
  /**
   * Share of all features that are on and active in the window of §5.3, by each reading of R18, and, by the first, its share
   * of those that are on; null before the first step.
   */
  utilizationImportance: number | null;
  utilizationFired: number | null;
  utilizationFrequency: number | null;
  utilizationImportanceOfAlive: number | null;
  /** Features that are on and never fired in the window / switched off by a rule / on, with I at most θ_act; null before the first step. */
  dead: number | null;
  pruned: number;
  inactive: number | null;
  /** Σ|I − I at the measurement before| / ΣI: how far Eq. 6 has moved in an interval; null until there are two. */
  importanceChange: number | null;
  lambda1: number;
  tau: number;
}

/** Measures the state on these test vectors; `before`: I at the measurement before, if it was tracked then [d_sae]. */
export function measure(s: TrainState, m: Method, on: TestVectors, before: Float64Array | null = null): Metrics {
  const reconstruction = reconstructionOf(s, m, on);
  const { d_in } = on;
  const { lambda1 } = s.sparsity;
  return {
    step: s.step,
    loss: reconstruction.reconstructionError + lambda1 * reconstruction.sparsityPenalty,
    ...reconstruction,
    ...correlations(s, m, on),
    nullDecoderCosine: randomDirectionCosine(d_in),
    ...inUse(s),
    importanceChange: s.importance && before ? relativeChange(before, s.importance) : null,
    lambda1,
    tau: s.tau,
  };
}

/** What the features of the whole test part are like, and how near their reconstruction is. */
export function reconstructionOf(s: TrainState, m: Competition, evaluation: TestVectors) {
  const { squaredError, activation, firing } = sumOverTest(s, m, evaluation);
  const { count, totalVariance } = evaluation;
  const l0 = total(firing) / count;
  return {
    reconstructionError: squaredError / count,
    sparsityPenalty: total(activation) / count,
    l0,
    activeFraction: l0 / s.alive.length,
    activeFractionOfAlive: l0 / Math.max(1, total(s.alive)),
    fractionVarianceExplained: 1 - squaredError / totalVariance,
  };
}

/** The correlations of pairs of features, on the sample and on a batch of it, beside those of permuted features. */
const correlations = (s: TrainState, m: Method, { sample, batch, d_in }: TestVectors) =>
  scoped(() => {
    const params = readWeights(s);
    const featuresIn = (rows: Float32Array): tf.Tensor2D =>
      featuresOf(s, m, params, tf.tensor2d(rows, [rows.length / d_in, d_in])).f;
    const [f, ofBatch] = [featuresIn(sample), featuresIn(batch)];
    const permuted = permutedColumns(f);
    const compared = (reading: keyof typeof correlated, of = f) =>
      pairMeansByLife(correlated[reading].vectors(of, params).X, s.alive);
    const [cosine, pearson, decoder] = [
      compared("activationCosine"),
      compared("activationPearson"),
      compared("decoderCosine"),
    ];
    const [nullCosine, nullPearson] = [compared("activationCosine", permuted), compared("activationPearson", permuted)];
    const byChance = cosineByChance(f);
    const on = total(s.alive);
    const pairsOf = (n: number): number => n * (n - 1);
    return {
      meanActivationCosine: cosine.all.mean,
      nullActivationCosine: byChance,
      meanActivationCosineOfAlive: cosine.ofAlive.mean,
      // A feature that is off adds nothing to the sum over pairs.
      nullActivationCosineOfAlive: on < 2 ? 0 : (byChance * pairsOf(s.alive.length)) / pairsOf(on),
      meanMaxActivationCosine: cosine.all.meanMax,
      nullMaxActivationCosine: nullCosine.all.meanMax,
      meanMaxActivationCosineOfAlive: cosine.ofAlive.meanMax,
      strongPairs: cosine.all.strong,
      nullStrongPairs: nullCosine.all.strong,
      prunablePairs: cosine.all.prunable,
      nullPrunablePairs: nullCosine.all.prunable,
      meanBatchCosine: pairMeans(correlated.activationCosine.vectors(ofBatch, params).X).mean,
      nullBatchCosine: cosineByChance(ofBatch),
      meanActivationPearson: pearson.all.mean,
      nullActivationPearson: nullPearson.all.mean,
      meanActivationPearsonOfAlive: pearson.ofAlive.mean,
      nullActivationPearsonOfAlive: nullPearson.ofAlive.mean,
      meanDecoderCosine: decoder.all.mean,
      meanDecoderCosineOfAlive: decoder.ofAlive.mean,
      meanMaxDecoderCosine: decoder.all.meanMax,
      meanMaxDecoderCosineOfAlive: decoder.ofAlive.meanMax,
    };
  });

/** The mean cosine of these columns if each were permuted by itself. */
const cosineByChance = (f: tf.Tensor2D): number =>
  independentCosine(tf.mean(f, 0).dataSync(), tf.sqrt(tf.mean(tf.square(f), 0)).dataSync());

/** Σ|after − before| / Σ after, values ≥ 0; 0 where all of them are 0. */
function relativeChange(before: Float64Array, after: Float64Array): number {
  const sum = total(after);
  return sum === 0 ? 0 : total(after.map((value, i) => Math.abs(value - before[i]))) / sum;
}

/** Reading R18, of features that are on: active means I > 0.01, fired at least once, or fired on more than 1 % of the window's tokens. */
function inUse(s: TrainState) {
  const d_sae = s.alive.length;
  const on = total(s.alive);
  const pruned = d_sae - on;
  if (!s.importance) return { ...unknownUse, pruned };
  const { active } = paper.importance;
  const above = (values: Float64Array, bound: number): number =>
    values.filter((value, i) => s.alive[i] === 1 && value > bound).length;
  const frequency = firingFrequency(s.activity);
  const [important, fired] = [above(s.importance, active), above(frequency, 0)];
  return {
    utilizationImportance: important / d_sae,
    utilizationFired: fired / d_sae,
    utilizationFrequency: above(frequency, active) / d_sae,
    utilizationImportanceOfAlive: important / Math.max(1, on),
    dead: on - fired,
    pruned,
    inactive: on - important,
  };
}

/** What nothing is known of before the first step. */
const unknownUse = {
  utilizationImportance: null,
  utilizationFired: null,
  utilizationFrequency: null,
  utilizationImportanceOfAlive: null,
  dead: null,
  inactive: null,
};
