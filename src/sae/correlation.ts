import * as tf from "@tensorflow/tfjs";
import { matMul } from "../backend/ops.js";
import type { Params } from "./params.js";

/**
 * Columns divided by max(their L2 norm, 1e-8) [m, n] → [m, n]: their inner products are cosines. A zero column stays zero
 * and has no gradient: the maximum is taken of the squares, because √ has no derivative at 0.
 */
export const unitColumns = (X: tf.Tensor2D): tf.Tensor2D =>
  tf.div(X, tf.sqrt(tf.maximum(tf.sum(tf.square(X), 0, true), 1e-16)));

/**
 * Reading R1: vectors, one column per feature [m, d_sae], whose inner products are the correlations c_ij before the
 * absolute value. Differentiable, normalisation included.
 */
export const correlationVectors = {
  activationCosine: (f: tf.Tensor2D, _params: Params) => unitColumns(f),
  activationPearson: (f: tf.Tensor2D, _params: Params) => unitColumns(tf.sub(f, tf.mean(f, 0, true))),
  activationInner: (f: tf.Tensor2D, _params: Params) => tf.div(f, Math.sqrt(f.shape[0])) as tf.Tensor2D,
  decoderCosine: (_f: tf.Tensor2D, { W_dec }: Params) => unitColumns(tf.transpose(W_dec)),
  encoderCosine: (_f: tf.Tensor2D, { W_enc }: Params) => unitColumns(W_enc),
  decoderInner: (_f: tf.Tensor2D, { W_dec }: Params) => tf.transpose(W_dec) as tf.Tensor2D,
} as const satisfies Record<string, (f: tf.Tensor2D, params: Params) => tf.Tensor2D>;
export type CorrelationVectors = keyof typeof correlationVectors;

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
export const gram = (X: tf.Tensor2D): Float32Array =>
  matMul(tf.transpose(X) as tf.Tensor2D, X).dataSync<"float32">() as Float32Array;

/** All c_ij = |x_i · x_j| of one batch, read back once [d_sae · d_sae]. */
export interface Correlations {
  readonly d_sae: number;
  at(i: number, j: number): number;
  /** Mean and population standard deviation over all pairs i < j. */
  readonly mean: number;
  readonly sigma: number;
  /** Calls `visit` for every pair i < j in row order. */
  forEachPair(visit: (c: number, i: number, j: number) => void): void;
}

/** The correlations of these vectors [m, d_sae]; quadratic in d_sae: every c_ij is computed before any is chosen. */
export function correlationsOf(X: tf.Tensor2D): Correlations {
  const d_sae = X.shape[1];
  const inner = gram(X);
  const forEachPair: Correlations["forEachPair"] = (visit) => {
    for (let i = 0; i < d_sae; i++)
      for (let j = i + 1, at = i * d_sae + j; j < d_sae; j++, at++) visit(Math.abs(inner[at]), i, j);
  };
  const pairs = (d_sae * (d_sae - 1)) / 2;
  let sum = 0;
  for (let i = 0; i < d_sae; i++)
    for (let at = i * (d_sae + 1) + 1; at < (i + 1) * d_sae; at++) sum += Math.abs(inner[at]);
  const mean = sum / pairs;
  let squares = 0;
  for (let i = 0; i < d_sae; i++)
    for (let at = i * (d_sae + 1) + 1; at < (i + 1) * d_sae; at++) squares += (Math.abs(inner[at]) - mean) ** 2;
  return { d_sae, at: (i, j) => Math.abs(inner[i * d_sae + j]), mean, sigma: Math.sqrt(squares / pairs), forEachPair };
}
