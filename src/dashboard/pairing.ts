import { type Dictionary, directionsOf } from "../evaluate/dictionary.js";
import { matchOneToOne } from "../evaluate/matching.js";
import { cosinesBetween } from "../evaluate/stability.js";
import { type FeaturePair, nearCosine, type Pairing } from "./matching.js";

/**
 * Pairs the features of two trainings by the cosines of their directions: one to one, so that the sum of the cosines is largest
 * (docs/evaluation.md, stability over seeds), and all pairs at `nearCosine` or more. Features that are switched off are left out. Takes
 * d_sae · d_sae′ · d_in products, and d_sae³ at worst for the matching. Call `chooseBackend` first.
 */
export function pairFeatures(a: Dictionary, b: Dictionary): Pairing {
  const [first, second] = [directionsOf(a), directionsOf(b)];
  const [ofA, ofB] = [first.features, second.features];
  const cosines = cosinesBetween(first, second);
  const pairOf = (i: number, j: number): FeaturePair => ({
    a: ofA[i],
    b: ofB[j],
    cosine: cosines[i * ofB.length + j],
  });
  const near: FeaturePair[] = [];
  for (const [at, cosine] of cosines.entries())
    if (cosine >= nearCosine) near.push(pairOf(Math.floor(at / ofB.length), at % ofB.length));
  const matched = matchOneToOne(cosines, ofA.length, ofB.length);
  return { matched: matched.map((pair) => pairOf(pair.first, pair.second)), near };
}
