import * as tf from "@tensorflow/tfjs";
import type { AdamOptions } from "./adam.js";
import type { TrainedGradients } from "./gradients.js";
import { operations } from "./operations.js";
import { isTrained, namesIn, type Trained } from "./params.js";
import type { TrainState } from "./state.js";

/**
 * One Adam update of the weights that are trained, `t` counting from 1; of W_dec, whose rows are unit vectors, without the gradient's
 * part along each row, and to unit length again (§5.2); θ stays ≥ 0. Returns the L2 norm over their gradients as they were given.
 * What was read from the weights must be disposed, or TensorFlow copies these instead of updating them in place.
 */
export function adamStep(
  { params, adam: { m, v } }: Pick<TrainState, "params" | "adam">,
  gradients: TrainedGradients,
  trained: Trained,
  options: AdamOptions,
  learningRate: number,
  t: number,
): number {
  const squares = namesIn(params)
    .filter((name) => isTrained(name, trained))
    .map((name) => {
      const weight = [params[name]!, m[name]!, v[name]!];
      return operations().adam(weight, gradients[name]!, options, learningRate, t, name === "W_dec");
    });
  const { theta } = params;
  if (theta) tf.tidy(() => theta.assign(tf.relu(theta.read())));
  return Math.sqrt(tf.addN(squares).dataSync()[0]);
}
