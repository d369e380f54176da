import { SncError } from "../base/errors.js";
import { meanOrNull, sum } from "../base/mean.js";
import { type Dictionary, directionsOf } from "../evaluate/dictionary.js";
import { matchOneToOne } from "../evaluate/matching.js";
import { cosinesBetween } from "../evaluate/stability.js";
import { type FeatureKind, featureKinds, type World } from "./world.js";

/** From this cosine on, a true feature counts as found. */
const recoveredFrom = 0.9;

/** From this cosine on, a direction has a part of a true feature: random ones are rarely so near. */
const partFrom = 0.5;

/** What is scored: the directions of an autoencoder, and its features on the test vectors of a world. */
export interface Scored {
  dictionary: Dictionary;
  /** f [vectors · d_sae], row after row: which are above 0 is all that counts. */
  f: Float32Array;
}

/** How well true features were found; null where none of them is matched. */
export interface Scores {
  /** Share of the true features with some W_i · D_g ≥ 0.9. */
  recovered: number;
  /** Mean cosine of the matched pairs, one to one (the Hungarian method), in [−1, 1]. */
  mcc: number | null;
  /** Mean over matched pairs of the F1 of [f_i > 0] as a detector of [z_g > 0]: 0 where both never happen. */
  f1: number | null;
}

/** A feature matched with a true one. */
export interface MatchedFeature {
  feature: number;
  /** g. */
  known: number;
  cosine: number;
  f1: number;
}

/** The scores of an autoencoder in a world: all true features, and each kind of them by itself. */
export interface KnownScores extends Scores {
  /** Mean number of features above 0 in a vector. */
  l0: number;
  /** Features that no rule has switched off. */
  featuresOn: number;
  byKind: Record<FeatureKind, Scores>;
  /** Share of the features that are on which have two true features or more at cosine ≥ 0.5. */
  merged: number;
  /** Share of the true features which have two features or more at cosine ≥ 0.5. */
  split: number;
  /** Ascending by feature: as many as there are features on, or true ones where these are fewer. */
  matched: MatchedFeature[];
}

/**
 * Scores an autoencoder against a world. `z`: magnitudes of the true features in the same vectors [vectors · G]. Features that are switched
 * off are left out. Throws a usage error for shapes that do not fit, and for NaN in the directions.
 */
export function scoresOf(world: World, z: Float32Array, { dictionary, f }: Scored): KnownScores {
  const { features: G, d_in } = world.size;
  const d_sae = dictionary.alive.length;
  if (dictionary.d_in !== d_in || f.length * G !== z.length * d_sae)
    throw new SncError(
      "usage",
      `scoresOf: expected directions of width ${d_in} and features of ${z.length / G} vectors, found width ${dictionary.d_in} ` +
        `and ${f.length / d_sae} vectors`,
    );
  const on = directionsOf(dictionary);
  const cosines = cosinesBetween(on, {
    d_in,
    features: Int32Array.from({ length: G }, (_, g) => g),
    rows: world.directions,
  });
  const firings = { of: countsAbove(f, d_sae), known: countsAbove(z, G) };
  const matched = matchOneToOne(cosines, on.features.length, G).map(({ first, second: known, cosine }) => {
    const feature = on.features[first];
    const both = together({ f, d_sae, feature }, { z, G, known });
    return { feature, known, cosine, f1: f1Of(both, firings.of[feature], firings.known[known]) };
  });
  const isFound = largestByColumn(cosines, G).map((cosine) => cosine >= recoveredFrom);
  const scores = (isMeant: (g: number) => boolean): Scores => ({
    recovered: meanOrNull(isFound.flatMap((found, g) => (isMeant(g) ? [Number(found)] : []))) ?? 0,
    mcc: meanOrNull(matched.flatMap(({ known, cosine }) => (isMeant(known) ? [cosine] : []))),
    f1: meanOrNull(matched.flatMap(({ known, f1 }) => (isMeant(known) ? [f1] : []))),
  });
  const parts = partsOf(cosines, G);
  return {
    ...scores(() => true),
    l0: sum([...firings.of]) / (z.length / G),
    featuresOn: on.features.length,
    byKind: Object.fromEntries(
      featureKinds.map((kind) => [kind, scores((g) => world.kinds[g] === kind)]),
    ) as KnownScores["byKind"],
    merged: meanOrNull(parts.ofFeatures.map((count) => Number(count >= 2))) ?? 0,
    split: meanOrNull(parts.ofKnown.map((count) => Number(count >= 2))) ?? 0,
    matched,
  };
}

/** How often each column is above 0 [columns]. */
function countsAbove(values: Float32Array, columns: number): Int32Array {
  const counts = new Int32Array(columns);
  for (let at = 0; at < values.length; at += columns)
    for (let c = 0; c < columns; c++) if (values[at + c] > 0) counts[c]++;
  return counts;
}

/** In how many vectors a feature and a true one are both above 0. */
function together(
  { f, d_sae, feature }: { f: Float32Array; d_sae: number; feature: number },
  { z, G, known }: { z: Float32Array; G: number; known: number },
): number {
  let both = 0;
  for (let i = feature, g = known; i < f.length; i += d_sae, g += G) if (f[i] > 0 && z[g] > 0) both++;
  return both;
}

/** 2 TP / (2 TP + FP + FN). */
export const f1Of = (both: number, firings: number, known: number): number =>
  both === 0 ? 0 : (2 * both) / (firings + known);

/** The largest of each column; −1 where there are no rows. */
function largestByColumn(values: Float32Array, columns: number): number[] {
  const largest = new Array<number>(columns).fill(-1);
  for (const [at, value] of values.entries()) largest[at % columns] = Math.max(largest[at % columns], value);
  return largest;
}

/** How many true features each row has a part of, and how many rows have a part of each. */
function partsOf(cosines: Float32Array, G: number): { ofFeatures: number[]; ofKnown: number[] } {
  const ofFeatures = new Array<number>(cosines.length / G).fill(0);
  const ofKnown = new Array<number>(G).fill(0);
  for (const [at, cosine] of cosines.entries())
    if (cosine >= partFrom) {
      ofFeatures[Math.floor(at / G)]++;
      ofKnown[at % G]++;
    }
  return { ofFeatures, ofKnown };
}
