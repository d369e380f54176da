import * as tf from "@tensorflow/tfjs";
import {
  activateKernel,
  adamKernel,
  keepLargestKernel,
  largestNeighbourKernel,
  largestOthersKernel,
  pullApartKernel,
  pullKernel,
  putKernel,
  signsKernel,
} from "../backend/kernel-ops.js";
import { type ArrayKernels, arrayKernels } from "../backend/kernels.js";
import type { MutableTensor } from "../backend/variables.js";
import { type AdamOptions, adamUpdate } from "./adam.js";
import { type CoactivationValues, eagerCoactivation } from "./coactivation-values.js";
import type { Pairs } from "./correlations/pairs.js";
import type { Neighbours } from "./inhibition.js";
import { type KeptLargest, keepLargest } from "./keep-largest.js";
import { LazyCoactivation } from "./lazy-coactivation.js";
import * as plain from "./plain-operations.js";

/** What exists twice, to the same result: as plain loops and TensorFlow's operations, and as kernels of this package's own. */
export interface Operations {
  /** max(x + bias, 0) · alive: [batch, d_sae], [d_sae], [d_sae] → [batch, d_sae]. */
  activate(x: tf.Tensor2D, bias: tf.Tensor1D, alive: tf.Tensor1D): tf.Tensor2D;
  /** The largest activation among the neighbours of each that is above 0, else 0: raw [batch, d_sae] → [batch, d_sae]. */
  largestNeighbour(raw: tf.Tensor2D, neighbours: Neighbours): tf.Tensor2D;
  /** Of every so many rows the largest values above 0, the rest 0; ties go to the lower row, then the lower column. */
  keepLargest(a: tf.Tensor2D, most: number, rows: number): KeptLargest;
  /**
   * Of products [m, n] of rows from `first` on with rows from `second` on, counting those of a row with a later one: of each of the
   * m the largest and with which of the n, and the other way round; the lower of equals.
   */
  largestOthers(
    products: tf.Tensor2D,
    first: number,
    second: number,
  ): { ofRows: plain.Largest; ofColumns: plain.Largest };
  /**
   * (g − (g · u) u) / norm of each row, g_i = Σ pull · u_j over the pairs of i and so for j: units [n, d], norms [n], pairs and how
   * much each is pulled [p] → [n, d].
   */
  pullApart(units: tf.Tensor2D, norms: tf.Tensor1D, i: Int32Array, j: Int32Array, pulls: Float32Array): tf.Tensor2D;
  /**
   * Of products [m, n] of columns from `first` on with columns from `second` on the signs, 0 where a column meets itself, and the sum
   * of their sizes there.
   */
  signs(products: tf.Tensor2D, first: number, second: number): { signs: tf.Tensor2D; sum: number };
  /** Σ |x_i · x_j| over pairs of columns of X [m, d_sae], and its derivative by X. */
  orthogonality(X: tf.Tensor2D, pairs: Pairs): { value: number; pull: tf.Tensor2D };
  /**
   * Adam's step t of a weight with its two moments, for `unitRows` without the gradient's part along each row and to unit
   * rows again (§5.2). Returns Σ g² as a scalar.
   */
  adam(
    variables: MutableTensor[],
    gradient: tf.Tensor,
    options: AdamOptions,
    learningRate: number,
    t: number,
    unitRows: boolean,
  ): tf.Tensor;
  /** Writes equal stretches of values: the first of each at its place in row order, the others each `distance` on. */
  put(variable: MutableTensor, values: Float32Array, places: readonly number[], distance: number): void;
  /** Of f [m · n]: tokens on which each column is above 0 and Σ f² of it [n], columns above 0 of each row [m]. */
  countFiring(f: Float32Array, firing: Int32Array, squares: Float64Array, l0: Int32Array): void;
  /** H of these values [d_sae · d_sae], none of them above `bound`. */
  coactivation(H: Float64Array, d_sae: number, bound: number): CoactivationValues;
  /** What choosing pairs costs without lists of what fires together, and the kernel that does it tile by tile. */
  allPairs: { selectPairs?: ArrayKernels["selectPairs"]; cost: PairCost };
}

/**
 * In multiply-adds of those lists, by `npm run perf -- --only selection-rule`: a pair, looked at, and each of the multiply-adds it is made of.
 * The kernel skips those in which the first of a pair does not fire.
 */
interface PairCost {
  pair: number;
  multiplyAdd: number;
  skipsSilent: boolean;
}

const withoutKernels: Operations = {
  ...plain,
  keepLargest,
  coactivation: eagerCoactivation,
  allPairs: { cost: { pair: 1, multiplyAdd: 0.004, skipsSilent: false } },
};

const withKernels = (kernels: ArrayKernels): Operations => ({
  activate: activateKernel,
  keepLargest: keepLargestKernel,
  largestNeighbour: (raw, { starts, members }) => largestNeighbourKernel(raw, starts, members),
  largestOthers: largestOthersKernel,
  pullApart: pullApartKernel,
  signs: signsKernel,
  orthogonality(X, { i, j }) {
    const pull = pullKernel(X, i, j);
    return { value: tf.sum(tf.mul(X, pull)).dataSync()[0] / 2, pull }; // the sum is quadratic in X
  },
  adam: (variables, gradient, options, learningRate, t, unitRows) =>
    adamKernel(variables, gradient, { ...adamUpdate(options, learningRate, t), unitRows }),
  put: putKernel,
  countFiring: (...batch) => kernels.countFiring(...batch),
  coactivation: (H, d_sae, bound) => new LazyCoactivation(kernels, H, d_sae, bound),
  allPairs: {
    selectPairs: (...batch) => kernels.selectPairs(...batch),
    cost: { pair: 0.01, multiplyAdd: 0.003, skipsSilent: true },
  },
});

let table: Operations = withoutKernels;
let of: ArrayKernels | undefined;

/** The table for the backend chosen: the kernels where they are loaded. */
export function operations(): Operations {
  const kernels = arrayKernels();
  if (kernels !== of) [of, table] = [kernels, kernels ? withKernels(kernels) : withoutKernels];
  return table;
}
