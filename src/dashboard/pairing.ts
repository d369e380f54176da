import { matchOneToOne } from "../evaluate/matching.js";
import { type FeaturePair, nearCosine, type Pairing } from "./matching.js";

/** Directions of features: unit rows of W_dec [d_sae · d_in], and which of them are on [d_sae]. */
export interface DirectionsOf {
  W_dec: Float32Array;
  alive: Float32Array;
  d_in: number;
}

/**
 * Pairs the features of two trainings by the cosines of their directions: one to one, so that the sum of the cosines is largest
 * (docs/evaluation.md, stability over seeds), and all pairs at `nearCosine` or more. Features that are switched off are left out. Takes
 * d_sae · d_sae′ · d_in products, and d_sae³ at worst for the matching.
 */
export function pairFeatures(a: DirectionsOf, b: DirectionsOf): Pairing {
  const [ofA, ofB] = [a, b].map(({ alive }) => [...alive.keys()].filter((feature) => alive[feature] > 0));
  const cosines = new Float64Array(ofA.length * ofB.length);
  const near: FeaturePair[] = [];
  for (const [i, first] of ofA.entries())
    for (const [j, second] of ofB.entries()) {
      const cosine = product(a, first, b, second);
      cosines[i * ofB.length + j] = cosine;
      if (cosine >= nearCosine) near.push({ a: first, b: second, cosine });
    }
  const matched = matchOneToOne(cosines, ofA.length, ofB.length).map(
    ({ first, second, cosine }): FeaturePair => ({ a: ofA[first], b: ofB[second], cosine }),
  );
  return { matched, near };
}

function product(a: DirectionsOf, i: number, b: DirectionsOf, j: number): number {
  const [u, v] = [i * a.d_in, j * b.d_in];
  let sum = 0;
  for (let k = 0; k < a.d_in; k++) sum += a.W_dec[u + k] * b.W_dec[v + k];
  return sum;
}
