import * as tf from "@tensorflow/tfjs";
import { multiply, productsWith } from "../backend/products.js";
import { requireWidth } from "../base/checks.js";
import { operations } from "./operations.js";
import type { Params } from "./params.js";

/**
 * Feature activations before competition, ≥ 0: ReLU((h − b_dec) W_enc + b_enc) [batch, d_in] → [batch, d_sae], in the units of h.
 * Throws a usage error for vectors of another width.
 */
export const encode = ({ W_enc, b_enc, b_dec }: Params, h: tf.Tensor2D): tf.Tensor2D => {
  requireWidth("h", h, W_enc.shape[0]);
  return tf.tidy(() => tf.relu(tf.add(multiply(tf.sub(h, b_dec), W_enc), b_enc) as tf.Tensor2D));
};

/**
 * The same of features that are alive (1, else 0) [d_sae], r: the others are 0; and z, what ReLU is taken of, when asked for. Tensors
 * are the caller's scope's. Not differentiable.
 */
export function encodeAlive({ W_enc, b_enc, b_dec }: Params, h: tf.Tensor2D, alive: tf.Tensor1D) {
  requireWidth("h", h, W_enc.shape[0]);
  const products = tf.tidy(() => multiply(tf.sub(h, b_dec), W_enc));
  return {
    r: operations().activate(products, b_enc, alive),
    z: (): tf.Tensor2D => tf.add(products, b_enc),
  };
}

/**
 * The reconstruction ĥ = f W_dec + b_dec [batch, d_sae] → [batch, d_in]; faster where the share of f above zero, in [0, 1], is
 * known to be small, and then not differentiable. Throws a usage error for features of another number.
 */
export const decode = ({ W_dec, b_dec }: Params, f: tf.Tensor2D, activeFraction?: number): tf.Tensor2D => {
  requireWidth("f", f, W_dec.shape[0]);
  return tf.tidy(() => productsWith(activeFraction).times(f, W_dec, b_dec));
};
