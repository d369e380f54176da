import { type Rule, rule } from "../method.js";
import { paper } from "../paper.js";
import type { Correlations } from "../sae/correlation.js";
import { emptyPairs, type Pairs } from "../sae/pairs.js";

/** Nothing is penalised: Run 0. */
export const noPairs: Rule<Pairs> = rule("noPairs", "", {}, () => emptyPairs);

export interface PairOptions {
  /** k = max(atLeast, ⌊fraction · N⌋). */
  fraction?: number;
  atLeast?: number;
  /** Reading R2: N counts all pairs, or the features. */
  count?: "pairs" | "features";
}

const k = ({ fraction, atLeast, count }: Required<PairOptions>, d_sae: number): number =>
  Math.max(atLeast, Math.floor(fraction * (count === "pairs" ? (d_sae * (d_sae - 1)) / 2 : d_sae)));

const defaults: Required<PairOptions> = { ...paper.pairs, count: "pairs" };

/** §4.1: T_k is the k pairs of largest c_ij; ties go to the pair that comes first in row order. */
export const topPairs = (options: PairOptions = {}): Rule<Pairs> => {
  const filled = { ...defaults, ...options };
  return rule("topPairs", "§4.1", filled, (_s, seen) => {
    const c = seen.correlations();
    return largestPairs(c, k(filled, c.d_sae));
  });
};

/**
 * Eq. 2: of the pairs with c_ij > μ_c + sigmas · σ_c the k largest. Reading R3 `thresholdOnly` takes all of them, and at
 * least the `atLeast` largest of all pairs.
 */
export const significantPairs = ({
  sigmas = paper.pairs.sigmas,
  threshold = "both",
  ...options
}: PairOptions & { sigmas?: number; threshold?: "both" | "thresholdOnly" } = {}): Rule<Pairs> => {
  const filled = { ...defaults, ...options };
  return rule("significantPairs", "Eq. 2", { ...filled, sigmas, threshold }, (_s, seen) => {
    const c = seen.correlations();
    const above = c.mean + sigmas * c.sigma;
    if (threshold === "both") return largestPairs(c, k(filled, c.d_sae), above);
    let count = 0;
    c.forEachPair((value) => {
      if (value > above) count++;
    });
    return largestPairs(c, Math.max(filled.atLeast, count));
  });
};

/**
 * The `most` pairs of largest c_ij among those above `above`, in row order. A heap holds the best so far with the one to
 * give way on top: the smallest, and of equals the last in row order, so that ties go to the first.
 */
export function largestPairs(c: Correlations, most: number, above = Number.NEGATIVE_INFINITY): Pairs {
  const values: number[] = [];
  const places: number[] = [];
  const givesWayBefore = (a: number, b: number): boolean =>
    values[a] < values[b] || (values[a] === values[b] && places[a] > places[b]);
  const swap = (a: number, b: number): void => {
    [values[a], values[b]] = [values[b], values[a]];
    [places[a], places[b]] = [places[b], places[a]];
  };
  const siftUp = (at: number): void => {
    for (let child = at; child > 0; ) {
      const parent = (child - 1) >> 1;
      if (!givesWayBefore(child, parent)) return;
      swap(child, parent);
      child = parent;
    }
  };
  const siftDown = (): void => {
    for (let parent = 0; ; ) {
      const left = 2 * parent + 1;
      let first = parent;
      for (const child of [left, left + 1]) if (child < values.length && givesWayBefore(child, first)) first = child;
      if (first === parent) return;
      swap(parent, first);
      parent = first;
    }
  };
  c.forEachPair((value, i, j) => {
    if (!(value > above)) return;
    if (values.length < most) {
      values.push(value);
      places.push(i * c.d_sae + j);
      siftUp(values.length - 1);
    } else if (value > values[0]) {
      values[0] = value;
      places[0] = i * c.d_sae + j;
      siftDown();
    }
  });
  const inOrder = Float64Array.from(places).sort();
  return {
    i: Int32Array.from(inOrder, (place) => Math.floor(place / c.d_sae)),
    j: Int32Array.from(inOrder, (place) => place % c.d_sae),
  };
}
