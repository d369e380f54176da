import * as tf from "@tensorflow/tfjs";
import { stream, unitDirections } from "../base/random.js";

/**
 * The weights of a sparse autoencoder. W_enc [d_in, d_sae], b_enc [d_sae], W_dec [d_sae, d_in] with unit L2 rows
 * (feature directions), b_dec [d_in].
 */
export interface Params {
  W_enc: tf.Tensor2D;
  b_enc: tf.Tensor1D;
  W_dec: tf.Tensor2D;
  b_dec: tf.Tensor1D;
}
export type WeightName = keyof Params;
export const weightNames = ["W_enc", "b_enc", "W_dec", "b_dec"] as const satisfies WeightName[];

/** Builds one value per weight. */
export function perWeight<T>(make: (name: WeightName) => T): Record<WeightName, T> {
  return { W_enc: make("W_enc"), b_enc: make("b_enc"), W_dec: make("W_dec"), b_dec: make("b_dec") };
}

/**
 * Initial weights, Reading R15: `tied` takes random unit decoder rows and W_enc = W_decᵀ; `kaiming` draws W_enc and
 * W_dec uniformly in ±√(6 / fan-in), rows of W_dec then scaled to unit length. Biases are zero.
 */
export function initialParams(d_in: number, d_sae: number, seed: number, init: "tied" | "kaiming" = "tied"): Params {
  return tf.tidy(() => {
    const biases = { b_enc: tf.zeros([d_sae]) as tf.Tensor1D, b_dec: tf.zeros([d_in]) as tf.Tensor1D };
    const random = stream(seed, "init");
    if (init === "tied") {
      const W_dec = tf.tensor2d(unitDirections(random, d_sae, d_in), [d_sae, d_in]);
      return { W_enc: tf.transpose(W_dec), W_dec, ...biases };
    }
    const uniform = (rows: number, columns: number, fanIn: number): tf.Tensor2D => {
      const bound = Math.sqrt(6 / fanIn);
      const values = Float32Array.from({ length: rows * columns }, () => bound * (2 * random.uniform() - 1));
      return tf.tensor2d(values, [rows, columns]);
    };
    return { W_enc: uniform(d_in, d_sae, d_in), W_dec: unitRows(uniform(d_sae, d_in, d_sae)), ...biases };
  });
}

/** Each row divided by its L2 norm [n, d] → [n, d]. */
export const unitRows = (W: tf.Tensor2D): tf.Tensor2D =>
  tf.tidy(() => tf.div(W, tf.sqrt(tf.sum(tf.square(W), 1, true))));

/** The gradient of W_dec without its part along each (unit) row: rows then only turn, §5.2 [d_sae, d_in] → [d_sae, d_in]. */
export const withoutRadialPart = (gradient: tf.Tensor2D, W_dec: tf.Tensor2D): tf.Tensor2D =>
  tf.tidy(() => tf.sub(gradient, tf.mul(W_dec, tf.sum(tf.mul(gradient, W_dec), 1, true))));
