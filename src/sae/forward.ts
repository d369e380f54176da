import * as tf from "@tensorflow/tfjs";
import { multiply, productsWith } from "../backend/products.js";
import { operations } from "./operations.js";
import type { Params } from "./params.js";

/** Feature activations before competition: ReLU((h − b_dec) W_enc + b_enc) [batch, d_in] → [batch, d_sae]. */
export const encode = ({ W_enc, b_enc, b_dec }: Params, h: tf.Tensor2D): tf.Tensor2D =>
  tf.tidy(() => tf.relu(tf.add(multiply(tf.sub(h, b_dec), W_enc), b_enc) as tf.Tensor2D));

/** The same of features that are alive (1, else 0) [d_sae]: the others are 0. Not differentiable. */
export const encodeAlive = (params: Params, h: tf.Tensor2D, alive: tf.Tensor1D): tf.Tensor2D =>
  tf.tidy(() => {
    const { W_enc, b_enc, b_dec } = params;
    return operations().activate(multiply(tf.sub(h, b_dec), W_enc), b_enc, alive);
  });

/**
 * The reconstruction ĥ = f W_dec + b_dec [batch, d_sae] → [batch, d_in]; faster where the share of f above zero is known to be
 * small, and then not differentiable.
 */
export const decode = ({ W_dec, b_dec }: Params, f: tf.Tensor2D, activeFraction?: number): tf.Tensor2D =>
  tf.tidy(() => productsWith(activeFraction).times(f, W_dec, b_dec));
