import * as tf from "@tensorflow/tfjs";
import { adamKernel } from "../backend/kernel-ops.js";
import { hasKernels } from "../backend/kernels.js";
import { type AdamUpdate, fusedAdam, isNative, type MutableTensor, sumOfSquares } from "../backend/ops.js";
import { unitRows, type WeightName, weightNames, withoutRadialPart } from "./params.js";
import type { TrainState } from "./state.js";

/** Adam's constants; the paper names none but the rate, its run folder 0.9, 0.999 and 1e-8. */
export interface AdamOptions {
  beta1: number;
  beta2: number;
  epsilon: number;
}

/**
 * One Adam update of all weights, `t` counting from 1; of W_dec, whose rows are unit vectors, without the gradient's part
 * along each row, and to unit length again (§5.2). Returns the L2 norm over all weights' gradients as they were given.
 * What was read from the weights must be disposed, or TensorFlow copies these instead of updating them in place.
 */
export function adamStep(
  { params, adam: { m, v } }: Pick<TrainState, "params" | "adam">,
  gradients: Record<WeightName, tf.Tensor>,
  options: AdamOptions,
  learningRate: number,
  t: number,
): number {
  const squares = weightNames.map((name) => {
    const variables = [params[name], m[name], v[name]];
    const update = adamUpdate(options, learningRate, t);
    if (hasKernels()) return adamKernel(variables, gradients[name], { ...update, unitRows: name === "W_dec" });
    const square = sumOfSquares(gradients[name]);
    if (name !== "W_dec") adam(variables, gradients[name], options, learningRate, t);
    else {
      const turning = tf.tidy(() =>
        withoutRadialPart(gradients.W_dec as tf.Tensor2D, params.W_dec.read() as tf.Tensor2D),
      );
      adam(variables, turning, options, learningRate, t);
      tf.tidy(() => params.W_dec.assign(unitRows(params.W_dec.read() as tf.Tensor2D)));
    }
    return square;
  });
  return Math.sqrt(tf.addN(squares).dataSync()[0]);
}

/** The constants of step t. The fused kernels take ε̂ = ε√(1 − β₂ᵗ), which makes them Algorithm 1, not the variant below it. */
const adamUpdate = ({ beta1, beta2, epsilon }: AdamOptions, learningRate: number, t: number): AdamUpdate => {
  const [beta1Power, beta2Power] = [beta1 ** t, beta2 ** t];
  return { learningRate, beta1, beta2, epsilon: epsilon * Math.sqrt(1 - beta2Power), beta1Power, beta2Power };
};

/** One Adam update (Kingma & Ba, Algorithm 1) of a weight with its first and second moments; `t` counts from 1. */
export function adam(
  [weight, m, v]: MutableTensor[],
  gradient: tf.Tensor,
  options: AdamOptions,
  learningRate: number,
  t: number,
): void {
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
