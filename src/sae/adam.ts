import * as tf from "@tensorflow/tfjs";
import { isNative } from "../backend/native.js";
import { type AdamUpdate, fusedAdam, type MutableTensor } from "../backend/variables.js";
import { belowOne, checked, count, notNegative, positive } from "../base/checks.js";

/** Adam's constants; the paper names none but the rate, its run folder 0.9, 0.999 and 1e-8. */
export interface AdamOptions {
  /** Momentum of the first and of the second moment, in [0, 1). */
  beta1: number;
  beta2: number;
  /** Above 0. */
  epsilon: number;
}

/** What Adam's constants may be. */
export const adamRanges = { beta1: belowOne, beta2: belowOne, epsilon: positive };

/** The constants of step t. The fused kernels take ε̂ = ε√(1 − β₂ᵗ), which makes them Algorithm 1, not the variant below it. */
export const adamUpdate = ({ beta1, beta2, epsilon }: AdamOptions, learningRate: number, t: number): AdamUpdate => {
  const [beta1Power, beta2Power] = [beta1 ** t, beta2 ** t];
  return { learningRate, beta1, beta2, epsilon: epsilon * Math.sqrt(1 - beta2Power), beta1Power, beta2Power };
};

/**
 * One Adam update (Kingma & Ba, Algorithm 1) of a weight with its first and second moments, in place; the gradient has the shape
 * of the weight, `t` counts from 1. Throws a usage error for constants outside their range.
 */
export function adam(
  [weight, m, v]: MutableTensor[],
  gradient: tf.Tensor,
  options: AdamOptions,
  learningRate: number,
  t: number,
): void {
  checked("adam", { ...options, learningRate, t }, { ...adamRanges, learningRate: notNegative, t: count });
  if (isNative()) {
    fusedAdam([weight, m, v], gradient, adamUpdate(options, learningRate, t));
    return;
  }
  const { beta1, beta2, epsilon } = options;
  tf.tidy(() => {
    m.assign(tf.add(tf.mul(m.read(), beta1), tf.mul(gradient, 1 - beta1)));
    v.assign(tf.add(tf.mul(v.read(), beta2), tf.mul(tf.square(gradient), 1 - beta2)));
    const mHat = tf.div(m.read(), 1 - beta1 ** t);
    const vHat = tf.div(v.read(), 1 - beta2 ** t);
    weight.assign(tf.sub(weight.read(), tf.mul(tf.div(mHat, tf.add(tf.sqrt(vHat), epsilon)), learningRate)));
  });
}
