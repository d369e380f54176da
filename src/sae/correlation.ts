import * as tf from "@tensorflow/tfjs";
import { matMul } from "../backend/ops.js";
import type { Params, WeightName } from "./params.js";

/** L2 norms of columns, at least 1e-8 [m, n] → [1, n]. The maximum is taken of the squares: √ has no derivative at 0. */
const columnNorms = (X: tf.Tensor2D): tf.Tensor => tf.sqrt(tf.maximum(tf.sum(tf.square(X), 0, true), 1e-16));

/** Σ f² of each feature over the batch, f [m · d_sae] → [d_sae], in float64. */
export function columnSquares(f: ArrayLike<number>, d_sae: number): Float64Array {
  const squares = new Float64Array(d_sae);
  for (let at = 0; at < f.length; ) for (let i = 0; i < d_sae; i++, at++) squares[i] += f[at] * f[at];
  return squares;
}

/** Columns divided by max(their L2 norm, 1e-8) [m, n] → [m, n]: inner products become cosines; a zero column stays zero. */
export const unitColumns = (X: tf.Tensor2D): tf.Tensor2D => tf.div(X, columnNorms(X));

/** ∂/∂X of a function of unitColumns(X) whose derivative by these is G: what is along a column drops out. */
const throughUnitColumns = (X: tf.Tensor2D, G: tf.Tensor2D): tf.Tensor2D => {
  const unit = unitColumns(X);
  return tf.div(tf.sub(G, tf.mul(unit, tf.sum(tf.mul(G, unit), 0, true))), columnNorms(X));
};

const centred = (X: tf.Tensor2D): tf.Tensor2D => tf.sub(X, tf.mean(X, 0, true));

/** Vectors whose inner products are correlations: one column per feature, what they are made of, and the way back. */
interface Correlated {
  /** What `vectors` is a function of: the features f, or a weight. */
  of: "f" | WeightName;
  /** [m, d_sae] */
  vectors(f: tf.Tensor2D, params: Params): tf.Tensor2D;
  /**
   * Where `vectors` are f divided column by column: by what [d_sae], from Σ f² [d_sae] over so many tokens. Features that never
   * fire together have c_ij = 0 then.
   */
  divisors?(squares: Float64Array, tokens: number): Float64Array;
  /** From the derivative G by `vectors` [m, d_sae] to that by what they are made of, in its shape. */
  gradient(G: tf.Tensor2D, f: tf.Tensor2D, params: Params): tf.Tensor2D;
}

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
    gradient: (G, f) => throughUnitColumns(f, G),
  },
  activationPearson: {
    of: "f",
    vectors: (f) => unitColumns(centred(f)),
    gradient: (G, f) => centred(throughUnitColumns(centred(f), G)),
  },
  activationInner: {
    of: "f",
    vectors: (f) => tf.div(f, Math.sqrt(f.shape[0])),
    divisors: (squares, tokens) => squares.map(() => Math.sqrt(tokens)),
    gradient: (G, f) => tf.div(G, Math.sqrt(f.shape[0])),
  },
  decoderCosine: {
    of: "W_dec",
    vectors: (_f, { W_dec }) => unitColumns(tf.transpose(W_dec)),
    gradient: (G, _f, { W_dec }) => tf.transpose(throughUnitColumns(tf.transpose(W_dec), G)),
  },
  encoderCosine: {
    of: "W_enc",
    vectors: (_f, { W_enc }) => unitColumns(W_enc),
    gradient: (G, _f, { W_enc }) => throughUnitColumns(W_enc, G),
  },
  decoderInner: {
    of: "W_dec",
    vectors: (_f, { W_dec }) => tf.transpose(W_dec),
    gradient: (G) => tf.transpose(G),
  },
};

/** What is selected and pruned by, and what is penalised: the same but for `hybrid`. */
export const correlationReadings = {
  activationCosine: { select: "activationCosine", penalise: "activationCosine" },
  activationPearson: { select: "activationPearson", penalise: "activationPearson" },
  activationInner: { select: "activationInner", penalise: "activationInner" },
  decoderCosine: { select: "decoderCosine", penalise: "decoderCosine" },
  encoderCosine: { select: "encoderCosine", penalise: "encoderCosine" },
  hybrid: { select: "activationCosine", penalise: "decoderInner" },
} as const satisfies Record<string, { select: CorrelationVectors; penalise: CorrelationVectors }>;
export type CorrelationReading = keyof typeof correlationReadings;

/** The inner products of all pairs of columns of X [m, n], read back [n · n]. */
export const gram = (X: tf.Tensor2D): Float32Array => matMul(X, X, { a: true }).dataSync<"float32">() as Float32Array;
