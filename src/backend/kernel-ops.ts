import * as tf from "@tensorflow/tfjs";
import { type Bfloat16, bfloat16Op } from "./bfloat16.js";
import { executeNative, native, nativeEdit, nativeOp } from "./native.js";
import { type AdamUpdate, handleOf, type MutableTensor } from "./variables.js";

/* The operations of kernels/*.cc; only where `hasKernels()`. */

/**
 * One Adam update in one pass over memory; `unitRows` (§5.2) leaves out the gradient's part along each row and divides the
 * row by its length afterwards. Returns Σ g² as a scalar. Values read from the variables must be disposed by now.
 */
export function adamKernel(
  [weight, m, v]: MutableTensor[],
  gradient: tf.Tensor,
  update: AdamUpdate & { unitRows: boolean },
): tf.Tensor {
  const { learningRate, beta1, beta2, epsilon, beta1Power, beta2Power, unitRows } = update;
  const rate = (learningRate * Math.sqrt(1 - beta2Power)) / (1 - beta1Power);
  const handles = [weight, m, v].map(handleOf);
  return nativeOp("SncAdam", [...handles, gradient, [rate, beta1, beta2, epsilon, Number(unitRows)]]);
}

/** x / √(mean x² + ε) of each row [rows, n], in bfloat16. */
export const normedKernel = (x: tf.Tensor2D, epsilon: number): Bfloat16 =>
  bfloat16Op("SncNormed", [x, Float32Array.of(epsilon)]);

/** activation(gate) · up, all in bfloat16. */
export const gatedKernel = (gate: Bfloat16, up: Bfloat16, activation: "silu" | "gelu"): Bfloat16 =>
  bfloat16Op("SncGated", [gate, up, Int32Array.of(activation === "gelu" ? 1 : 0)]);

/** Which heads of q, k and v side by side, so many to a group. */
export interface Heads {
  first: number;
  count: number;
  perGroup: number;
  length: number;
  headDim: number;
}

/**
 * Heads of qkv [batch · length, all · headDim], each rotated where cos and sin [length · headDim] are given, all in bfloat16 →
 * [batch · count / perGroup, perGroup · length, headDim].
 */
export const headsKernel = (
  qkv: Bfloat16,
  { first, count, perGroup, length, headDim }: Heads,
  turn?: { cos: tf.Tensor; sin: tf.Tensor },
): Bfloat16 => {
  const none = new Float32Array(0);
  const which = Int32Array.of(first, count, perGroup, length, headDim);
  return bfloat16Op("SncHeads", [qkv, turn?.cos ?? none, turn?.sin ?? none, which]);
};

/** By head [batch · heads · length, headDim in the last axis] → [batch · length, heads · headDim], in bfloat16. */
export const joinHeadsKernel = (x: Bfloat16, heads: number, length: number): Bfloat16 =>
  bfloat16Op("SncJoinHeads", [x, Int32Array.of(heads, length)]);

/** Equal stretches of values into a variable: the first of each at its place in row order, the others each so many places on. */
export const putKernel = (
  variable: MutableTensor,
  values: Float32Array,
  places: readonly number[],
  distance: number,
): void => nativeEdit("SncPut", [handleOf(variable), values, Int32Array.of(...places, distance)]);

/** max(z + bias, 0) · alive: [batch, n], [n], [n] → [batch, n]. */
export const activateKernel = (z: tf.Tensor2D, bias: tf.Tensor1D, alive: tf.Tensor1D): tf.Tensor2D =>
  nativeOp("SncActivate", [z, bias, alive]);

/**
 * Of each group of so many rows the k largest values above 0, ties to the lower row, then the lower place, the rest 0: raw ≥ 0
 * [batch, n] → f [batch, n]; and the smallest that is kept, 0 where nothing is. NaN counts as the largest.
 */
export function keepLargestKernel(
  raw: tf.Tensor2D,
  k: number,
  rowsPerGroup: number,
): { f: tf.Tensor2D; smallest: number } {
  const made = executeNative("SncKeepLargest", [raw, Int32Array.of(k, rowsPerGroup)], 2);
  const [f, scalar] = made.map((metadata) => native().createOutputTensor(metadata));
  const [smallest] = scalar.dataSync();
  scalar.dispose();
  return { f: f as tf.Tensor2D, smallest };
}

/** a b + c, skipping the zeros of a: [m, k], [k, n], [n] → [m, n]. */
export const sparseTimes = (a: tf.Tensor2D, b: tf.Tensor2D, c: tf.Tensor1D): tf.Tensor2D =>
  nativeOp("SncTimesDense", [a, b, c]);

