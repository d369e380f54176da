import * as tf from "@tensorflow/tfjs";
import { multiply } from "../backend/products.js";
import type { Params } from "./params.js";

/** Feature activations before competition: ReLU((h − b_dec) W_enc + b_enc) [batch, d_in] → [batch, d_sae]. */
export const encode = ({ W_enc, b_enc, b_dec }: Params, h: tf.Tensor2D): tf.Tensor2D =>
  tf.tidy(() => tf.relu(tf.add(multiply(tf.sub(h, b_dec), W_enc), b_enc) as tf.Tensor2D));

/** The reconstruction ĥ = f W_dec + b_dec [batch, d_sae] → [batch, d_in]. */
export const decode = ({ W_dec, b_dec }: Params, f: tf.Tensor2D): tf.Tensor2D =>
  tf.tidy(() => tf.add(multiply(f, W_dec), b_dec) as tf.Tensor2D);
