import * as tf from "@tensorflow/tfjs";
import { matMul, scoped } from "./backend/ops.js";
import { gatherRows } from "./data/batches.js";
import { featuresOf } from "./features.js";
import type { Method } from "./method.js";
import { independentCosine, pearsonNoiseFloor, randomDirectionCosine } from "./nulls.js";
import { paper } from "./paper.js";
import { correlated } from "./sae/correlation.js";
import { decode } from "./sae/forward.js";
import { firingFrequency, readParams, type TrainState } from "./sae/state.js";

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
  /** Mean over features of the largest |cos| with another. */
  meanMaxActivationCosine: number;
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

/** What is measured of each feature at the end; one row of features.arrow. */
export interface FeatureRow {
  feature: number;
  importance: number | null;
  /** 1, or 0 where a rule has switched the feature off. */
  alive: number;
  /** Share of tokens on which it fires: in the window of §5.3, and in the test part. */
  windowFrequency: number;
  testFrequency: number;
  /** Over the test tokens on which it fires; null where there are none. */
  meanActivation: number | null;
  maxActivation: number;
  encoderNorm: number;
  encoderBias: number;
}

/** The test part prepared for measuring: h [count, d_in] after input scaling. */
export interface Evaluation {
  h: Float32Array;
  d_in: number;
  count: number;
  /** Σ‖h − h̄‖² over all tokens. */
  totalVariance: number;
  /** Rows on which pairs of features are compared: up to 4096, evenly spaced over the test part. */
  sample: Float32Array;
}

/** Rows per pass; bounds memory, changes no number beyond rounding. */
const chunkRows = 4096;
const sampleRows = 4096;

/** Prepares the test part [count · d_in]. */
export function prepareEvaluation(h: Float32Array, d_in: number): Evaluation {
  const count = h.length / d_in;
  const mean = new Float64Array(d_in);
  for (let at = 0; at < h.length; at += d_in) for (let i = 0; i < d_in; i++) mean[i] += h[at + i] / count;
  let totalVariance = 0;
  for (let at = 0; at < h.length; at += d_in)
    for (let i = 0; i < d_in; i++) totalVariance += (h[at + i] - mean[i]) ** 2;
  return { h, d_in, count, totalVariance, sample: spacedRows(h, d_in, sampleRows) };
}

/** Up to `most` rows, evenly spaced, so that every source has its share. */
function spacedRows(h: Float32Array, d_in: number, most: number): Float32Array {
  const count = h.length / d_in;
  const rows = Math.min(count, most);
  return gatherRows(
    h,
    d_in,
    Int32Array.from({ length: rows }, (_, i) => Math.floor((i * count) / rows)),
  );
}

/** Sums over the test part: of ‖h − ĥ‖², and for each feature of f, f², [f > 0], and the largest f. */
interface TestSums {
  squaredError: number;
  activation: Float64Array;
  squares: Float64Array;
  firing: Float64Array;
  largest: Float32Array;
}

function sumOverTest(s: TrainState, m: Method, { h, d_in, count }: Evaluation): TestSums {
  const d_sae = s.alive.length;
  const sums: TestSums = {
    squaredError: 0,
    activation: new Float64Array(d_sae),
    squares: new Float64Array(d_sae),
    firing: new Float64Array(d_sae),
    largest: new Float32Array(d_sae),
  };
  for (let from = 0; from < count; from += chunkRows) {
    const rows = Math.min(chunkRows, count - from);
    scoped(() => {
      const params = readParams(s);
      const chunk = tf.tensor2d(h.subarray(from * d_in, (from + rows) * d_in), [rows, d_in]);
      const { f } = featuresOf(s, m, params, chunk);
      sums.squaredError += total(tf.sum(tf.squaredDifference(chunk, decode(params, f)), 1).dataSync());
      add(sums.activation, tf.sum(f, 0).dataSync());
      add(sums.squares, tf.sum(tf.square(f), 0).dataSync());
      add(sums.firing, tf.sum(tf.cast(tf.greater(f, 0), "float32"), 0).dataSync());
      const largest = tf.max(f, 0).dataSync();
      for (let i = 0; i < d_sae; i++) sums.largest[i] = Math.max(sums.largest[i], largest[i]);
    });
  }
  return sums;
}

