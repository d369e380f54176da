import * as tf from "@tensorflow/tfjs";
import { matMul } from "../backend/ops.js";
import { type CorrelationVectors, correlated } from "./correlation.js";
import type { Pairs } from "./pairs.js";
import type { Params } from "./params.js";

/** Reading R16: ‖h − ĥ‖² (Eq. 1), ‖h − ĥ‖, or the mean over d_in of the squares; each a mean over the batch. */
export const reconstructionLosses = {
  squared: (h: tf.Tensor2D, hHat: tf.Tensor2D): tf.Scalar => tf.mean(tf.sum(tf.squaredDifference(h, hHat), 1)),
  norm: (h: tf.Tensor2D, hHat: tf.Tensor2D): tf.Scalar => tf.mean(tf.sqrt(tf.sum(tf.squaredDifference(h, hHat), 1))),
  meanSquared: (h: tf.Tensor2D, hHat: tf.Tensor2D): tf.Scalar => tf.mean(tf.squaredDifference(h, hHat)),
} as const;
export type ReconstructionLoss = keyof typeof reconstructionLosses;

/** Which terms Eq. 7 has and what it is told: constants of the gradient. */
export interface Objective {
  reconstruction: ReconstructionLoss;
  penalise: CorrelationVectors;
  /** Reading R4: the sum over T_k (Eq. 7) or its mean. */
  penalty: "sum" | "mean";
  pairs: Pairs;
  /** λ₁ and τ. */
  lambda1: number;
  tau: number;
}

/** The terms of Eq. 7 before their weights, the first two means over the batch. */
export interface LossTerms<T> {
  reconstruction: T;
  /** ‖f‖₁ */
  sparsityPenalty: T;
  /** Σ c_ij over T_k, or its mean. */
  orthogonalityPenalty: T;
}

/** The terms of Eq. 7 for a batch h [batch, d_in], its reconstruction ĥ and its features f [batch, d_sae]. */
export function lossTerms(
  h: tf.Tensor2D,
  hHat: tf.Tensor2D,
  f: tf.Tensor2D,
  params: Params,
  objective: Objective,
): LossTerms<tf.Scalar> {
  return {
    reconstruction: reconstructionLosses[objective.reconstruction](h, hHat),
    sparsityPenalty: tf.mean(tf.sum(f, 1)), // f ≥ 0
    orthogonalityPenalty:
      objective.pairs.i.length === 0
        ? tf.scalar(0)
        : orthogonalityPenalty(correlated[objective.penalise].vectors(f, params), objective),
  };
}

/** Eq. 7: reconstruction + λ₁ ‖f‖₁ + τ Σ_{T_k} c_ij. */
export const totalLoss = (terms: LossTerms<tf.Scalar>, { lambda1, tau }: Objective): tf.Scalar =>
  tf.addN([
    terms.reconstruction,
    tf.mul(terms.sparsityPenalty, lambda1),
    tf.mul(terms.orthogonalityPenalty, tau),
  ]) as tf.Scalar;

/**
 * Σ |x_i · x_j| over the pairs of columns of X [m, d_sae]. The sum is ½ Σ (XS) ∘ X with S symmetric, sign(x_i · x_j) at
 * the pairs and 0 elsewhere: one product, on every backend differentiable.
 */
function orthogonalityPenalty(X: tf.Tensor2D, { pairs, penalty }: Objective): tf.Scalar {
  const weight = penalty === "mean" ? 0.5 / pairs.i.length : 0.5;
  return tf.mul(tf.sum(tf.mul(matMul(X, signMatrix(X, pairs)), X)), weight);
}

/** S [d_sae, d_sae]: the signs of the pairs' inner products, zero elsewhere; a constant of the gradient. */
export function signMatrix(X: tf.Tensor2D, { i, j }: Pairs): tf.Tensor2D {
  const [m, d_sae] = X.shape;
  const x = X.dataSync();
  const S = new Float32Array(d_sae * d_sae);
  for (let p = 0; p < i.length; p++) {
    let inner = 0;
    for (let row = 0; row < m; row++) inner += x[row * d_sae + i[p]] * x[row * d_sae + j[p]];
    S[i[p] * d_sae + j[p]] = S[j[p] * d_sae + i[p]] = Math.sign(inner);
  }
  return tf.tensor2d(S, [d_sae, d_sae]);
}
