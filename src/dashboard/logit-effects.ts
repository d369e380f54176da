import * as tf from "@tensorflow/tfjs";
import { matMul, scoped } from "../backend/ops.js";
import { SncError } from "../base/errors.js";
import type { Unembedding } from "../model/unembedding.js";
import { type Best, best } from "./best.js";
import type { LogitEffect } from "./feature.js";

/** The tokens whose logits a feature raises and lowers most, strongest first. */
export interface LogitEffects {
  raised: LogitEffect[];
  lowered: LogitEffect[];
}

/** How logit effects are computed. */
export interface LogitOptions {
  /** Effects in memory at once, a tile of the vocabulary for all features; 64 MB by default. Changes no number beyond rounding. */
  tileValues?: number;
}

/** How many tokens a page shows of either. */
const shown = 10;

/**
 * What each feature adds to the logits, W_i · diag(w_norm) · W_Uᵀ, of decoder rows W [d_sae · d_in]: units of h per unit of f; the
 * norm's division and a soft-cap are ignored. The 10 most raised and lowered tokens of each, of equal ones the lower id first.
 * Throws an input error where the model is of another width.
 */
export function logitEffects(
  W: Float32Array,
  d_in: number,
  unembedding: Unembedding,
  { tileValues = 2 ** 24 }: LogitOptions = {},
): LogitEffects[] {
  const kept = Array.from({ length: W.length / d_in }, () => ({ raised: best(shown), lowered: best(shown) }));
  eachTile(W, d_in, unembedding, tileValues, (i, effects, from) => {
    offerAll(kept[i].raised, effects, from, 1);
    offerAll(kept[i].lowered, effects, from, -1);
  });
  const listed = (of: Best, sign: number): LogitEffect[] =>
    of.list().map(({ index, value }) => ({ token: index, value: sign * value }));
  return kept.map(({ raised, lowered }) => ({ raised: listed(raised, 1), lowered: listed(lowered, -1) }));
}

/** How many tokens a feature lowers or raises how much: 50 equal bins from the lowest effect to the highest. */
export interface LogitHistogram {
  from: number;
  to: number;
  /** The highest effect is in the last. */
  counts: number[];
}

const bins = 50;

/** The histogram of each feature's effects on all tokens, in the bounds that `logitEffects` found. */
export function logitHistograms(
  W: Float32Array,
  d_in: number,
  unembedding: Unembedding,
  { effects, tileValues = 2 ** 24 }: LogitOptions & { effects: readonly LogitEffects[] },
): LogitHistogram[] {
  const histograms = effects.map(({ raised, lowered }) => ({
    ...{ from: lowered[0].value, to: raised[0].value },
    counts: new Array<number>(bins).fill(0),
  }));
  eachTile(W, d_in, unembedding, tileValues, (i, values) => {
    const { from, to, counts } = histograms[i];
    for (const value of values)
      counts[Math.max(0, Math.min(bins - 1, Math.floor((bins * (value - from)) / (to - from))))]++;
  });
  return histograms;
}

/** Computes all effects, a tile of the vocabulary at a time: gives those of feature i on the tokens that begin with `from`. */
function eachTile(
  W: Float32Array,
  d_in: number,
  { finalNorm, vocabulary, rows }: Unembedding,
  tileValues: number,
  take: (i: number, effects: Float32Array, from: number) => void,
): void {
  if (finalNorm.length !== d_in)
    throw new SncError(
      "input",
      `final norm: expected ${d_in} numbers, as wide as the autoencoder's input, found ${finalNorm.length}. ` +
        "Take the model that the autoencoder was trained on",
    );
  const d_sae = W.length / d_in;
  const step = Math.max(1, Math.floor(tileValues / d_sae));
  scoped(() => {
    const scaled = tf.mul(tf.tensor2d(W, [d_sae, d_in]), tf.tensor1d(finalNorm)) as tf.Tensor2D;
    for (let from = 0; from < vocabulary; from += step) {
      const to = Math.min(vocabulary, from + step);
      const effects = scoped(() => {
        const some = tf.tensor2d(rows(from, to), [to - from, d_in]);
        return matMul(scaled, some, { b: true }).dataSync<"float32">();
      });
      for (let i = 0; i < d_sae; i++) take(i, effects.subarray(i * (to - from), (i + 1) * (to - from)), from);
    }
  });
}

/** Offers the values of tokens from `first` on, with this sign. */
function offerAll(to: Best, values: Float32Array, first: number, sign: number): void {
  let bound = to.bound();
  for (let n = 0; n < values.length; n++) {
    const value = sign * values[n];
    if (value > bound) {
      to.offer(first + n, value);
      bound = to.bound();
    }
  }
}
