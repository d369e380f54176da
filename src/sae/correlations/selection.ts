import type * as tf from "@tensorflow/tfjs";
import { gram } from "./correlation.js";
import { Largest } from "./largest.js";
import type { Pairs } from "./pairs.js";

/** All c_ij = |x_i · x_j| of one batch, and the pairs i < j chosen by them, always in row order. */
export interface Correlations {
  readonly d_sae: number;
  /** c_ij of features i and j, ≥ 0. */
  at(i: number, j: number): number;
  /** Mean and population standard deviation over all pairs. */
  readonly mean: number;
  readonly sigma: number;
  /** The `most` pairs of largest c_ij among those above `bound`; ties go to the first. */
  largest(most: number, bound?: number): Pairs;
  /** The `most` largest c_ij among those above μ_c + sigmas · σ_c, which they name as their threshold (Eq. 2). */
  significant(most: number, sigmas: number): Pairs;
  /** All pairs with c_ij > bound. */
  above(bound: number): Pairs;
}

/** The correlations of these vectors [m, d_sae]; quadratic in d_sae: every c_ij is computed before any is chosen. */
export const correlationsOf = (X: tf.Tensor2D): Correlations => denseCorrelations(gram(X), X.shape[1]);

/** Correlations from all inner products [d_sae · d_sae], whose signs and lower half are not looked at. */
export function denseCorrelations(products: Float32Array | Float64Array, d_sae: number): Correlations {
  let known: { mean: number; sigma: number } | undefined;
  const statistics = () => {
    known ??= statisticsOf(products, d_sae);
    return known;
  };
  const correlations: Correlations = {
    d_sae,
    at: (i, j) => Math.abs(products[i * d_sae + j]),
    get mean() {
      return statistics().mean;
    },
    get sigma() {
      return statistics().sigma;
    },
    largest(most, bound = Number.NEGATIVE_INFINITY) {
      const largest = new Largest(Math.min(most, pairCount(d_sae)));
      for (let i = 0; i < d_sae; i++)
        for (let at = i * (d_sae + 1) + 1; at < (i + 1) * d_sae; at++) {
          const c = Math.abs(products[at]);
          if (c > bound) largest.offer(c, at);
        }
      return pairsAt(largest.placesInOrder(), d_sae);
    },
    significant(most, sigmas) {
      const threshold = correlations.mean + sigmas * correlations.sigma;
      return { ...correlations.largest(most, threshold), threshold };
    },
    above(bound) {
      const places: number[] = [];
      for (let i = 0; i < d_sae; i++)
        for (let at = i * (d_sae + 1) + 1; at < (i + 1) * d_sae; at++)
          if (Math.abs(products[at]) > bound) places.push(at);
      return pairsAt(places, d_sae);
    },
  };
  return correlations;
}

function statisticsOf(products: Float32Array | Float64Array, d_sae: number): { mean: number; sigma: number } {
  const pairs = pairCount(d_sae);
  const shift = Math.abs(products[1]); // sums of differences from any one value lose no digits where all are alike
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < d_sae; i++)
    for (let at = i * (d_sae + 1) + 1; at < (i + 1) * d_sae; at++) {
      const difference = Math.abs(products[at]) - shift;
      sum += difference;
      squares += difference * difference;
    }
  return { mean: shift + sum / pairs, sigma: Math.sqrt(Math.max(0, squares / pairs - (sum / pairs) ** 2)) };
}

/** How many pairs i < j there are. */
export const pairCount = (d_sae: number): number => (d_sae * (d_sae - 1)) / 2;

/** Pairs by their places i · d_sae + j. */
export const pairsAt = (places: ArrayLike<number>, d_sae: number): Pairs => ({
  i: Int32Array.from(places, (place) => Math.floor(place / d_sae)),
  j: Int32Array.from(places, (place) => place % d_sae),
});
