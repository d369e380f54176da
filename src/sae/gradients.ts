import * as tf from "@tensorflow/tfjs";
import { matMul } from "../backend/ops.js";
import { correlated } from "./correlation.js";
import { decode, encode } from "./forward.js";
import { applyInhibition, type Inhibition } from "./inhibition.js";
import { type LossTerms, lossTerms, type Objective, type ReconstructionLoss, signMatrix, totalLoss } from "./loss.js";
import { type Params, perWeight, type WeightName, weightNames } from "./params.js";

/** How a batch's features came about; winners, losers and who is alive are constants of the gradient. */
export interface Forward {
  /** Features after the competition [batch, d_sae]. */
  f: tf.Tensor2D;
  inhibition: Inhibition;
  /** 1, or 0 where a feature is switched off [d_sae]. */
  alive: tf.Tensor1D;
}

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
  const { f, inhibition } = forward;
  const { W_enc, W_dec, b_dec } = params;
  const [batch] = h.shape;
  const hHat = decode(params, f);
  const terms = lossTerms(h, hHat, f, params, objective);
  const dhHat = reconstructionGradients[objective.reconstruction](tf.sub(hHat, h));
  const penalty = penaltyGradient(f, params, objective);

  let df = tf.add(matMul(dhHat, W_dec, { b: true }), objective.lambda1 / batch);
  if (penalty?.of === "f") df = tf.add(df, penalty.gradient);
  // Where f > 0 so were ReLU's argument and what the competition left of it: ∂f/∂z is the gain there, 0 elsewhere.
  const fires = tf.cast(tf.greater(f, 0), "float32");
  const dz = tf.mul(df, inhibition.gain ? tf.mul(fires, inhibition.gain) : fires) as tf.Tensor2D;
  const db_enc = tf.sum(dz, 0) as tf.Tensor1D;
  const gradients: Record<WeightName, tf.Tensor> = {
    W_enc: matMul(tf.sub(h, b_dec), dz, { a: true }),
    b_enc: db_enc,
    W_dec: matMul(f, dhHat, { a: true }),
    b_dec: tf.sub(tf.sum(dhHat, 0), tf.squeeze(matMul(W_enc, tf.expandDims(db_enc, 1)), [1])),
  };
  if (penalty && penalty.of !== "f") gradients[penalty.of] = tf.add(gradients[penalty.of], penalty.gradient);
  return { ...read(terms, objective), gradients };
}

/** ∂/∂ĥ of the reconstruction term, from ĥ − h [batch, d_in], by Reading R16. */
const reconstructionGradients: Record<ReconstructionLoss, (error: tf.Tensor2D) => tf.Tensor2D> = {
  squared: (error) => tf.mul(error, 2 / error.shape[0]),
  norm: (error) => tf.divNoNan(error, tf.mul(tf.norm(error, 2, 1, true), error.shape[0])), // an exact ĥ pulls nowhere
  meanSquared: (error) => tf.mul(error, 2 / error.size),
};

/** τ ∂/∂· of the orthogonality penalty: by the derivative XS of ½ Σ (XS) ∘ X, back to what X is made of. */
function penaltyGradient(f: tf.Tensor2D, params: Params, { pairs, penalise, penalty, tau }: Objective) {
  const count = pairs.i.length;
  if (count === 0) return undefined;
  const { of, vectors, gradient } = correlated[penalise];
  const X = vectors(f, params);
  const weight = penalty === "mean" ? tau / count : tau;
  return { of, gradient: gradient(tf.mul(matMul(X, signMatrix(X, pairs)), weight), f, params) };
}

/** Eq. 7 and its gradient by automatic differentiation: the definition that the one by hand is held to. */
export function automaticLossAndGradients(
  params: Params,
  h: tf.Tensor2D,
  { inhibition, alive }: Omit<Forward, "f">,
  objective: Objective,
): LossAndGradients {
  let terms: LossTerms<tf.Scalar> | undefined;
  const loss = (...weights: tf.Tensor[]): tf.Scalar => {
    const p = Object.fromEntries(weightNames.map((name, i) => [name, weights[i]])) as unknown as Params;
    const raw = tf.mul(encode(p, h), alive) as tf.Tensor2D;
    const f = applyInhibition(raw, inhibition);
    terms = lossTerms(h, decode(p, f), f, p, objective);
    for (const term of Object.values(terms)) tf.keep(term);
    return totalLoss(terms, objective);
  };
  const { grads } = tf.valueAndGrads(loss)(weightNames.map((name) => params[name]));
  const values = read(terms!, objective);
  tf.dispose(Object.values(terms!));
  return { ...values, gradients: perWeight((name) => grads[weightNames.indexOf(name)]) };
}

const read = (terms: LossTerms<tf.Scalar>, objective: Objective): Pick<LossAndGradients, "loss" | "terms"> => {
  const total = totalLoss(terms, objective);
  const [loss, reconstruction, sparsityPenalty, orthogonalityPenalty] = tf
    .stack([total, terms.reconstruction, terms.sparsityPenalty, terms.orthogonalityPenalty])
    .dataSync();
  return { loss, terms: { reconstruction, sparsityPenalty, orthogonalityPenalty } };
};
