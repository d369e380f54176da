import * as tf from "@tensorflow/tfjs";
import type { Products } from "../backend/products.js";
import type { Params } from "./params.js";

/** Consecutive features, and what they add to every reconstruction that has them. */
interface Part {
  from: number;
  width: number;
  f: tf.Tensor2D;
  W_dec: tf.Tensor2D;
}

/** The features between one prefix's end and the next one's, in order. */
function partsOf({ W_dec }: Params, f: tf.Tensor2D, prefixes: readonly number[]): Part[] {
  if (prefixes.length === 1) return [{ from: 0, width: prefixes[0], f, W_dec }];
  return prefixes.map((end, g) => {
    const [from, width] = [prefixes[g - 1] ?? 0, end - (prefixes[g - 1] ?? 0)];
    const rows = tf.slice(W_dec, [from, 0], [width, W_dec.shape[1]]);
    return { from, width, f: columns(f, from, width), W_dec: rows };
  });
}

const columns = (X: tf.Tensor2D, from: number, width: number): tf.Tensor2D =>
  X.shape[1] === width ? X : tf.slice(X, [0, from], [X.shape[0], width]);

const joined = (parts: tf.Tensor2D[], axis: 0 | 1): tf.Tensor2D =>
  parts.length === 1 ? parts[0] : (tf.concat(parts, axis) as tf.Tensor2D);

/** What is added to a product by features and what it is multiplied by, where it is wanted. */
type Then = Parameters<Products["timesTransposedWhere"]>[3];

/** The reconstructions of f by each prefix of the features, and the way back from their derivatives. */
export interface Reconstructions {
  /** ĥ − h of each [batch, d_in]; all features' last. */
  errors: tf.Tensor2D[];
  /** The way back. `byErrors`: ∂L/∂ĥ of each. */
  gradients(byErrors: readonly tf.Tensor2D[]): {
    /** (∂L/∂f + plus + also) ∘ gain where `where` is above 0, else 0 [batch, d_sae]. */
    byFeatures(where: tf.Tensor2D, then: Then): tf.Tensor2D;
    W_dec(): tf.Tensor2D;
    /** Σ over the batch of ∂L/∂b_dec by ĥ alone [d_in]. */
    b_dec: tf.Tensor1D;
  };
}

/** Each prefix adds its own features to the reconstruction by the one before. */
export function reconstructions(
  params: Params,
  f: tf.Tensor2D,
  h: tf.Tensor2D,
  prefixes: readonly number[],
  products: Products,
): Reconstructions {
  const parts = partsOf(params, f, prefixes);
  const none = tf.zerosLike(params.b_dec);
  const errors: tf.Tensor2D[] = [];
  for (const [g, part] of parts.entries()) {
    if (g === 0) errors.push(tf.sub(products.times(part.f, part.W_dec, params.b_dec), h));
    else errors.push(tf.add(errors[g - 1], products.times(part.f, part.W_dec, none)));
  }
  return {
    errors,
    gradients(byErrors) {
      // A part's features are in its own prefix's reconstruction and in all that follow.
      const pulls = [...byErrors];
      for (let g = pulls.length - 2; g >= 0; g--) pulls[g] = tf.add(pulls[g], pulls[g + 1]);
      return {
        byFeatures(where, { plus, also, gain }) {
          const by = parts.map(({ from, width, W_dec, f: own }, g) =>
            products.timesTransposedWhere(pulls[g], W_dec, where === f ? own : columns(where, from, width), {
              plus,
              also: also && columns(also, from, width),
              gain: gain && columns(gain, from, width),
            }),
          );
          return joined(by, 1);
        },
        W_dec: () =>
          joined(
            parts.map((part, g) => products.sparseTransposedTimes(part.f, pulls[g])),
            0,
          ),
        b_dec: tf.sum(pulls[0], 0),
      };
    },
  };
}
