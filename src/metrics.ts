import * as tf from "@tensorflow/tfjs";
import { matMul, scoped } from "./backend/ops.js";
import { gatherRows } from "./data/batches.js";
import { paper } from "./paper.js";
import { decode, encode } from "./sae/forward.js";
import type { Params } from "./sae/params.js";
import { firingFrequency, readParams, type TrainState } from "./sae/state.js";

/** What is measured of every run alike, on the whole test part; one row of metrics.arrow. */
export interface Metrics {
  step: number;
  /** Eq. 7 with the λ₁ of this step. */
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
  /** Mean over all pairs of features of |cos| between their activations (Reading R19) and their decoder rows. */
  meanActivationCosine: number;
  meanDecoderCosine: number;
  /** Share of features that are active in the window of §5.3, by each reading of R18; null before the first step. */
  utilizationImportance: number | null;
  utilizationFired: number | null;
  utilizationFrequency: number | null;
  lambda1: number;
}

/** What is measured of each feature at the end; one row of features.arrow. */
export interface FeatureRow {
  feature: number;
  importance: number | null;
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

export function prepareEvaluation(h: Float32Array, d_in: number): Evaluation {
  const count = h.length / d_in;
  const mean = new Float64Array(d_in);
  for (let i = 0; i < h.length; i++) mean[i % d_in] += h[i] / count;
  let totalVariance = 0;
  for (let i = 0; i < h.length; i++) totalVariance += (h[i] - mean[i % d_in]) ** 2;
  const rows = Math.min(count, sampleRows);
  const spaced = Int32Array.from({ length: rows }, (_, i) => Math.floor((i * count) / rows));
  return { h, d_in, count, totalVariance, sample: gatherRows(h, d_in, spaced) };
}

/** Sums over the test part: of ‖h − ĥ‖², and for each feature of f, of [f > 0], and the largest f. */
interface TestSums {
  squaredError: number;
  activation: Float64Array;
  firing: Float64Array;
  largest: Float32Array;
}

function sumOverTest(params: Params, { h, d_in, count }: Evaluation): TestSums {
  const d_sae = params.b_enc.shape[0];
  const sums: TestSums = {
    squaredError: 0,
    activation: new Float64Array(d_sae),
    firing: new Float64Array(d_sae),
    largest: new Float32Array(d_sae),
  };
  for (let from = 0; from < count; from += chunkRows) {
    const rows = Math.min(chunkRows, count - from);
    scoped(() => {
      const chunk = tf.tensor2d(h.subarray(from * d_in, (from + rows) * d_in), [rows, d_in]);
      const f = encode(params, chunk);
      const rowErrors = tf.sum(tf.squaredDifference(chunk, decode(params, f)), 1).dataSync();
      for (const error of rowErrors) sums.squaredError += error;
      const activation = tf.sum(f, 0).dataSync();
      const firing = tf.sum(tf.cast(tf.greater(f, 0), "float32"), 0).dataSync();
      const largest = tf.max(f, 0).dataSync();
      for (let i = 0; i < d_sae; i++) {
        sums.activation[i] += activation[i];
        sums.firing[i] += firing[i];
        sums.largest[i] = Math.max(sums.largest[i], largest[i]);
      }
    });
  }
  return sums;
}

/** Measures the state on the test part. */
export function measure(s: TrainState, evaluation: Evaluation): Metrics {
  return scoped(() => {
    const params = readParams(s);
    const d_sae = params.b_enc.shape[0];
    const { squaredError, activation, firing } = sumOverTest(params, evaluation);
    const { count, totalVariance, d_in } = evaluation;
    const reconstructionError = squaredError / count;
    const sparsityPenalty = sum(activation) / count;
    const l0 = sum(firing) / count;
    const sample = encode(params, tf.tensor2d(evaluation.sample, [evaluation.sample.length / d_in, d_in]));
    return {
      step: s.step,
      loss: reconstructionError + s.sparsity.lambda1 * sparsityPenalty,
      reconstructionError,
      sparsityPenalty,
      l0,
      activeFraction: l0 / d_sae,
      fractionVarianceExplained: 1 - squaredError / totalVariance,
      meanActivationCosine: meanAbsoluteCosine(sample),
      meanDecoderCosine: meanAbsoluteCosine(tf.transpose(params.W_dec) as tf.Tensor2D),
      ...utilization(s),
      lambda1: s.sparsity.lambda1,
    };
  });
}

/** Mean |cos| over all pairs of columns of X [m, n]; a zero column has cosine 0 with every other. */
export function meanAbsoluteCosine(X: tf.Tensor2D): number {
  const n = X.shape[1];
  return scoped(() => {
    const norms = tf.sqrt(tf.sum(tf.square(X), 0));
    const unit = tf.div(X, tf.maximum(norms, 1e-8)) as tf.Tensor2D;
    const cosines = tf.abs(matMul(tf.transpose(unit) as tf.Tensor2D, unit));
    const offDiagonal = tf.mul(cosines, tf.sub(1, tf.eye(n)));
    return sum(tf.sum(offDiagonal, 1).dataSync()) / (n * (n - 1));
  });
}

/** Reading R18: active means I > 0.01, fired at least once, or fired on more than 1 % of the window's tokens. */
function utilization(
  s: TrainState,
): Pick<Metrics, "utilizationImportance" | "utilizationFired" | "utilizationFrequency"> {
  if (!s.importance) return { utilizationImportance: null, utilizationFired: null, utilizationFrequency: null };
  const share = (values: Float64Array, above: number): number => values.filter((v) => v > above).length / values.length;
  const frequency = firingFrequency(s.activity);
  return {
    utilizationImportance: share(s.importance, paper.importance.active),
    utilizationFired: share(frequency, 0),
    utilizationFrequency: share(frequency, paper.importance.active),
  };
}

/** Measures every feature at the end of a training. */
export function measureFeatures(s: TrainState, evaluation: Evaluation): FeatureRow[] {
  return scoped(() => {
    const params = readParams(s);
    const { activation, firing, largest } = sumOverTest(params, evaluation);
    const windowFrequency = firingFrequency(s.activity);
    const encoderNorm = tf.norm(params.W_enc, 2, 0).dataSync();
    const encoderBias = params.b_enc.dataSync();
    return Array.from(windowFrequency, (frequency, i) => ({
      feature: i,
      importance: s.importance?.[i] ?? null,
      windowFrequency: frequency,
      testFrequency: firing[i] / evaluation.count,
      meanActivation: firing[i] > 0 ? activation[i] / firing[i] : null,
      maxActivation: largest[i],
      encoderNorm: encoderNorm[i],
      encoderBias: encoderBias[i],
    }));
  });
}

const sum = (values: ArrayLike<number>): number => {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i];
  return total;
};
