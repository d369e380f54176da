import * as tf from "@tensorflow/tfjs";
import { decode } from "./forward.js";
import type { Params } from "./params.js";

/** Reading R16: ‖h − ĥ‖² (Eq. 1), ‖h − ĥ‖, or the mean over d_in of the squares; each a mean over the batch. */
export const reconstructionLosses = {
  squared: (h: tf.Tensor2D, hHat: tf.Tensor2D): tf.Scalar => tf.mean(tf.sum(tf.squaredDifference(h, hHat), 1)),
  norm: (h: tf.Tensor2D, hHat: tf.Tensor2D): tf.Scalar => tf.mean(tf.sqrt(tf.sum(tf.squaredDifference(h, hHat), 1))),
  meanSquared: (h: tf.Tensor2D, hHat: tf.Tensor2D): tf.Scalar => tf.mean(tf.squaredDifference(h, hHat)),
} as const;
export type ReconstructionLoss = keyof typeof reconstructionLosses;

/** The terms of Eq. 7 before their weights, each a mean over the batch. */
export interface LossTerms<T> {
  reconstruction: T;
  /** ‖f‖₁ */
  sparsityPenalty: T;
}

/** The terms of Eq. 7 for one batch of activations h [batch, d_in] and its features f [batch, d_sae]. */
export function lossTerms(
  params: Params,
  h: tf.Tensor2D,
  f: tf.Tensor2D,
  reconstruction: ReconstructionLoss,
): LossTerms<tf.Scalar> {
  return {
    reconstruction: reconstructionLosses[reconstruction](h, decode(params, f)),
    sparsityPenalty: tf.mean(tf.sum(f, 1)), // f ≥ 0
  };
}

/** Eq. 7: reconstruction + λ₁ ‖f‖₁. */
export const totalLoss = (terms: LossTerms<tf.Scalar>, lambda1: number): tf.Scalar =>
  tf.add(terms.reconstruction, tf.mul(terms.sparsityPenalty, lambda1));
