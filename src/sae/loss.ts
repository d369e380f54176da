import * as tf from "@tensorflow/tfjs";
import type { CorrelationVectors } from "./correlations/correlation.js";
import type { Pairs } from "./correlations/pairs.js";
import { operations } from "./operations.js";

/** Reading R16, of ĥ − h [batch, d_in]: ‖h − ĥ‖² (Eq. 1), ‖h − ĥ‖, or the mean over d_in of the squares; each a mean over the batch. */
export type ReconstructionLoss = "squared" | "norm" | "meanSquared";

const reconstructionLosses = {
  squared: (error: tf.Tensor2D): tf.Scalar => tf.div(tf.sum(tf.square(error)), error.shape[0]),
  norm: (error: tf.Tensor2D): tf.Scalar => tf.mean(tf.sqrt(tf.sum(tf.square(error), 1))),
  meanSquared: (error: tf.Tensor2D): tf.Scalar => tf.mean(tf.square(error)),
} satisfies Record<ReconstructionLoss, (error: tf.Tensor2D) => tf.Scalar>;

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

/** The first two terms of Eq. 7, from ĥ − h [batch, d_in] and the features f [batch, d_sae]. */
export const fitTerms = (error: tf.Tensor2D, f: tf.Tensor2D, { reconstruction }: Objective): tf.Scalar[] => [
  reconstructionLosses[reconstruction](error),
  tf.div(tf.sum(f), f.shape[0]), // f ≥ 0
];

/** Eq. 7: reconstruction + λ₁ ‖f‖₁ + τ Σ_{T_k} c_ij. */
export const totalLoss = (terms: LossTerms<number>, { lambda1, tau }: Objective): number =>
  terms.reconstruction + lambda1 * terms.sparsityPenalty + tau * terms.orthogonalityPenalty;

/** What each pair's c_ij counts for in the penalty (Reading R4). */
export const pairWeight = ({ penalty, pairs }: Objective): number => (penalty === "mean" ? 1 / pairs.i.length : 1);

/** Σ_{T_k} c_ij and its derivative by X [m, d_sae], whose columns' products |x_i · x_j| are the c_ij. */
export const orthogonality = (X: tf.Tensor2D, pairs: Pairs): { value: number; pull: tf.Tensor2D } =>
  operations().orthogonality(X, pairs);
