import * as tf from "@tensorflow/tfjs";
import { bfloat16MatMul } from "./bfloat16.js";
import {
  matrixTimesVector,
  sparseTimes,
  sparseTransposedTimes,
  type Then,
  timesTransposedWhere,
  transposedTimesSparse,
  whereKernel,
} from "./kernel-ops.js";
import { hasKernels, hasNarrowRegisters } from "./kernels.js";
import { matMul, type Transposed } from "./ops.js";
import { precisionOfProducts } from "./precision.js";

/** a × b in the precision chosen, of a or b transposed where said. */
export const multiply = (a: tf.Tensor2D, b: tf.Tensor2D, transposed?: Transposed): tf.Tensor2D =>
  precisionOfProducts() === "bfloat16" ? bfloat16MatMul(a, b, transposed) : matMul(a, b, transposed);

/** The matrix products of Eq. 7 and its gradient that have a factor with many zeros: f, or what is 0 where f is. */
export interface Products {
  /** a b + c, a with zeros: [m, k], [k, n], [n] → [m, n]. */
  times(a: tf.Tensor2D, b: tf.Tensor2D, c: tf.Tensor1D): tf.Tensor2D;
  /** aᵀ b, a with zeros: [batch, m], [batch, n] → [m, n]. */
  sparseTransposedTimes(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D;
  /** bᵀ a, a with zeros: [batch, n], [batch, m] → [n, m]. */
  transposedTimesSparse(b: tf.Tensor2D, a: tf.Tensor2D): tf.Tensor2D;
  /** (b wᵀ + plus + also) ∘ gain where a > 0, else 0: [batch, n], [m, n], all else [batch, m]. */
  timesTransposedWhere(b: tf.Tensor2D, w: tf.Tensor2D, a: tf.Tensor2D, then: Then): tf.Tensor2D;
}

const dense: Products = {
  times: (a, b, c) => tf.add(multiply(a, b), c),
  sparseTransposedTimes: (a, b) => multiply(a, b, { a: true }),
  transposedTimesSparse: (b, a) => multiply(b, a, { a: true }),
  timesTransposedWhere(b, w, a, then) {
    const product = multiply(b, w, { b: true });
    return hasKernels() ? whereKernel(product, a, then) : where(product, a, then);
  },
};

function where(product: tf.Tensor2D, a: tf.Tensor2D, { plus, also, gain }: Then): tf.Tensor2D {
  const shifted = tf.add(product, plus);
  const wanted = tf.cast(tf.greater(a, 0), "float32");
  return tf.mul(also ? tf.add(shifted, also) : shifted, gain ? tf.mul(wanted, gain) : wanted);
}

/** In float32 whatever the precision: these are bound by memory, and rounding would cost time. */
const sparse: Products = { times: sparseTimes, sparseTransposedTimes, transposedTimesSparse, timesTransposedWhere };

/**
 * The share of values above zero below which skipping the others is faster, by `npm run perf -- --only sparse-products`; of the
 * product that is only wanted where f > 0 each value is a sum by itself, and it is sooner dense. Without AVX-512 TensorFlow's dense
 * products are slower by more than these.
 */
const sparseBelow = {
  float32: { others: 0.35, where: 0.2 },
  narrow: { others: 0.45, where: 0.3 },
  bfloat16: { others: 0.25, where: 0.14 },
};

/** How to multiply where this share of the sparse factor is not zero: skipping the zeros where that is faster. */
export function productsWith(activeFraction = 1): Products {
  const precision = precisionOfProducts();
  const { others, where } = sparseBelow[precision === "float32" && hasNarrowRegisters() ? "narrow" : precision];
  if (!hasKernels() || activeFraction >= others) return dense;
  return activeFraction < where ? sparse : { ...sparse, timesTransposedWhere: dense.timesTransposedWhere };
}

/** w x in float32: [m, n], [n] → [m]. */
export const timesVector = (w: tf.Tensor2D, x: tf.Tensor1D): tf.Tensor1D =>
  hasKernels() ? matrixTimesVector(w, x) : tf.squeeze(matMul(w, tf.expandDims(x, 1) as tf.Tensor2D), [1]);
