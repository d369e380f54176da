import * as tf from "@tensorflow/tfjs";
import { largestNeighbourKernel } from "../backend/kernel-ops.js";
import { hasKernels } from "../backend/kernels.js";
import { type Neighbours, type Rule, rule } from "../method.js";
import { paper } from "../paper.js";
import type { Inhibition } from "../sae/inhibition.js";

type Competition = Rule<Inhibition, { raw: tf.Tensor2D; neighbours: Neighbours }>;

/** No competition: Runs 0 to 6. */
export const noInhibition: Competition = rule("noInhibition", "", {}, () => ({}));

/**
 * Reading R11, what happens to activation a whose largest neighbour is m: `scaleLosers` a (1 − γ) where m > a;
 * `subtractWinner` ReLU(a − γm) where m > a; `halfMax` ReLU(a − γm) where m > 2a.
 */
export type InhibitionReading = "scaleLosers" | "subtractWinner" | "halfMax";

/** §4.2: within each neighbourhood the weaker activations are suppressed by γ; all are compared as they were before. */
export const winnerTakesAll = ({
  gamma = paper.competition.gamma,
  inhibition = "scaleLosers",
}: {
  gamma?: number;
  inhibition?: InhibitionReading;
} = {}): Competition =>
  rule("winnerTakesAll", "§4.2", { gamma, inhibition }, (_s, { raw, neighbours }) => {
    const ahead = inhibition === "halfMax" ? 2 : 1; // how many times larger the neighbour has to be
    const largest = largestNeighbour(raw, neighbours);
    const loses = tf.greater(largest, ahead === 1 ? raw : tf.mul(raw, ahead));
    const losers = tf.sum(tf.cast(loses, "float32")).dataSync()[0];
    const [zero, one, gain] = [0, 1, 1 - gamma].map((value): tf.Tensor => tf.scalar(value));
    if (inhibition === "scaleLosers") return { gain: tf.where(loses, gain, one) as tf.Tensor2D, losers };
    return { offset: tf.where(loses, tf.mul(largest, gamma), zero) as tf.Tensor2D, losers };
  });

/** The largest activation among the neighbours of each that is above 0, else 0 [batch, d_sae] → [batch, d_sae]. */
function largestNeighbour(raw: tf.Tensor2D, { starts, members }: Neighbours): tf.Tensor2D {
  if (hasKernels()) return largestNeighbourKernel(raw, starts, members);
  const [batch, d_sae] = raw.shape;
  const a = raw.dataSync<"float32">();
  const largest = new Float32Array(a.length);
  for (let row = 0; row < a.length; row += d_sae)
    for (let j = 0; j < d_sae; j++) {
      if (a[row + j] === 0) continue; // stays 0 whatever the outcome
      for (let n = starts[j]; n < starts[j + 1]; n++)
        if (a[row + members[n]] > largest[row + j]) largest[row + j] = a[row + members[n]];
    }
  return tf.tensor2d(largest, [batch, d_sae]);
}
