import * as tf from "@tensorflow/tfjs";
import { fusedAdam, isNative, type MutableTensor } from "../backend/ops.js";

/** Adam's constants; the paper names none but the rate, its run folder 0.9, 0.999 and 1e-8. */
export interface AdamOptions {
  beta1: number;
  beta2: number;
  epsilon: number;
}

/**
 * One Adam update (Kingma & Ba, Algorithm 1) of `weight` with first and second moments `m`, `v`; `t` counts from 1.
 * The fused kernel takes ε̂ = ε√(1 − β₂ᵗ), which makes it Algorithm 1 exactly, not the variant below it.
 */
export function adam(
  weight: MutableTensor,
  m: MutableTensor,
  v: MutableTensor,
  gradient: tf.Tensor,
  { beta1, beta2, epsilon }: AdamOptions,
  learningRate: number,
  t: number,
): void {
  const beta1Power = beta1 ** t;
  const beta2Power = beta2 ** t;
  if (isNative()) {
    const epsilonHat = epsilon * Math.sqrt(1 - beta2Power);
    fusedAdam([weight, m, v], gradient, { learningRate, beta1, beta2, epsilon: epsilonHat, beta1Power, beta2Power });
    return;
  }
  tf.tidy(() => {
    m.assign(tf.add(tf.mul(m.read(), beta1), tf.mul(gradient, 1 - beta1)));
    v.assign(tf.add(tf.mul(v.read(), beta2), tf.mul(tf.square(gradient), 1 - beta2)));
    const mHat = tf.div(m.read(), 1 - beta1Power);
    const vHat = tf.div(v.read(), 1 - beta2Power);
    weight.assign(tf.sub(weight.read(), tf.mul(tf.div(mHat, tf.add(tf.sqrt(vHat), epsilon)), learningRate)));
  });
}
