import * as tf from "@tensorflow/tfjs";
import { scoped } from "../backend/ops.js";
import type { Autoencoder } from "../experiment/training/autoencoder.js";
import type { Scored } from "./score.js";

/** Vectors that are encoded at once; changes no number beyond rounding. */
const rowsAtOnce = 2048;

/** Directions and features of an autoencoder on vectors h [vectors · d_in], as `scoresOf` takes them. */
export function scoredOn(sae: Autoencoder, h: Float32Array): Scored {
  const { d_in, d_sae, alive } = sae;
  const f = new Float32Array((h.length / d_in) * d_sae);
  for (let row = 0; row * d_in < h.length; row += rowsAtOnce) {
    const rows = h.subarray(row * d_in, (row + rowsAtOnce) * d_in);
    const some = scoped(() => sae.features(tf.tensor2d(rows, [rows.length / d_in, d_in])).dataSync<"float32">());
    f.set(some, row * d_sae);
  }
  return { dictionary: { d_in, W_dec: sae.weights().W_dec, alive }, f };
}
