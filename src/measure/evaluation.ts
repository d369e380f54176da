import * as tf from "@tensorflow/tfjs";
import { scoped } from "../backend/ops.js";
import { requireFiniteRows, requireRows } from "../base/checks.js";
import type { Numbers } from "../data/activations/batches.js";
import { gatherRows } from "../data/activations/batches.js";
import { featuresOf, neighboursOf } from "../features.js";
import type { Competition } from "../method.js";
import { paper } from "../paper.js";
import { decode } from "../sae/forward.js";
import { readWeights, type TrainState } from "../sae/state.js";

/** The test part prepared for measuring, and what is measured at the steps between the first and the last. */
export interface Evaluation extends TestVectors {
  /** The sample alone: at 1000 steps whole test parts would take as long as the steps. */
  between: TestVectors;
}

/** Vectors to measure on: h [count, d_in] after input scaling. */
export interface TestVectors {
  h: Numbers;
  d_in: number;
  count: number;
  /** Σ‖h − h̄‖² over all tokens. */
  totalVariance: number;
  /** Rows on which pairs of features are compared: up to 4096, evenly spaced over the test part. */
  sample: Float32Array;
  /** As many of these rows as a batch has that is trained on. */
  batch: Float32Array;
}

/** Rows per pass; few enough to stay in a core's cache between operations. Changes no number beyond rounding. */
const chunkRows = 512;
const sampleRows = 4096;

/**
 * Prepares the test part h [count · d_in], row after row, after input scaling (R14). Throws a usage error for other than whole
 * rows, one or more, and for NaN.
 */
export function prepareEvaluation(h: Numbers, d_in: number): Evaluation {
  const whole = prepared(h, d_in);
  return { ...whole, between: whole.count > sampleRows ? prepared(whole.sample, d_in) : whole };
}

function prepared(h: Numbers, d_in: number): TestVectors {
  requireRows("h", h.length, d_in);
  const count = h.length / d_in;
  const mean = new Float64Array(d_in);
  for (const rows of chunksOf(h, d_in))
    for (let at = 0; at < rows.length; at += d_in) for (let i = 0; i < d_in; i++) mean[i] += rows[at + i] / count;
  let totalVariance = 0;
  for (const rows of chunksOf(h, d_in))
    for (let at = 0; at < rows.length; at += d_in)
      for (let i = 0; i < d_in; i++) totalVariance += (rows[at + i] - mean[i]) ** 2;
  if (!Number.isFinite(totalVariance)) for (const rows of chunksOf(h, d_in)) requireFiniteRows("h", rows, d_in);
  const sample = spacedRows(h, d_in, sampleRows);
  return { h, d_in, count, totalVariance, sample, batch: spacedRows(sample, d_in, paper.batchSize) };
}

/** The rows in turn, some at a time: on disk they may be more than memory holds. */
function* chunksOf(h: Numbers, d_in: number): Generator<Float32Array> {
  for (let at = 0; at < h.length; at += chunkRows * d_in)
    yield h.subarray(at, Math.min(h.length, at + chunkRows * d_in));
}

/** Up to `most` rows, evenly spaced, so that every source has its share. */
function spacedRows(h: Numbers, d_in: number, most: number): Float32Array {
  const count = h.length / d_in;
  const rows = Math.min(count, most);
  return gatherRows(
    h,
    d_in,
    Int32Array.from({ length: rows }, (_, i) => Math.floor((i * count) / rows)),
  );
}

/** Sums over the test part: of ‖h − ĥ‖², and for each feature of f, [f > 0], and the largest f. */
export interface TestSums {
  squaredError: number;
  activation: Float64Array;
  firing: Float64Array;
  largest: Float32Array;
}

/** One pass over the test part, chunk by chunk. */
export function sumOverTest(s: TrainState, m: Competition, { h, d_in }: TestVectors): TestSums {
  const d_sae = s.alive.length;
  const sums: TestSums = {
    squaredError: 0,
    activation: new Float64Array(d_sae),
    firing: new Float64Array(d_sae),
    largest: new Float32Array(d_sae),
  };
  const neighbours = neighboursOf(s, m);
  for (const numbers of chunksOf(h, d_in))
    scoped(() => {
      const params = readWeights(s);
      const chunk = tf.tensor2d(numbers, [numbers.length / d_in, d_in]);
      const { f } = featuresOf(s, m, params, chunk, { neighbours });
      sums.squaredError += total(tf.sum(tf.squaredDifference(chunk, decode(params, f)), 1).dataSync());
      add(sums.activation, tf.sum(f, 0).dataSync());
      add(sums.firing, tf.sum(tf.cast(tf.greater(f, 0), "float32"), 0).dataSync());
      const largest = tf.max(f, 0).dataSync();
      for (let i = 0; i < d_sae; i++) sums.largest[i] = Math.max(sums.largest[i], largest[i]);
    });
  return sums;
}

function add(sums: Float64Array, values: ArrayLike<number>): void {
  for (let i = 0; i < sums.length; i++) sums[i] += values[i];
}

/** Σ of the values. */
export function total(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum;
}
