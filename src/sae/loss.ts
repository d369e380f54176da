import * as tf from "@tensorflow/tfjs";
import { matMul } from "../backend/ops.js";
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

/** Dead features, which reconstruct what is left over: the `most` largest of them on each token. */
export interface Auxiliary {
  /** 1 where a feature is dead, else 0 [d_sae]. */
  dead: Float32Array;
  /** How many are. */
  count: number;
  most: number;
  weight: number;
}

/** weight · (L0/k − 1)², L0 the mean number of active features a token; its gradient is by θ alone. */
export interface L0Target {
  k: number;
  weight: number;
}

/** γ times the mean over chunks of the mean over their features of the largest cosine with another one, squared. */
export interface Directions {
  gamma: number;
  /** Features by chunk, ascending. */
  chunks: readonly Int32Array[];
  /** Where the state's stream for chunks stands afterwards. */
  shuffle?: number[];
}

/** Which terms the loss has and what it is told: constants of the gradient. */
export interface Objective {
  reconstruction: ReconstructionLoss;
  penalise: CorrelationVectors;
  /** Reading R4: the sum over T_k (Eq. 7) or its mean. */
  penalty: "sum" | "mean";
  pairs: Pairs;
  /** λ₁ and τ. */
  lambda1: number;
  tau: number;
  /** How many of the first features reconstruct by themselves, ascending, d_sae last. */
  prefixes: readonly number[];
  auxiliary?: Auxiliary;
  l0?: L0Target;
  directions?: Directions;
}

/** The terms of the loss before their weights, the first two means over the batch. */
export interface LossTerms<T> {
  reconstruction: T;
  /** ‖f‖₁ */
  sparsityPenalty: T;
  /** Σ c_ij over T_k, or its mean. */
  orthogonalityPenalty: T;
  /** What dead features leave over of what was left over: Σ‖e − ê‖² / Σ‖e − ē‖². */
  auxiliaryLoss: T;
  /** (L0/k − 1)² */
  l0Penalty: T;
  /** Largest cosines, squared: the mean over chunks of the mean over their features. */
  directionPenalty: T;
}

/** The reconstruction and ‖f‖₁, from each prefix's ĥ − h [batch, d_in] and the features f [batch, d_sae]. */
export const fitTerms = (
  errors: readonly tf.Tensor2D[],
  f: tf.Tensor2D,
  { reconstruction }: Objective,
): [tf.Scalar, tf.Scalar] => {
  const losses = errors.map((error) => reconstructionLosses[reconstruction](error));
  return [
    losses.length === 1 ? losses[0] : tf.div(tf.addN(losses), losses.length),
    tf.div(tf.sum(f), f.shape[0]), // f ≥ 0
  ];
};

/** Eq. 7, reconstruction + λ₁ ‖f‖₁ + τ Σ_{T_k} c_ij, and the terms of other methods. */
export const totalLoss = (terms: LossTerms<number>, { lambda1, tau, ...others }: Objective): number =>
  terms.reconstruction +
  lambda1 * terms.sparsityPenalty +
  tau * terms.orthogonalityPenalty +
  (others.auxiliary?.weight ?? 0) * terms.auxiliaryLoss +
  (others.l0?.weight ?? 0) * terms.l0Penalty +
  (others.directions?.gamma ?? 0) * terms.directionPenalty;

/** Whether any pair is penalised. */
export const penalises = ({ pairs }: Objective): boolean => pairs.i.length > 0 || pairs.weightOfAll !== undefined;

/** What each pair's c_ij counts for in the penalty (Reading R4). */
export const pairWeight = ({ penalty, pairs }: Objective): number =>
  pairs.weightOfAll ?? (penalty === "mean" ? 1 / pairs.i.length : 1);

/** Σ_{T_k} c_ij, or over all pairs, and its derivative by X [m, d_sae], whose columns' products |x_i · x_j| are the c_ij. */
export const orthogonality = (X: tf.Tensor2D, pairs: Pairs): { value: number; pull: tf.Tensor2D } =>
  pairs.weightOfAll === undefined ? operations().orthogonality(X, pairs) : orthogonalityOfAll(X);

/** So many columns at a time are compared with all: d_sae² products at once would not fit memory at large widths. */
const columnsAtOnce = 1024;

/** Two products of the size of the Gram matrix: 4 m d_sae² operations. */
function orthogonalityOfAll(X: tf.Tensor2D): { value: number; pull: tf.Tensor2D } {
  const [m, d_sae] = X.shape;
  const pulls: tf.Tensor2D[] = [];
  let value = 0;
  for (let from = 0; from < d_sae; from += columnsAtOnce) {
    const width = Math.min(columnsAtOnce, d_sae - from);
    pulls.push(
      tf.tidy(() => {
        const some = tf.slice(X, [0, from], [m, width]);
        const products = matMul(X, some, { a: true });
        const { signs, sum } = operations().signs(products, 0, from);
        value += sum / 2; // each pair is met twice
        return matMul(X, signs);
      }),
    );
  }
  return { value, pull: pulls.length === 1 ? pulls[0] : (tf.concat(pulls, 1) as tf.Tensor2D) };
}
