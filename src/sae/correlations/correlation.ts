import * as tf from "@tensorflow/tfjs";
import { matMul } from "../../backend/ops.js";
import type { Params, WeightName } from "../params.js";

/** Vectors made of features or weights, and the way back. */
interface Vectors {
  /** A column per feature [m, d_sae]. */
  X: tf.Tensor2D;
  /** From the derivative by X to that by what X was made of, in its shape. */
  gradient(byX: tf.Tensor2D): tf.Tensor;
}

/** Columns divided by max(their L2 norm, 1e-8): inner products become cosines; a zero column stays zero. */
export function unitColumns(vectors: tf.Tensor2D): Vectors {
  const norms = tf.sqrt(tf.maximum(tf.sum(tf.square(vectors), 0, true), 1e-16)); // not of the root: it has no derivative at 0
  const X: tf.Tensor2D = tf.div(vectors, norms);
  return {
    X,
    gradient: (byX) => tf.div(tf.sub(byX, tf.mul(X, tf.sum(tf.mul(byX, X), 0, true))), norms), // what is along a column drops out
  };
}

const centred = (X: tf.Tensor2D): tf.Tensor2D => tf.sub(X, tf.mean(X, 0, true));

/** Vectors whose inner products are correlations. */
interface Correlated {
  /** What they are made of: the features f, or a weight. */
  of: "f" | WeightName;
  vectors(f: tf.Tensor2D, params: Params): Vectors;
  /**
   * Where they are f divided column by column: by what [d_sae], from Σ f² [d_sae] over so many tokens. Features that never
   * fire together have c_ij = 0 then.
   */
  divisors?(squares: Float64Array, tokens: number): Float64Array;
}

/** What inner products c_ij may be of: features, or rows or columns of weights, as they are or divided by their norms. */
export type CorrelationVectors =
  | "activationCosine"
  | "activationPearson"
  | "activationInner"
  | "decoderCosine"
  | "encoderCosine"
  | "decoderInner";

/** Reading R1: whose inner products c_ij are, before the absolute value. */
export const correlated: Record<CorrelationVectors, Correlated> = {
  activationCosine: {
    of: "f",
    vectors: (f) => unitColumns(f),
    divisors: (squares) => squares.map((square) => Math.sqrt(Math.max(square, 1e-16))),
  },
  activationPearson: {
    of: "f",
    vectors(f) {
      const { X, gradient } = unitColumns(centred(f));
      return { X, gradient: (byX) => centred(gradient(byX) as tf.Tensor2D) };
    },
  },
  activationInner: {
    of: "f",
    vectors: (f) => ({
      X: tf.div(f, Math.sqrt(f.shape[0])),
      gradient: (byX) => tf.div(byX, Math.sqrt(f.shape[0])),
    }),
    divisors: (squares, tokens) => squares.map(() => Math.sqrt(tokens)),
  },
  decoderCosine: {
    of: "W_dec",
    vectors(_f, { W_dec }) {
      const { X, gradient } = unitColumns(tf.transpose(W_dec));
      return { X, gradient: (byX) => tf.transpose(gradient(byX)) };
    },
  },
  encoderCosine: {
    of: "W_enc",
    vectors: (_f, { W_enc }) => unitColumns(W_enc),
  },
  decoderInner: {
    of: "W_dec",
    vectors: (_f, { W_dec }) => ({ X: tf.transpose(W_dec), gradient: (byX) => tf.transpose(byX) }),
  },
};

/** Reading R1: whose correlations choose T_k, prune, and are penalised; `hybrid` penalises decoder rows' inner products. */
export type CorrelationReading = Exclude<CorrelationVectors, "decoderInner"> | "hybrid";

/** What is selected and pruned by, and what is penalised: the same but for `hybrid`. */
export const correlationReadings = {
  activationCosine: { select: "activationCosine", penalise: "activationCosine" },
  activationPearson: { select: "activationPearson", penalise: "activationPearson" },
  activationInner: { select: "activationInner", penalise: "activationInner" },
  decoderCosine: { select: "decoderCosine", penalise: "decoderCosine" },
  encoderCosine: { select: "encoderCosine", penalise: "encoderCosine" },
  hybrid: { select: "activationCosine", penalise: "decoderInner" },
} satisfies Record<CorrelationReading, { select: CorrelationVectors; penalise: CorrelationVectors }>;

/** The inner products of all pairs of columns of X [m, n], read back [n · n]. */
export const gram = (X: tf.Tensor2D): Float32Array => matMul(X, X, { a: true }).dataSync<"float32">() as Float32Array;
