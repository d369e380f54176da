import * as tf from "@tensorflow/tfjs";
import type { AdamOptions } from "./adam.js";
import { operations } from "./operations.js";
import { type WeightName, weightNames } from "./params.js";
import type { TrainState } from "./state.js";

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
  const squares = weightNames.map((name) =>
    operations().adam([params[name], m[name], v[name]], gradients[name], options, learningRate, t, name === "W_dec"),
  );
  return Math.sqrt(tf.addN(squares).dataSync()[0]);
}
