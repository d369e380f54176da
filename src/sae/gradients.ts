import * as tf from "@tensorflow/tfjs";
import { matMul } from "../backend/ops.js";
import { productsWith, timesVector } from "../backend/products.js";
import { auxiliaryTerm, deadFeatures, spread } from "./auxiliary.js";
import { correlated, gram } from "./correlations/correlation.js";
import { directionPenalty } from "./directions.js";
import { decode, encode } from "./forward.js";
import { applyInhibition, type Inhibition } from "./inhibition.js";
import type { Edge, Kept } from "./keep.js";
import {
  fitTerms,
  type LossTerms,
  type Objective,
  orthogonality,
  pairWeight,
  penalises,
  type ReconstructionLoss,
  totalLoss,
} from "./loss.js";
import { isTrained, namesIn, type Params, type PerWeight, perWeight, type Trained } from "./params.js";
import { reconstructions } from "./prefixes.js";

/** How a batch's features came about; winners, losers, what is kept and who is alive are constants of the gradient. */
export interface Forward extends Kept {
  /** Activations before the competition [batch, d_sae], ≥ 0. */
  r: tf.Tensor2D;
  inhibition: Inhibition;
  /** 1, or 0 where a feature is switched off [d_sae]. */
  alive: tf.Tensor1D;
  /** Share of f above zero, where it is known: products with few such skip the rest. */
  activeFraction?: number;
}

/** The loss of one batch and its gradient. */
export interface LossAndGradients<Gradients = PerWeight<tf.Tensor>> {
  /** Eq. 7, or another method's loss, and its terms before their weights. */
  loss: number;
  terms: LossTerms<number>;
  /** ∂L/∂W per weight, tracked by the caller's scope. */
  gradients: Gradients;
}

/** Gradients of the weights that are trained; of the others there need be none. */
export type TrainedGradients = Partial<PerWeight<tf.Tensor>>;

/**
 * The loss of one batch h [batch, d_in] and its gradient, by hand; equal to `automaticLossAndGradients`, in half the time. Matrices that
 * are not `trained` get no gradient.
 */
export function lossAndGradients(
  params: Params,
  h: tf.Tensor2D,
  forward: Forward,
  objective: Objective,
): LossAndGradients;
export function lossAndGradients(
  params: Params,
  h: tf.Tensor2D,
  forward: Forward,
  objective: Objective,
  trained: Trained,
): LossAndGradients<TrainedGradients>;
export function lossAndGradients(
  params: Params,
  h: tf.Tensor2D,
  forward: Forward,
  objective: Objective,
  trained: Trained = "all",
): LossAndGradients<TrainedGradients> {
  const { f, r, inhibition, edge, activeFraction } = forward;
  const { W_enc, W_dec, b_dec, theta } = params;
  const [batch] = h.shape;
  const products = productsWith(activeFraction);
  const { errors, gradients: back } = reconstructions(params, f, h, objective.prefixes, products);
  const byErrors = errors.map((error) => reconstructionGradients[objective.reconstruction](error, errors.length));
  const pairs = penaltyAndGradient(f, params, objective);
  const auxiliary = auxiliaryTerm(params, r, errors[errors.length - 1], objective.auxiliary);
  const directions = directionPenalty(W_dec, objective.directions);
  const [reconstruction, sparsityPenalty] = tf.stack(fitTerms(errors, f, objective)).dataSync();
  const l0 = objective.l0 && excess(f, objective.l0.k);
  const terms = {
    reconstruction,
    sparsityPenalty,
    orthogonalityPenalty: pairs?.value ?? 0,
    auxiliaryLoss: auxiliary?.value ?? 0,
    l0Penalty: (l0 ?? 0) ** 2,
    directionPenalty: directions?.value ?? 0,
  };

  // Where f > 0 so were ReLU's argument and what the competition left of it: ∂f/∂z is the gain there, 0 elsewhere.
  const by = back(byErrors);
  const byF = {
    plus: objective.lambda1 / batch,
    also: pairs?.of === "f" ? (pairs.gradient as tf.Tensor2D) : undefined,
  };
  const dz = sumOf<tf.Tensor2D>([by.byFeatures(f, { ...byF, gain: inhibition.gain }), auxiliary?.dz]);
  const db_enc = tf.sum(dz, 0) as tf.Tensor1D;
  const gradients: TrainedGradients = {
    ...(isTrained("W_enc", trained) && { W_enc: products.transposedTimesSparse(tf.sub(h, b_dec), dz) }),
    ...(isTrained("W_dec", trained) && { W_dec: sumOf([by.W_dec(), auxiliary?.W_dec, directions?.W_dec]) }),
    b_enc: db_enc,
    b_dec: tf.sub(by.b_dec, timesVector(W_enc, db_enc)),
    ...(theta && { theta: tf.zerosLike(theta) }),
  };
  if (theta && edge)
    gradients.theta = thetaGradient(theta, edge, by.byFeatures(edge.near, byF), slopeOfL0(l0, objective, batch));
  if (pairs && pairs.of !== "f" && isTrained(pairs.of, trained))
    gradients[pairs.of] = tf.add(gradients[pairs.of]!, pairs.gradient);
  return { loss: totalLoss(terms, objective), terms, gradients };
}

