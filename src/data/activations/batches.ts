import * as tf from "@tensorflow/tfjs";
import { checked, count as countOf, requireRows, whole, wholeFrom } from "../../base/checks.js";
import { SncError } from "../../base/errors.js";
import { permutation, stream } from "../../base/random.js";

/** Numbers in a row, in memory or on disk: what is asked of a Float32Array where it may not fit into memory. */
export interface Numbers {
  readonly length: number;
  /** Numbers [from, to); a view or a copy, not to be written to. */
  subarray(from?: number, to?: number): Float32Array;
}

/**
 * Which of `count` vectors make up each batch of `size`: indices drawn without replacement from a seeded shuffle of
 * 0 … count − 1; when fewer than a batch are left, the rest is passed over and a new shuffle begins. Batch t, from 0, depends
 * on seed and t alone, so that a training resumes at any step. Throws a usage error where there are fewer vectors than a batch.
 */
export function batchIndices(count: number, size: number, seed: number): (t: number) => Int32Array {
  checked("batchIndices", { count, size, seed }, { count: countOf, size: countOf, seed: whole });
  const perShuffle = Math.floor(count / size);
  if (perShuffle < 1) throw new SncError("usage", `vectors: expected ${size} or more, to fill a batch, found ${count}`);
  let shuffled = -1;
  let order: Int32Array = new Int32Array(0);
  return (t) => {
    checked("batch", { t }, { t: wholeFrom(0) });
    const shuffle = Math.floor(t / perShuffle);
    if (shuffle !== shuffled) {
      order = permutation(stream(seed, `batches/${shuffle}`), count);
      shuffled = shuffle;
    }
    const start = (t % perShuffle) * size;
    return order.subarray(start, start + size);
  };
}

/**
 * Batch t of vectors [count · d_in], row after row, as a tensor [batchSize, d_in], by `batchIndices`; the caller disposes it.
 *
 * @example
 * const batch = vectorBatches(h, { d_in, batchSize: 125, seed: 42 });
 * for (const record of train(state, method, batch, { ...optimization, steps: 1000 })) records.push(record);
 */
export function vectorBatches(
  vectors: Numbers,
  { d_in, batchSize, seed }: { d_in: number; batchSize: number; seed: number },
): (t: number) => tf.Tensor2D {
  requireRows("vectors", vectors.length, d_in);
  const indices = batchIndices(vectors.length / d_in, batchSize, seed);
  return (t) => tf.tensor2d(gatherRows(vectors, d_in, indices(t)), [batchSize, d_in]);
}

/** The chosen rows of a matrix [n, width] → [rows.length · width]. */
export function gatherRows(matrix: Numbers, width: number, rows: Int32Array): Float32Array {
  const out = new Float32Array(rows.length * width);
  rows.forEach((row, i) => {
    out.set(matrix.subarray(row * width, (row + 1) * width), i * width);
  });
  return out;
}