/** aᵀ b, skipping the zeros of a: [batch, m], [batch, n] → [m, n]. */
export const sparseTransposedTimes = (a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D =>
  nativeOp("SncTransposedTimesDense", [a, b]);

/** bᵀ a, skipping the zeros of a: [batch, n], [batch, m] → [n, m]. */
export const transposedTimesSparse = (b: tf.Tensor2D, a: tf.Tensor2D): tf.Tensor2D =>
  nativeOp("SncDenseTransposedTimes", [b, a]);

/** What is done with a product's values that are wanted. */
export interface Then {
  plus: number;
  also?: tf.Tensor2D;
  gain?: tf.Tensor2D;
}

/** (product + plus + also) ∘ gain where a is above 0, else 0: all [batch, m]. */
export const whereKernel = (product: tf.Tensor2D, a: tf.Tensor2D, { plus, also, gain }: Then): tf.Tensor2D =>
  nativeOp("SncWhere", [product, a, [plus], also ?? [], gain ?? []]);

/** (b wᵀ + plus + also) ∘ gain where a is not 0, else 0: [batch, n], [m, n], all else [batch, m]. */
export const timesTransposedWhere = (
  b: tf.Tensor2D,
  w: tf.Tensor2D,
  a: tf.Tensor2D,
  { plus, also, gain }: Then,
): tf.Tensor2D => nativeOp("SncSampled", [b, w, a, [plus], also ?? [], gain ?? []]);

/** w x: [m, n], [n] → [m]. */
export const matrixTimesVector = (w: tf.Tensor2D, x: tf.Tensor1D): tf.Tensor1D => nativeOp("SncTimesVector", [w, x]);

/**
 * The largest activation among the neighbours of each that is above 0, else 0: raw [batch, d_sae] ≥ 0, neighbours of
 * feature i at members[starts[i] … starts[i + 1]) → [batch, d_sae].
 */
export const largestNeighbourKernel = (raw: tf.Tensor2D, starts: Int32Array, members: Int32Array): tf.Tensor2D =>
  nativeOp("SncLargestNeighbour", [raw, starts, members]);

/** For each pair sign(x_i · x_j) x_j added to column i and so x_i to column j, of zeros: X [m, n] → [m, n]. */
export const pullKernel = (X: tf.Tensor2D, i: Int32Array, j: Int32Array): tf.Tensor2D => nativeOp("SncPull", [X, i, j]);

/**
 * Of products [m, n] of columns from `first` on with columns from `second` on the signs, 0 where a column meets itself, and the sum of
 * their sizes there.
 */
export function signsKernel(products: tf.Tensor2D, first: number, second: number): { signs: tf.Tensor2D; sum: number } {
  const made = executeNative("SncSigns", [products, Int32Array.of(first, second)], 2);
  const [signs, scalar] = made.map((metadata) => native().createOutputTensor(metadata));
  const [sum] = scalar.dataSync();
  scalar.dispose();
  return { signs: signs as tf.Tensor2D, sum };
}

/** The largest of some values each, and where it is; −∞ and −1 where there is none. */
interface Largest {
  value: Float32Array;
  at: Int32Array;
}

/**
 * Of products [m, n] of rows from `first` on with rows from `second` on, counting those of a row with a later one: of each of the m
 * the largest and with which of the n, and the other way round; the lower of equals.
 */
export function largestOthersKernel(
  products: tf.Tensor2D,
  first: number,
  second: number,
): { ofRows: Largest; ofColumns: Largest } {
  const made = executeNative("SncLargestOthers", [products, Int32Array.of(first, second)], 4);
  const tensors = made.map((metadata) => native().createOutputTensor(metadata));
  const [value, at, columnValue, columnAt] = tensors.map((tensor) => tensor.dataSync());
  tf.dispose(tensors);
  return {
    ofRows: { value: value as Float32Array, at: at as Int32Array },
    ofColumns: { value: columnValue as Float32Array, at: columnAt as Int32Array },
  };
}

/**
 * (g − (g · u) u) / norm of each row, g_i = Σ pull · u_j over the pairs of i and so for j: units [n, d], norms [n], pairs and how much
 * each is pulled [p] → [n, d].
 */
export const pullApartKernel = (
  units: tf.Tensor2D,
  norms: tf.Tensor1D,
  i: Int32Array,
  j: Int32Array,
  pulls: Float32Array,
): tf.Tensor2D => nativeOp("SncPullApart", [units, norms, i, j, pulls]);
