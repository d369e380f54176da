import { finite, oneOf, optionsOf, unitInterval, wholeFrom } from "../base/checks.js";
import { type Rule, rule } from "../method.js";
import { paper } from "../paper.js";
import { emptyPairs, type Pairs } from "../sae/correlations/pairs.js";
import { pairCount } from "../sae/correlations/selection.js";

/** Nothing is penalised: Run 0. */
export const noPairs: Rule<Pairs> = rule("noPairs", "", {}, () => emptyPairs);

/** How many pairs T_k has; the paper's numbers by default. */
export interface PairOptions {
  /** k = max(atLeast, ⌊fraction · N⌋), fraction in [0, 1]. */
  fraction?: number;
  /** Pairs, 0 or more. */
  atLeast?: number;
  /** Reading R2: N counts all pairs, or the features. */
  count?: "pairs" | "features";
}

const k = ({ fraction, atLeast, count }: Required<PairOptions>, d_sae: number): number =>
  Math.max(atLeast, Math.floor(fraction * (count === "pairs" ? pairCount(d_sae) : d_sae)));

const { fraction, atLeast } = paper.pairs;
const defaults: Required<PairOptions> = { fraction, atLeast, count: "pairs" };

const ranges = { fraction: unitInterval, atLeast: wholeFrom(0), count: oneOf("pairs", "features") };
const topOptions = optionsOf("topPairs", ranges);
const allOptions = optionsOf("allPairs", ranges);
const significantOptions = optionsOf("significantPairs", {
  ...ranges,
  sigmas: finite,
  threshold: oneOf("both", "thresholdOnly"),
});

/** §4.1: T_k is the k pairs of largest c_ij; ties go to the pair that comes first in row order. */
export const topPairs = (options: PairOptions = {}): Rule<Pairs> => {
  const filled = { ...defaults, ...options };
  return rule("topPairs", "§4.1", topOptions(filled), (_s, seen) => {
    const c = seen.correlations();
    return c.largest(k(filled, c.d_sae));
  });
};

/** Every pair, with the weight that Run 1 gives its k pairs spread over all N: k/N each. */
export const allPairs = (options: PairOptions = {}): Rule<Pairs> => {
  const filled = { ...defaults, ...options };
  return rule("allPairs", "§2.1", allOptions(filled), ({ alive: { length } }) => ({
    ...emptyPairs,
    weightOfAll: k(filled, length) / pairCount(length),
  }));
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
  return rule("significantPairs", "Eq. 2", significantOptions({ ...filled, sigmas, threshold }), (_s, seen) => {
    const c = seen.correlations();
    if (threshold === "both") return c.significant(k(filled, c.d_sae), sigmas);
    const above = c.mean + sigmas * c.sigma;
    const all = c.above(above);
    return { ...(all.i.length < filled.atLeast ? c.largest(filled.atLeast) : all), threshold: above };
  });
};
