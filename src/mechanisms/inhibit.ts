import * as tf from "@tensorflow/tfjs";
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
const outcomes = {
  scaleLosers: (a: number, m: number, gamma: number) => (m > a ? { gain: 1 - gamma, offset: 0 } : undefined),
  subtractWinner: (a: number, m: number, gamma: number) => (m > a ? { gain: 1, offset: gamma * m } : undefined),
  halfMax: (a: number, m: number, gamma: number) => (a < m / 2 ? { gain: 1, offset: gamma * m } : undefined),
} as const;
export type InhibitionReading = keyof typeof outcomes;

/** §4.2: within each neighbourhood the weaker activations are suppressed by γ; all are compared as they were before. */
export const winnerTakesAll = ({
  gamma = paper.competition.gamma,
  inhibition = "scaleLosers",
}: {
  gamma?: number;
  inhibition?: InhibitionReading;
} = {}): Competition =>
  rule("winnerTakesAll", "§4.2", { gamma, inhibition }, (_s, { raw, neighbours: { starts, members } }) => {
    const [batch, d_sae] = raw.shape;
    const a = raw.dataSync();
    const gain = new Float32Array(a.length).fill(1);
    const offset = new Float32Array(a.length);
    let losers = 0;
    for (let row = 0; row < a.length; row += d_sae)
      for (let j = 0; j < d_sae; j++) {
        if (a[row + j] === 0) continue; // stays 0 whatever the outcome
        let largest = 0;
        for (let n = starts[j]; n < starts[j + 1]; n++) largest = Math.max(largest, a[row + members[n]]);
        const lost = outcomes[inhibition](a[row + j], largest, gamma);
        if (lost) {
          losers++;
          gain[row + j] = lost.gain;
          offset[row + j] = lost.offset;
        }
      }
    const tensor = (values: Float32Array): tf.Tensor2D => tf.tensor2d(values, [batch, d_sae]);
    return inhibition === "scaleLosers" ? { gain: tensor(gain), losers } : { offset: tensor(offset), losers };
  });