/** Measures the state on the test part. */
export function measure(s: TrainState, m: Method, evaluation: Evaluation): Metrics {
  const d_sae = s.alive.length;
  const { squaredError, activation, squares, firing } = sumOverTest(s, m, evaluation);
  const { count, totalVariance, d_in } = evaluation;
  const reconstructionError = squaredError / count;
  const sparsityPenalty = total(activation) / count;
  const l0 = total(firing) / count;
  const { lambda1 } = s.sparsity;
  return {
    step: s.step,
    loss: reconstructionError + lambda1 * sparsityPenalty,
    reconstructionError,
    sparsityPenalty,
    l0,
    activeFraction: l0 / d_sae,
    fractionVarianceExplained: 1 - squaredError / totalVariance,
    ...cosines(s, m, evaluation),
    nullActivationCosine: independentCosine({
      sum: total(activation),
      squares: total(squares),
      active: total(firing),
      count: count * d_sae,
    }),
    nullActivationPearson: pearsonNoiseFloor(evaluation.sample.length / d_in),
    nullDecoderCosine: randomDirectionCosine(d_in),
    ...inUse(s),
    pruned: s.alive.filter((alive) => alive === 0).length,
    lambda1,
    tau: s.tau,
  };
}

/** The correlations of pairs of features, on the sample and on a batch of it. */
const cosines = (s: TrainState, m: Method, { sample, d_in }: Evaluation) =>
  scoped(() => {
    const params = readParams(s);
    const featuresIn = (rows: Float32Array): tf.Tensor2D =>
      featuresOf(s, m, params, tf.tensor2d(rows, [rows.length / d_in, d_in])).f;
    const f = featuresIn(sample);
    const batch = featuresIn(spacedRows(sample, d_in, paper.batchSize));
    const activations = pairMeans(correlated.activationCosine.vectors(f, params));
    return {
      meanActivationCosine: activations.mean,
      meanMaxActivationCosine: activations.meanMax,
      meanBatchCosine: pairMeans(correlated.activationCosine.vectors(batch, params)).mean,
      meanActivationPearson: pairMeans(correlated.activationPearson.vectors(f, params)).mean,
      meanDecoderCosine: pairMeans(correlated.decoderCosine.vectors(f, params)).mean,
    };
  });

/** Of |x_i · x_j|, x the columns of X [m, n]: the mean over all pairs, and the mean over i of the largest. */
export function pairMeans(X: tf.Tensor2D): { mean: number; meanMax: number } {
  const n = X.shape[1];
  return scoped(() => {
    const all = tf.abs(matMul(X, X, { a: true }));
    const offDiagonal = tf.mul(all, tf.sub(1, tf.eye(n)));
    return {
      mean: total(tf.sum(offDiagonal, 1).dataSync()) / (n * (n - 1)),
      meanMax: total(tf.max(offDiagonal, 1).dataSync()) / n,
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

/** Measures every feature at the end of a training. */
export function measureFeatures(s: TrainState, m: Method, evaluation: Evaluation): FeatureRow[] {
  const { activation, firing, largest } = sumOverTest(s, m, evaluation);
  return scoped(() => {
    const params = readParams(s);
    const encoderNorm = tf.norm(params.W_enc, 2, 0).dataSync();
    const encoderBias = params.b_enc.dataSync();
    return Array.from(firingFrequency(s.activity), (windowFrequency, i) => ({
      feature: i,
      importance: s.importance?.[i] ?? null,
      alive: s.alive[i],
      windowFrequency,
      testFrequency: firing[i] / evaluation.count,
      meanActivation: firing[i] > 0 ? activation[i] / firing[i] : null,
      maxActivation: largest[i],
      encoderNorm: encoderNorm[i],
      encoderBias: encoderBias[i],
    }));
  });
}

function add(sums: Float64Array, values: ArrayLike<number>): void {
  for (let i = 0; i < sums.length; i++) sums[i] += values[i];
}

function total(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum;
}
