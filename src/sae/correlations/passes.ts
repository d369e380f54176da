import type { Pairs } from "./pairs.js";
import { type Correlations, pairCount } from "./selection.js";

/** What one pass over all pairs gives: those of largest c_ij above a bound in row order, and sums over all. */
export interface Pass {
  i: Int32Array;
  j: Int32Array;
  c: Float32Array;
  /** Σ (c − shift) and Σ (c − shift)², with one of the c_ij as shift: where all are alike no digits are lost. */
  shift: number;
  sum: number;
  squares: number;
}

/** Computes every c_ij and keeps the `most` largest above `bound`; of equals the first. */
export type PassOverPairs = (most: number, bound: number) => Pass;

/** Correlations of which no more is kept than a pass chooses, μ_c and σ_c: who asks again has the c_ij computed again. */
export function correlationsByPasses(
  d_sae: number,
  at: (i: number, j: number) => number,
  passOver: PassOverPairs,
): Correlations {
  const pairs = pairCount(d_sae);
  let known: { mean: number; sigma: number } | undefined;
  let last: { most: number; bound: number; found: Pass } | undefined; // two rules of a step may ask for the same
  const pass = (most: number, bound: number): Pass => {
    if (last?.most === most && last.bound === bound) return last.found;
    const found = passOver(Math.min(most, pairs), bound);
    last = { most, bound, found };
    const mean = found.sum / pairs;
    known ??= { mean: found.shift + mean, sigma: Math.sqrt(Math.max(0, found.squares / pairs - mean ** 2)) };
    return found;
  };
  const statistics = () => {
    if (!known) pass(0, 0);
    return known!;
  };
  return {
    d_sae,
    at,
    get mean() {
      return statistics().mean;
    },
    get sigma() {
      return statistics().sigma;
    },
    largest: (most, bound = Number.NEGATIVE_INFINITY) => pairsOf(pass(most, bound)),
    significant(most, sigmas) {
      // The largest of those above a bound are those above it of the largest: one pass finds both.
      const found = pass(most, Number.NEGATIVE_INFINITY);
      const threshold = statistics().mean + sigmas * statistics().sigma;
      return { ...pairsOf(found, threshold), threshold };
    },
    above(bound) {
      for (let room = 1024; ; room *= 8) {
        const found = pass(room, bound);
        if (found.i.length < room || room >= pairs) return pairsOf(found);
      }
    },
  };
}

/** The pairs of a pass; with a bound those above it. */
function pairsOf({ i, j, c }: Pass, bound?: number): Pairs {
  if (bound === undefined) return { i, j, c };
  const isAbove = (_: number, p: number): boolean => c[p] > bound;
  return { i: i.filter(isAbove), j: j.filter(isAbove), c: c.filter(isAbove) };
}