/** Those that there are, added. */
const sumOf = <T extends tf.Tensor>(tensors: (T | undefined)[]): T =>
  tensors.filter((one) => one !== undefined).reduce((sum, one) => tf.add(sum, one));

/** L0/k − 1, L0 the mean number of active features a token. */
const excess = (f: tf.Tensor2D, k: number): number =>
  tf.sum(tf.cast(tf.greater(f, 0), "float32")).dataSync()[0] / (f.shape[0] * k) - 1;

/** ∂L/∂[f > 0] of s (L0/k − 1)², alike for every activation; 0 where no L0 is asked for. */
const slopeOfL0 = (excess: number | undefined, { l0 }: Objective, batch: number): number =>
  l0 && excess !== undefined ? (2 * l0.weight * excess) / (l0.k * batch) : 0;

/**
 * ∂L/∂θ by straight-through estimates: where z is near θ, f falls by θ/ε and the count of active features by 1/ε as θ rises (arXiv
 * 2407.14435, Eq. 11 and 12). `byF`: ∂L/∂f there, else 0 [batch, d_sae].
 */
function thetaGradient(theta: tf.Tensor1D, { near, bandwidth }: Edge, byF: tf.Tensor2D, slope: number): tf.Tensor1D {
  const throughF = tf.mul(tf.sum(byF, 0), theta);
  const throughL0 = tf.mul(tf.sum(near, 0), slope);
  return tf.div(tf.add(throughF, throughL0), -bandwidth);
}

/** ∂/∂ĥ of the reconstruction term, from ĥ − h [batch, d_in], by Reading R16; the term is the mean of so many. */
const reconstructionGradients: Record<ReconstructionLoss, (error: tf.Tensor2D, of: number) => tf.Tensor2D> = {
  squared: (error, of) => tf.mul(error, 2 / (error.shape[0] * of)),
  norm: (error, of) => tf.divNoNan(error, tf.mul(tf.norm(error, 2, 1, true), error.shape[0] * of)), // an exact ĥ pulls nowhere
  meanSquared: (error, of) => tf.mul(error, 2 / (error.size * of)),
};

/** The orthogonality penalty and τ times its derivative by what the c_ij are made of; undefined where nothing is penalised. */
function penaltyAndGradient(f: tf.Tensor2D, params: Params, objective: Objective) {
  if (!penalises(objective)) return undefined;
  const { of, vectors } = correlated[objective.penalise];
  const { X, gradient } = vectors(f, params);
  const { value, pull } = orthogonality(X, objective.pairs);
  const weight = pairWeight(objective);
  return { value: weight * value, of, gradient: gradient(tf.mul(pull, objective.tau * weight)) };
}

/** The loss and its gradient by automatic differentiation: the definition that the one by hand is held to. */
export function automaticLossAndGradients(
  params: Params,
  h: tf.Tensor2D,
  forward: Forward,
  objective: Objective,
): LossAndGradients {
  const names = namesIn(params);
  let terms: tf.Scalar[] = [];
  const loss = (...weights: tf.Tensor[]): tf.Scalar => {
    const p = Object.fromEntries(names.map((name, i) => [name, weights[i]])) as unknown as Params;
    terms = differentiableTerms(p, h, forward, objective);
    for (const term of terms) tf.keep(term);
    const { lambda1, tau, auxiliary, l0, directions } = objective;
    const weightOf = [1, lambda1, tau, auxiliary?.weight ?? 0, l0?.weight ?? 0, directions?.gamma ?? 0];
    return tf.addN(terms.map((term, i) => tf.mul(term, weightOf[i]))) as tf.Scalar;
  };
  const { grads } = tf.valueAndGrads(loss)(names.map((name) => params[name]!));
  const [reconstruction, sparsityPenalty, orthogonalityPenalty, auxiliaryLoss, l0Penalty, directionPenalty] = tf
    .stack(terms)
    .dataSync();
  tf.dispose(terms);
  const values = {
    ...{ reconstruction, sparsityPenalty, orthogonalityPenalty },
    ...{ auxiliaryLoss, l0Penalty, directionPenalty },
  };
  const gradients = perWeight((name) => grads[names.indexOf(name)], params);
  return { loss: totalLoss(values, objective), terms: values, gradients };
}

