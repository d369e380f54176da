import * as tf from "@tensorflow/tfjs";
import { matMul, scoped } from "../backend/ops.js";
import { featuresOf } from "../features.js";
import type { Competition, Method } from "../method.js";
import { paper } from "../paper.js";
import { correlated } from "../sae/correlations/correlation.js";
import { firingFrequency, readWeights, type TrainState } from "../sae/state.js";
import { independentCosine, pearsonNoiseFloor, randomDirectionCosine } from "./chance.js";
import { type Evaluation, sumOverTest, total } from "./evaluation.js";

/** What is measured of every run alike, on the whole test part; one row of metrics.arrow. */
export interface Metrics {
  step: number;
  /** The first two terms of Eq. 7 with the λ₁ of this step. */
  loss: number;
  /** Mean over tokens of ‖h − ĥ‖², in units of E‖h‖² = 1. */
  reconstructionError: number;
  /** Mean over tokens of ‖f‖₁. */
  sparsityPenalty: number;
  /** Mean number of features above zero per token, and its share of d_sae. */
  l0: number;
  activeFraction: number;
  /** 1 − Σ‖h − ĥ‖² / Σ‖h − h̄‖²; at most 1, and 0 for predicting the test mean. */
  fractionVarianceExplained: number;
  /** Mean over all pairs of features (Reading R19) of |cos| between activations, beside what it is if they are independent. */
  meanActivationCosine: number;
  nullActivationCosine: number;
  /** The same over one batch, as large as those that are trained on. */
  meanBatchCosine: number;
  nullBatchCosine: number;
  /** Mean over features of the largest |cos| with another: by chance the larger, the more features; no formula is at hand. */
  meanMaxActivationCosine: number;
  /** Share of the pairs whose |cos| is above μ + 2σ of all, as Eq. 2 calls a pair correlated. */
  strongPairs: number;
  /** Mean over all pairs of |Pearson correlation| between activations, beside its noise floor. */
  meanActivationPearson: number;
  nullActivationPearson: number;
  /** Mean over all pairs of |cos| between decoder rows, beside that of random directions. */
  meanDecoderCosine: number;
  nullDecoderCosine: number;
  /** Share of features that are active in the window of §5.3, by each reading of R18; null before the first step. */
  utilizationImportance: number | null;
  utilizationFired: number | null;
  utilizationFrequency: number | null;
  /** Features that never fired in the window / are switched off by a rule / have I below θ_act; null before the first step. */
  dead: number | null;
  pruned: number;
  inactive: number | null;
  lambda1: number;
  tau: number;
}

/** Measures the state on the test part. */
export function measure(s: TrainState, m: Method, evaluation: Evaluation): Metrics {
  const reconstruction = reconstructionOf(s, m, evaluation);
  const { d_in } = evaluation;
  const { lambda1 } = s.sparsity;
  return {
    step: s.step,
    loss: reconstruction.reconstructionError + lambda1 * reconstruction.sparsityPenalty,
    ...reconstruction,
    ...cosines(s, m, evaluation),
    nullActivationPearson: pearsonNoiseFloor(evaluation.sample.length / d_in),
    nullDecoderCosine: randomDirectionCosine(d_in),
    ...inUse(s),
    pruned: s.alive.filter((alive) => alive === 0).length,
    lambda1,
    tau: s.tau,
  };
}

/** What the features of the whole test part are like, and how near their reconstruction is. */
export function reconstructionOf(s: TrainState, m: Competition, evaluation: Evaluation) {
  const { squaredError, activation, firing } = sumOverTest(s, m, evaluation);
  const { count, totalVariance } = evaluation;
  const l0 = total(firing) / count;
  return {
    reconstructionError: squaredError / count,
    sparsityPenalty: total(activation) / count,
    l0,
    activeFraction: l0 / s.alive.length,
    fractionVarianceExplained: 1 - squaredError / totalVariance,
  };
}

/** The correlations of pairs of features, on the sample and on a batch of it. */
const cosines = (s: TrainState, m: Method, { sample, batch, d_in }: Evaluation) =>
  scoped(() => {
    const params = readWeights(s);
    const featuresIn = (rows: Float32Array): tf.Tensor2D =>
      featuresOf(s, m, params, tf.tensor2d(rows, [rows.length / d_in, d_in])).f;
    const [f, ofBatch] = [featuresIn(sample), featuresIn(batch)];
    const activations = pairMeans(correlated.activationCosine.vectors(f, params).X);
    return {
      meanActivationCosine: activations.mean,
      nullActivationCosine: cosineByChance(f),
      meanMaxActivationCosine: activations.meanMax,
      strongPairs: activations.strong,
      meanBatchCosine: pairMeans(correlated.activationCosine.vectors(ofBatch, params).X).mean,
      nullBatchCosine: cosineByChance(ofBatch),
      meanActivationPearson: pairMeans(correlated.activationPearson.vectors(f, params).X).mean,
      meanDecoderCosine: pairMeans(correlated.decoderCosine.vectors(f, params).X).mean,
    };
  });

/** The mean cosine of these columns if each were permuted by itself. */
const cosineByChance = (f: tf.Tensor2D): number =>
  independentCosine(tf.mean(f, 0).dataSync(), tf.sqrt(tf.mean(tf.square(f), 0)).dataSync());

/** Of c = |x_i · x_j|, x the columns of X [m, n]: the mean over pairs, the mean over i of the largest, the share above μ + 2σ. */
export function pairMeans(X: tf.Tensor2D): { mean: number; meanMax: number; strong: number } {
  const n = X.shape[1];
  const pairs = n * (n - 1); // each twice
  return scoped(() => {
    const all = tf.abs(matMul(X, X, { a: true }));
    const offDiagonal = tf.mul(all, tf.sub(1, tf.eye(n)));
    const mean = total(tf.sum(offDiagonal, 1).dataSync()) / pairs;
    const variance = total(tf.sum(tf.square(offDiagonal), 1).dataSync()) / pairs - mean ** 2;
    const above = tf.greater(offDiagonal, mean + paper.pairs.sigmas * Math.sqrt(Math.max(0, variance)));
    return {
      mean,
      meanMax: total(tf.max(offDiagonal, 1).dataSync()) / n,
      strong: total(tf.sum(tf.cast(above, "float32"), 1).dataSync()) / pairs,
    };
  });
}

/** Reading R18: active means I > 0.01, fired at least once, or fired on more than 1 % of the window's tokens. */
function inUse(s: TrainState) {
  const unknown = {
    utilizationImportance: null,
    utilizationFired: null,
    utilizationFrequency: null,
    dead: null,
    inactive: null,
  };
  if (!s.importance) return unknown;
  const d_sae = s.alive.length;
  const { active } = paper.importance;
  const above = (values: Float64Array, bound: number): number => values.filter((v) => v > bound).length;
  const frequency = firingFrequency(s.activity);
  const [important, fired] = [above(s.importance, active), above(frequency, 0)];
  return {
    utilizationImportance: important / d_sae,
    utilizationFired: fired / d_sae,
    utilizationFrequency: above(frequency, active) / d_sae,
    dead: d_sae - fired,
    inactive: d_sae - important,
  };
}
