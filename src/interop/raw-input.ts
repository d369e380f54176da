import { type ActivationSet, loadActivations } from "../data/activation-file.js";
import { type InputScale, scaled } from "../data/scale.js";
import type { SaeWeights } from "./sae-weights.js";

/** How a training's inputs come from the model's activations x: h = (x − mean) · scale (Reading R14). */
export interface InputScaling {
  mean: ArrayLike<number>;
  scale: number;
}

/** What Reading R14 makes of a layer's activations; loads them, as its other choices look at all of them. */
export async function inputScalingOf(file: string, inputScale: InputScale): Promise<InputScaling> {
  const set: ActivationSet = await loadActivations(file);
  if (inputScale === "unitMeanSquare") return { mean: set.mean, scale: set.scale };
  const one = scaled({ ...set, test: new Float32Array(set.d_in).fill(1) }, inputScale).test[0]; // neither of them centres
  return { mean: new Float64Array(set.d_in), scale: one };
}

/**
 * The same autoencoder for the model's own activations. f is positively homogeneous, so that all of the scaling goes into
 * the biases: with b_enc′ = b_enc / scale and b_dec′ = b_dec / scale + mean, x̂ = ĥ / scale + mean and every feature is
 * f / scale. Both matrices, and the unit rows of W_dec, stay as they are.
 */
export const onRawInput = (weights: SaeWeights, { mean, scale }: InputScaling): SaeWeights => ({
  ...weights,
  b_enc: weights.b_enc.map((b) => b / scale),
  b_dec: weights.b_dec.map((b, i) => b / scale + mean[i]),
});

/** Features that are switched off get an encoder of zero and a bias below zero: no input reaches them. */
export function withoutDisabled(weights: SaeWeights, alive: ArrayLike<number>): SaeWeights {
  const { d_sae } = weights;
  return {
    ...weights,
    W_enc: weights.W_enc.map((w, at) => (alive[at % d_sae] === 0 ? 0 : w)),
    b_enc: weights.b_enc.map((b, i) => (alive[i] === 0 ? -1 : b)),
  };
}

/** b_enc for an encoder that takes x − b_dec, from one that takes x itself: b_enc + b_dec W_enc [d_sae]. */
export function biasOfCentredEncoder({ d_in, d_sae, W_enc, b_enc, b_dec }: SaeWeights): Float32Array {
  const bias = Float64Array.from(b_enc);
  for (let i = 0; i < d_in; i++) for (let j = 0; j < d_sae; j++) bias[j] += b_dec[i] * W_enc[i * d_sae + j];
  return Float32Array.from(bias);
}