/** The terms of the loss, in the order of `LossTerms`. */
function differentiableTerms(p: Params, h: tf.Tensor2D, forward: Forward, objective: Objective): tf.Scalar[] {
  const r = tf.mul(encode(p, h), forward.alive) as tf.Tensor2D;
  const isKept = tf.cast(tf.greater(forward.f, 0), "float32") as tf.Tensor2D;
  const active = p.theta && forward.edge ? countedAbove(p.theta, isKept, forward.edge) : isKept;
  const withoutTheta = tf.mul(applyInhibition(r, forward.inhibition), isKept) as tf.Tensor2D;
  // As θ rises f falls by the θ it had, a constant: the value is f either way.
  const fixed = p.theta ? tf.tensor1d(p.theta.dataSync()) : 0;
  const f = tf.add(withoutTheta, tf.mul(tf.sub(active, isKept), fixed)) as tf.Tensor2D;
  const { errors } = reconstructions(p, f, h, objective.prefixes, productsWith());
  const l0 = objective.l0 && tf.sub(tf.div(tf.sum(active), h.shape[0] * objective.l0.k), 1);
  return [
    ...fitTerms(errors, f, objective),
    differentiablePenalty(correlated[objective.penalise].vectors(f, p).X, objective),
    differentiableAuxiliary(p, r, h, forward, objective),
    l0 ? (tf.square(l0) as tf.Scalar) : tf.scalar(0),
    differentiableDirections(p.W_dec, objective),
  ];
}

/** Which activations are above θ; by θ each one that is near to it falls by 1/ε, by z none. */
const countedAbove = (theta: tf.Tensor1D, isKept: tf.Tensor2D, { near, bandwidth }: Edge): tf.Tensor2D =>
  tf.customGrad((_theta) => ({
    value: tf.clone(isKept),
    gradFunc: (dy: tf.Tensor) => tf.div(tf.sum(tf.mul(dy, near), 0), -bandwidth),
  }))(theta) as tf.Tensor2D;

/** The auxiliary loss by tensors: which activations of dead features are kept, and what is left over, are constants. */
function differentiableAuxiliary(
  p: Params,
  r: tf.Tensor2D,
  h: tf.Tensor2D,
  { f }: Forward,
  { auxiliary }: Objective,
): tf.Scalar {
  const kept = auxiliary && deadFeatures(r, auxiliary);
  if (!kept) return tf.scalar(0);
  const weights = { W_dec: tf.tensor(p.W_dec.dataSync(), p.W_dec.shape), b_dec: tf.tensor(p.b_dec.dataSync()) };
  const left = tf.sub(h, decode({ ...p, ...weights } as Params, f)) as tf.Tensor2D;
  const scale = spread(left);
  if (scale === 0) return tf.scalar(0);
  const by = matMul(tf.mul(r, tf.cast(tf.greater(kept, 0), "float32")), p.W_dec);
  return tf.div(tf.sum(tf.squaredDifference(left, by)), scale);
}

/** The penalty on directions by tensors: which row is the most similar is a constant. */
function differentiableDirections(W_dec: tf.Tensor2D, { directions }: Objective): tf.Scalar {
  if (!directions) return tf.scalar(0);
  const perChunk = directions.chunks.map((chunk) => {
    const rows = tf.gather(W_dec, tf.tensor1d(chunk, "int32"));
    const units = tf.div(rows, tf.maximum(tf.norm(rows, 2, 1, true), 1e-8)) as tf.Tensor2D;
    const itself = tf.mul(tf.eye(chunk.length), 4); // no cosine is above another one less 4
    const largest = tf.max(tf.sub(matMul(units, units, { b: true }), itself), 1);
    return (chunk.length < 2 ? tf.scalar(0) : tf.mean(tf.square(largest))) as tf.Scalar;
  });
  return tf.mean(tf.stack(perChunk)) as tf.Scalar;
}

/**
 * The orthogonality penalty by tensors: ½ Σ (XS) ∘ X with S symmetric, sign(x_i · x_j) at the pairs and 0 elsewhere, so
 * that one product is differentiable on every backend. S is a constant of the gradient.
 */
function differentiablePenalty(X: tf.Tensor2D, objective: Objective): tf.Scalar {
  if (!penalises(objective)) return tf.scalar(0);
  const { i, j, weightOfAll } = objective.pairs;
  const d_sae = X.shape[1];
  const products = gram(X);
  const S = new Float32Array(d_sae * d_sae);
  for (let p = 0; p < i.length; p++)
    S[i[p] * d_sae + j[p]] = S[j[p] * d_sae + i[p]] = Math.sign(products[i[p] * d_sae + j[p]]);
  if (weightOfAll !== undefined)
    for (let at = 0; at < S.length; at++) S[at] = at % (d_sae + 1) === 0 ? 0 : Math.sign(products[at]);
  const XS = matMul(X, tf.tensor2d(S, [d_sae, d_sae]));
  return tf.mul(tf.sum(tf.mul(XS, X)), pairWeight(objective) / 2);
}
