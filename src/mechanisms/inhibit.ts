import * as tf from "@tensorflow/tfjs";
import { oneOf, optionsOf, unitInterval } from "../base/checks.js";
import { type Method, rule } from "../method.js";
import { paper } from "../paper.js";
import { operations } from "../sae/operations.js";

/** No competition: Runs 0 to 6. */
export const noInhibition: Method["inhibit"] = rule("noInhibition", "", {}, () => ({}));

/**
 * Reading R11, what happens to activation a whose largest neighbour is m: `scaleLosers` a (1 − γ) where m > a;
 * `subtractWinner` ReLU(a − γm) where m > a; `halfMax` ReLU(a − γm) where m > 2a.
 */
export type InhibitionReading = "scaleLosers" | "subtractWinner" | "halfMax";

const options = optionsOf("winnerTakesAll", {
  gamma: unitInterval,
  inhibition: oneOf("scaleLosers", "subtractWinner", "halfMax"),
});

/** §4.2: in each neighbourhood the weaker activations are suppressed by γ in [0, 1]; all are compared as they were before. */
export const winnerTakesAll = ({
  gamma = paper.competition.gamma,
  inhibition = "scaleLosers",
}: {
  gamma?: number;
  inhibition?: InhibitionReading;
} = {}): Method["inhibit"] =>
  rule("winnerTakesAll", "§4.2", options({ gamma, inhibition }), (_s, { raw, neighbours }) => {
    const ahead = inhibition === "halfMax" ? 2 : 1; // how many times larger the neighbour has to be
    const largest = operations().largestNeighbour(raw, neighbours);
    const loses = tf.greater(largest, ahead === 1 ? raw : tf.mul(raw, ahead));
    const losers = tf.sum(tf.cast(loses, "float32")).dataSync()[0];
    const [zero, one, gain] = [0, 1, 1 - gamma].map((value): tf.Tensor => tf.scalar(value));
    if (inhibition === "scaleLosers") return { gain: tf.where(loses, gain, one) as tf.Tensor2D, losers };
    return { offset: tf.where(loses, tf.mul(largest, gamma), zero) as tf.Tensor2D, losers };
  });
