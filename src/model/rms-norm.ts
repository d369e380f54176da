import * as tf from "@tensorflow/tfjs";

/** x / √(mean x² + ε) · w, [rows, d_in] → the same; without w where a product has taken it in. */
export const rmsNorm = (x: tf.Tensor2D, epsilon: number, w?: tf.Tensor2D): tf.Tensor2D =>
  tf.tidy(() => {
    const normed = tf.mul<tf.Tensor2D>(x, tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), epsilon)));
    return w ? tf.mul(normed, w) : normed;
  });
