import type { PageTraining } from "./page-data.js";

/** A feature of one training, one of another, and the cosine of their directions. */
export interface FeaturePair {
  a: number;
  b: number;
  cosine: number;
}

/** How the features of two trainings belong together. */
export interface Pairing {
  /** One-to-one. */
  matched: readonly FeaturePair[];
  /** All pairs at a cosine of at least `nearCosine`, whether matched or not. */
  near: readonly FeaturePair[];
}

/** A match is a feature found again from here on (docs/evaluation.md, stability over seeds); two features share a direction from there on. */
const foundAgainCosine = 0.7;
export const nearCosine = 0.5;

/** What became of a feature of the first training in the second; `new` is one of the second that is near none of the first. */
export type Outcome = "survived" | "split" | "changed" | "gone" | "off" | "new";

/** A row of the page for two trainings. */
export interface ComparedFeature {
  outcome: Outcome;
  a: number | null;
  /** Features of the second at `nearCosine` or more, nearest first; without any, the one that is matched, if one is. */
  near: [b: number, cosine: number][];
  /** Cosine of the match; null where there is none. */
  cosine: number | null;
}

/**
 * Of each feature of the first training what became of it, then the new ones of the second. A feature that is switched off is
 * `off`; one with two or more of the second at `nearCosine` is `split`, also where one of these is its match; else it `survived`
 * where its match is at `foundAgainCosine` or more, `changed` where one is at `nearCosine`, and is `gone` below.
 */
export function comparedFeatures(a: PageTraining, b: PageTraining, { matched, near }: Pairing): ComparedFeature[] {
  const matchOf = new Map(matched.map((pair) => [pair.a, pair]));
  const nearOf = new Map<number, FeaturePair[]>();
  for (const pair of near) nearOf.set(pair.a, [...(nearOf.get(pair.a) ?? []), pair]);
  const known = new Set(near.map((pair) => pair.b));
  const ofA = a.features.map(({ feature, isOff }): ComparedFeature => {
    if (isOff) return { outcome: "off", a: feature, near: [], cosine: null };
    const match = matchOf.get(feature);
    const around = (nearOf.get(feature) ?? []).sort((x, y) => y.cosine - x.cosine);
    const shown = around.length > 0 ? around : match ? [match] : [];
    return {
      outcome: outcomeOf(around.length, match),
      a: feature,
      near: shown.map((pair): [number, number] => [pair.b, rounded(pair.cosine)]),
      cosine: match ? rounded(match.cosine) : null,
    };
  });
  const ofB = b.features
    .filter(({ feature, isOff }) => !isOff && !known.has(feature))
    .map(({ feature }): ComparedFeature => ({ outcome: "new", a: null, near: [[feature, 1]], cosine: null }));
  return [...ofA, ...ofB];
}

const outcomeOf = (around: number, match: FeaturePair | undefined): Outcome => {
  if (around >= 2) return "split";
  if (match && match.cosine >= foundAgainCosine) return "survived";
  return around === 1 ? "changed" : "gone";
};

const rounded = (cosine: number): number => Number(cosine.toFixed(3));
