import * as tf from "@tensorflow/tfjs";
import { matMul } from "../backend/ops.js";
import { productsWith, timesVector } from "../backend/products.js";
import { correlated, gram } from "./correlations/correlation.js";
import { decode, encode } from "./forward.js";
import { applyInhibition, type Inhibition } from "./inhibition.js";
import {
  fitTerms,
  type LossTerms,
  type Objective,
  orthogonality,
  pairWeight,
  type ReconstructionLoss,
  totalLoss,
} from "./loss.js";
import { type Params, perWeight, type WeightName, weightNames } from "./params.js";

/** How a batch's features came about; winners, losers and who is alive are constants of the gradient. */
export interface Forward {
  /** Features after the competition [batch, d_sae]. */
  f: tf.Tensor2D;
  inhibition: Inhibition;
  /** 1, or 0 where a feature is switched off [d_sae]. */
  alive: tf.Tensor1D;
  /** Share of f above zero, where it is known: products with few such skip the rest. */
  activeFraction?: number;
}

/** The loss of one batch and its gradient. */
export interface LossAndGradients {
  /** Eq. 7 and its terms before their weights. */
  loss: number;
  terms: LossTerms<number>;
  /** ∂L/∂W per weight, tracked by the caller's scope. */
  gradients: Record<WeightName, tf.Tensor>;
}

/** Eq. 7 on one batch h [batch, d_in] and its gradient, by hand; equal to `automaticLossAndGradients`, in half the time. */
export function lossAndGradients(
  params: Params,
  h: tf.Tensor2D,
  forward: Forward,
  objective: Objective,
): LossAndGradients {
  const { f, inhibition, activeFraction } = forward;
  const { W_enc, W_dec, b_dec } = params;
  const [batch] = h.shape;
  const products = productsWith(activeFraction);
  const error = tf.sub(decode(params, f, activeFraction), h) as tf.Tensor2D;
  const dhHat = reconstructionGradients[objective.reconstruction](error);
  const penalty = penaltyAndGradient(f, params, objective);
  const [reconstruction, sparsityPenalty] = tf.stack(fitTerms(error, f, objective)).dataSync();
  const terms = { reconstruction, sparsityPenalty, orthogonalityPenalty: penalty?.value ?? 0 };

  // Where f > 0 so were ReLU's argument and what the competition left of it: ∂f/∂z is the gain there, 0 elsewhere.
  const dz = products.timesTransposedWhere(dhHat, W_dec, f, {
    plus: objective.lambda1 / batch,
    also: penalty?.of === "f" ? (penalty.gradient as tf.Tensor2D) : undefined,
    gain: inhibition.gain,
  });
  const db_enc = tf.sum(dz, 0) as tf.Tensor1D;
  const gradients: Record<WeightName, tf.Tensor> = {
    W_enc: products.transposedTimesSparse(tf.sub(h, b_dec), dz),
    b_enc: db_enc,
    W_dec: products.sparseTransposedTimes(f, dhHat),
    b_dec: tf.sub(tf.sum(dhHat, 0), timesVector(W_enc, db_enc)),
  };
  if (penalty && penalty.of !== "f") gradients[penalty.of] = tf.add(gradients[penalty.of], penalty.gradient);
  return { loss: totalLoss(terms, objective), terms, gradients };
}

/** ∂/∂ĥ of the reconstruction term, from ĥ − h [batch, d_in], by Reading R16. */
const reconstructionGradients: Record<ReconstructionLoss, (error: tf.Tensor2D) => tf.Tensor2D> = {
  squared: (error) => tf.mul(error, 2 / error.shape[0]),
  norm: (error) => tf.divNoNan(error, tf.mul(tf.norm(error, 2, 1, true), error.shape[0])), // an exact ĥ pulls nowhere
  meanSquared: (error) => tf.mul(error, 2 / error.size),
};

/** The orthogonality penalty and τ times its derivative by what the c_ij are made of; undefined where T_k is empty. */
function penaltyAndGradient(f: tf.Tensor2D, params: Params, objective: Objective) {
  if (objective.pairs.i.length === 0) return undefined;
  const { of, vectors } = correlated[objective.penalise];
  const { X, gradient } = vectors(f, params);
  const { value, pull } = orthogonality(X, objective.pairs);
  const weight = pairWeight(objective);
  return { value: weight * value, of, gradient: gradient(tf.mul(pull, objective.tau * weight)) };
}

/** Eq. 7 and its gradient by automatic differentiation: the definition that the one by hand is held to. */
export function automaticLossAndGradients(
  params: Params,
  h: tf.Tensor2D,
  { inhibition, alive }: Omit<Forward, "f">,
  objective: Objective,
): LossAndGradients {
  let terms: tf.Scalar[] = [];
  const loss = (...weights: tf.Tensor[]): tf.Scalar => {
    const p = Object.fromEntries(weightNames.map((name, i) => [name, weights[i]])) as unknown as Params;
    const f = applyInhibition(tf.mul(encode(p, h), alive) as tf.Tensor2D, inhibition);
    const penalty = differentiablePenalty(correlated[objective.penalise].vectors(f, p).X, objective);
    terms = [...fitTerms(tf.sub(decode(p, f), h) as tf.Tensor2D, f, objective), penalty];
    for (const term of terms) tf.keep(term);
    const weighted = [terms[0], tf.mul(terms[1], objective.lambda1), tf.mul(terms[2], objective.tau)];
    return tf.addN(weighted) as tf.Scalar;
  };
  const { grads } = tf.valueAndGrads(loss)(weightNames.map((name) => params[name]));
  const [reconstruction, sparsityPenalty, orthogonalityPenalty] = tf.stack(terms).dataSync();
  tf.dispose(terms);
  const values = { reconstruction, sparsityPenalty, orthogonalityPenalty };
  const gradients = perWeight((name) => grads[weightNames.indexOf(name)]);
  return { loss: totalLoss(values, objective), terms: values, gradients };
}

/**
 * The orthogonality penalty by tensors: ½ Σ (XS) ∘ X with S symmetric, sign(x_i · x_j) at the pairs and 0 elsewhere, so
 * that one product is differentiable on every backend. S is a constant of the gradient.
 */
function differentiablePenalty(X: tf.Tensor2D, objective: Objective): tf.Scalar {
  const { i, j } = objective.pairs;
  if (i.length === 0) return tf.scalar(0);
  const d_sae = X.shape[1];
  const products = gram(X);
  const S = new Float32Array(d_sae * d_sae);
  for (let p = 0; p < i.length; p++)
    S[i[p] * d_sae + j[p]] = S[j[p] * d_sae + i[p]] = Math.sign(products[i[p] * d_sae + j[p]]);
  const XS = matMul(X, tf.tensor2d(S, [d_sae, d_sae]));
  return tf.mul(tf.sum(tf.mul(XS, X)), pairWeight(objective) / 2);
}
