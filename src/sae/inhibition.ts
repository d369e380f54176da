import * as tf from "@tensorflow/tfjs";

/** For each feature j the features it competes with: `members[starts[j] … starts[j + 1])`. */
export interface Neighbours {
  starts: Int32Array;
  members: Int32Array;
}

/** What the competition does to each activation: f = ReLU(gain · raw − offset), both [batch, d_sae]; absent: nothing. */
export interface Inhibition {
  gain?: tf.Tensor2D;
  offset?: tf.Tensor2D;
  /** How many activations of the batch were suppressed. */
  losers?: number;
}

/** Activations after the competition [batch, d_sae] → [batch, d_sae]. */
export function applyInhibition(raw: tf.Tensor2D, { gain, offset }: Inhibition): tf.Tensor2D {
  const scaled = gain ? tf.mul(raw, gain) : raw;
  return (offset ? tf.relu(tf.sub(scaled, offset)) : scaled) as tf.Tensor2D;
}
