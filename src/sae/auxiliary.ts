import * as tf from "@tensorflow/tfjs";
import { productsWith } from "../backend/products.js";
import type { Auxiliary } from "./loss.js";
import { operations } from "./operations.js";
import type { Params } from "./params.js";

/** What dead features reconstruct of what is left over. */
export interface AuxiliaryTerm {
  /** Σ‖e − ê‖² / Σ‖e − ē‖² over the batch, e what is left over, ē its mean; a constant below. */
  value: number;
  /** weight · ∂value/∂z [batch, d_sae] and ∂/∂W_dec. */
  dz: tf.Tensor2D;
  W_dec: tf.Tensor2D;
}

/**
 * From each token's activations before the competition r [batch, d_sae] the largest of dead features give ê = f_aux W_dec; `error` is
 * ĥ − h [batch, d_in], a constant. Undefined where nothing is dead, or nothing is left over.
 */
export function auxiliaryTerm(
  { W_dec, b_dec }: Params,
  r: tf.Tensor2D,
  error: tf.Tensor2D,
  auxiliary: Auxiliary | undefined,
): AuxiliaryTerm | undefined {
  const f = auxiliary && deadFeatures(r, auxiliary);
  if (!f) return undefined;
  const scale = spread(error);
  if (scale === 0) return undefined;
  const products = productsWith(shareAboveZero(f));
  const left = tf.add(products.times(f, W_dec, tf.zerosLike(b_dec)), error) as tf.Tensor2D; // ê − e
  const pull = tf.mul(left, (2 * auxiliary.weight) / scale) as tf.Tensor2D;
  return {
    value: tf.sum(tf.square(left)).dataSync()[0] / scale,
    dz: products.timesTransposedWhere(pull, W_dec, f, { plus: 0 }),
    W_dec: products.sparseTransposedTimes(f, pull),
  };
}

/** f_aux: of each token's activations the largest of dead features, the rest 0; undefined where nothing is dead. */
export function deadFeatures(r: tf.Tensor2D, { dead, count, most }: Auxiliary): tf.Tensor2D | undefined {
  if (count === 0) return undefined;
  return operations().keepLargest(tf.mul(r, tf.tensor1d(dead)), Math.min(most, count), 1).f;
}

/** Σ‖e − ē‖² over the batch. */
export const spread = (error: tf.Tensor2D): number =>
  tf.sum(tf.squaredDifference(error, tf.mean(error, 0, true))).dataSync()[0];

const shareAboveZero = (f: tf.Tensor2D): number => tf.mean(tf.cast(tf.greater(f, 0), "float32")).dataSync()[0];
