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
export type InhibitionReading = "scaleLosers" | "subtractWinner" | "halfMax";

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
    const a = raw.dataSync<"float32">();
    const scales = inhibition === "scaleLosers"; // then it does not matter by how much a loser loses
    const ahead = inhibition === "halfMax" ? 2 : 1; // how many times larger the neighbour has to be
    const values = new Float32Array(a.length); // the gain of scaleLosers, the offset of the others
    if (scales) values.fill(1);
    let losers = 0;
    for (let row = 0; row < a.length; row += d_sae)
      for (let j = 0; j < d_sae; j++) {
        const own = a[row + j];
        if (own === 0) continue; // stays 0 whatever the outcome
        let largest = ahead * own;
        for (let n = starts[j]; n < starts[j + 1]; n++) {
          const other = a[row + members[n]];
          if (other <= largest) continue;
          largest = other;
          if (scales) break;
        }
        if (largest <= ahead * own) continue;
        losers++;
        values[row + j] = scales ? 1 - gamma : gamma * largest;
      }
    const tensor = tf.tensor2d(values, [batch, d_sae]);
    return scales ? { gain: tensor, losers } : { offset: tensor, losers };
  });
