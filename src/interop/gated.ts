import type { ReadTensor } from "./read-tensors.js";

/** A gated encoder: W_enc [d_in, d_sae] for gate and magnitude, and what tells them apart [d_sae]. */
interface Gated {
  W_enc: ReadTensor;
  b_gate: ReadTensor;
  /** The magnitude's encoder is e^r_mag times the gate's. */
  r_mag: ReadTensor;
  b_mag: ReadTensor;
}

/**
 * A gated encoder (Rajamanoharan et al., arXiv 2404.16014, §3.2) as one with thresholds. With u = (x − b_dec) W_enc its features are
 * ReLU(e^r u + b_mag) where u + b_gate > 0, which is where e^r u + b_mag > θ = b_mag − e^r b_gate.
 */
export function withoutGate({ W_enc, b_gate, r_mag, b_mag }: Gated) {
  const gains = Float64Array.from(r_mag.data, Math.exp);
  const d_sae = gains.length;
  const theta = b_mag.data.map((bias, j) => bias - gains[j] * b_gate.data[j]);
  return {
    W_enc: { ...W_enc, data: W_enc.data.map((weight, at) => weight * gains[at % d_sae]) },
    b_enc: b_mag,
    theta: { shape: b_mag.shape, data: theta },
  };
}
