import * as tf from "@tensorflow/tfjs";
import { gram } from "./correlations/correlation.js";
import { Largest } from "./correlations/largest.js";
import type { Neighbours } from "./inhibition.js";

/** How H moves (Eq. 4): the share 1 − β of the way towards what is given. */
export interface CoactivationMove {
  beta: number;
  /**
   * Inner products of all pairs [d_sae · d_sae] and what they are divided by; or f [batch, d_sae], also as read back, for the
   * share of its rows on which both of a pair fire.
   */
  towards: { products: Float32Array; divisor: number } | { f: tf.Tensor2D; values: Float32Array };
}

/** The values of H [d_sae · d_sae], row after row, float64, never negative. Every way of moving them gives the same bytes. */
export interface CoactivationValues {
  /** The values now, not to be changed. */
  values(): Float64Array;
  /** Eq. 4: H ← βH + (1 − β) times what it moves towards. */
  move(move: CoactivationMove): void;
  /** |{j ≠ i : H_ij > θ}| of each feature into counts [d_sae] (Eq. 5); θ ≥ 0. */
  countAbove(theta: number, counts: Int32Array): void;
  /**
   * Into members[starts[i] … starts[i + 1]) the features j ≠ i of largest H_ij, of equals the lower index, in no order; none of
   * them is below bounds[i]. The last answer, of any values of H, may make it faster.
   */
  strongest(next: Neighbours, bounds: Float64Array, last: Neighbours): void;
}

/** H that moves whole in each step, and is looked through whole. */
export const eagerCoactivation = (H: Float64Array, d_sae: number): CoactivationValues => ({
  values: () => H,
  move({ beta, towards }) {
    const { products, divisor } = "f" in towards ? timesBothFire(towards.f) : towards;
    for (let at = 0; at < H.length; at++) H[at] = beta * H[at] + (1 - beta) * (products[at] / divisor);
  },
  countAbove(theta, counts) {
    for (let i = 0; i < d_sae; i++) {
      for (let at = i * d_sae; at < (i + 1) * d_sae; at++) counts[i] += Number(H[at] > theta); // no jump: they go either way
      if (H[i * (d_sae + 1)] > theta) counts[i]--;
    }
  },
  strongest({ starts, members }, bounds) {
    const counts = bounds.map((_, i) => starts[i + 1] - starts[i]);
    const largest = new Largest(Math.max(...counts));
    for (let i = 0; i < d_sae; i++) {
      const row = H.subarray(i * d_sae, (i + 1) * d_sae);
      largest.restart(counts[i]);
      for (let j = 0; j < d_sae; j++) if (row[j] >= bounds[i] && j !== i) largest.offer(row[j], j);
      members.set(largest.kept(), starts[i]);
    }
  },
});

/** On how many of the rows both of a pair fire, for all pairs, and how many rows there are. */
const timesBothFire = (f: tf.Tensor2D) => ({
  products: gram(tf.cast(tf.greater(f, 0), "float32") as tf.Tensor2D),
  divisor: f.shape[0],
});
