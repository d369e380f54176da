import * as tf from "@tensorflow/tfjs";
import { matMul, scoped } from "../backend/ops.js";
import { SncError } from "../base/errors.js";
import { type Best, best } from "./best.js";
import type { LogitEffect } from "./feature.js";

/** What turns a model's last hidden state into logits. */
export interface Unembedding {
  /** w_norm of the final norm [d_in]; of Gemma 1 + w. */
  finalNorm: Float32Array;
  /** Tokens of the vocabulary. */
  vocabulary: number;
  /** Rows [from, to) of W_U [to − from, d_in]; disposed by who asks. */
  rows(from: number, to: number): tf.Tensor2D;
}

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
  const { finalNorm, vocabulary, rows } = unembedding;
  if (finalNorm.length !== d_in)
    throw new SncError(
      "input",
      `final norm: expected ${d_in} numbers, as wide as the autoencoder's input, found ${finalNorm.length}. ` +
        "Take the model that the autoencoder was trained on",
    );
  const d_sae = W.length / d_in;
  const kept = Array.from({ length: d_sae }, () => ({ raised: best(shown), lowered: best(shown) }));
  const step = Math.max(1, Math.floor(tileValues / d_sae));
  scoped(() => {
    const scaled = tf.mul(tf.tensor2d(W, [d_sae, d_in]), tf.tensor1d(finalNorm)) as tf.Tensor2D;
    for (let from = 0; from < vocabulary; from += step) {
      const to = Math.min(vocabulary, from + step);
      const effects = scoped(() => matMul(scaled, rows(from, to), { b: true }).dataSync<"float32">());
      for (let i = 0; i < d_sae; i++) {
        const of = effects.subarray(i * (to - from), (i + 1) * (to - from));
        offerAll(kept[i].raised, of, from, 1);
        offerAll(kept[i].lowered, of, from, -1);
      }
    }
  });
  const listed = (of: Best, sign: number): LogitEffect[] =>
    of.list().map(({ index, value }) => ({ token: index, value: sign * value }));
  return kept.map(({ raised, lowered }) => ({ raised: listed(raised, 1), lowered: listed(lowered, -1) }));
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
