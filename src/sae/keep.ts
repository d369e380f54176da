import * as tf from "@tensorflow/tfjs";

/** What a rule that decides which activations are features sees. */
export interface Activated {
  /** Activations after the competition [batch, d_sae], ≥ 0. */
  a: tf.Tensor2D;
  /** What ReLU was taken of [batch, d_sae]; computed when asked for. */
  z(): tf.Tensor2D;
  /** 1, or 0 where a feature is switched off [d_sae]. */
  alive: tf.Tensor1D;
  /** θ [d_sae], where the autoencoder has it. */
  theta?: tf.Tensor1D;
  /** Whether a step is taken, or features are measured or used. */
  training: boolean;
}

/** Which activations are features. What is kept is a constant of the gradient; θ alone has one of its own. */
export interface Kept {
  /** The activations where they are kept, else 0 [batch, d_sae]. */
  f: tf.Tensor2D;
  /** The state's threshold from this step on; undefined: it has none. */
  threshold?: number;
  /** Where θ is trained: activations so near to it that its gradient sees them. */
  edge?: Edge;
}

/** Around θ a step is taken for a slope of 1/ε, ε the bandwidth. */
export interface Edge {
  /** 1 where |z − θ| < ε/2, else 0 [batch, d_sae]. */
  near: tf.Tensor2D;
  bandwidth: number;
}

/** The activations above a threshold, else 0: [batch, d_sae], a number or [d_sae] → [batch, d_sae]. */
export const above = (a: tf.Tensor2D, threshold: number | tf.Tensor1D): tf.Tensor2D =>
  tf.mul(a, tf.cast(tf.greater(a, threshold), "float32"));

/** 1 where a feature's z is within half the bandwidth of its θ, and the feature is not switched off, else 0. */
export const nearThreshold = (z: tf.Tensor2D, theta: tf.Tensor1D, alive: tf.Tensor1D, bandwidth: number): tf.Tensor2D =>
  tf.mul(tf.cast(tf.less(tf.abs(tf.sub(z, theta)), bandwidth / 2), "float32"), alive);
