import * as tf from "@tensorflow/tfjs";
import { scoped } from "../backend/ops.js";
import type { Autoencoder } from "../experiment/training/autoencoder.js";

/** Rows at a time; changes no number beyond rounding. */
const rowsAtOnce = 2048;

/** x̂ of the model's activations x [rows · d_in], row after row: scaled, encoded, decoded and scaled back. */
export function reconstructed(sae: Autoencoder, x: Float32Array): Float32Array {
  const { d_in } = sae;
  const out = new Float32Array(x.length);
  for (let at = 0; at < x.length; at += rowsAtOnce * d_in) {
    const rows = x.subarray(at, at + rowsAtOnce * d_in);
    const made = scoped(() =>
      sae
        .unscale(sae.decode(sae.features(sae.scale(tf.tensor2d(rows, [rows.length / d_in, d_in])))))
        .dataSync<"float32">(),
    );
    out.set(made, at);
  }
  return out;
}
