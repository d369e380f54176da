import type { InputScaling } from "../data/activations/scale.js";
import type { SaeWeights } from "../sae/params.js";

/**
 * The same autoencoder for the model's own activations. f is positively homogeneous, so that all of the scaling goes into
 * the biases and thresholds: with b_enc′ = b_enc / scale, θ′ = θ / scale and b_dec′ = b_dec / scale + mean, x̂ = ĥ / scale + mean
 * and every feature is f / scale. Both matrices, and the unit rows of W_dec, stay as they are.
 */
export const onRawInput = (weights: SaeWeights, { mean, scale }: InputScaling): SaeWeights => ({
  ...weights,
  b_enc: weights.b_enc.map((b) => b / scale),
  b_dec: weights.b_dec.map((b, i) => b / scale + mean[i]),
  ...(weights.theta && { theta: weights.theta.map((theta) => theta / scale) }),
});

/** The way back: an autoencoder of the model's own activations for h = (x − mean) · scale; features are multiplied by scale. */
export const onScaledInput = (weights: SaeWeights, { mean, scale }: InputScaling): SaeWeights => ({
  ...weights,
  b_enc: weights.b_enc.map((b) => b * scale),
  b_dec: weights.b_dec.map((b, i) => (b - mean[i]) * scale),
  ...(weights.theta && { theta: weights.theta.map((theta) => theta * scale) }),
});

/** b_enc for an encoder that takes x − b_dec, from one that takes x itself: b_enc + b_dec W_enc [d_sae]. */
export function biasOfCentredEncoder({ d_in, d_sae, W_enc, b_enc, b_dec }: SaeWeights): Float32Array {
  const bias = Float64Array.from(b_enc);
  for (let i = 0; i < d_in; i++) for (let j = 0; j < d_sae; j++) bias[j] += b_dec[i] * W_enc[i * d_sae + j];
  return Float32Array.from(bias);
}
