import { belowOne, notBelow, notNegative, oneOf, optionsOf, share } from "../base/checks.js";
import { type Observed, type Rule, rule } from "../method.js";
import { paper } from "../paper.js";
import type { Pairs } from "../sae/correlations/pairs.js";

/** τ stays where it starts: Runs 0 and 1. */
export const constantTau = (): Rule<number> => rule("constantTau", "Eq. 1", {}, (s) => s.tau);

/** Reading R5: c̄, the mean correlation over T_k (0 if it is empty), or over all pairs. */
export type MeanCorrelation = "selected" | "all";

const meanCorrelations = {
  selected: ({ i, j, c }: Pairs, seen: Observed) => {
    if (i.length === 0) return 0;
    const chosenBy = seen.penalised === seen.correlations ? c : undefined;
    const at = chosenBy ? (p: number) => chosenBy[p] : (p: number) => seen.penalised().at(i[p], j[p]);
    return i.reduce((sum, _, p) => sum + at(p), 0) / i.length;
  },
  all: (_pairs: Pairs, seen: Observed) => seen.penalised().mean,
} satisfies Record<MeanCorrelation, (pairs: Pairs, seen: Observed) => number>;

/** How τ moves, and within which range; the paper's numbers by default. */
export interface AdaptiveTauOptions {
  /** In [0, 1). */
  alpha?: number;
  /** c_target, in (0, 1]. */
  target?: number;
  /** 0 ≤ min ≤ max. */
  min?: number;
  max?: number;
  meanCorrelation?: MeanCorrelation;
}

const options = optionsOf("adaptiveTau", {
  alpha: belowOne,
  target: share,
  min: notNegative,
  max: notBelow("min"),
  meanCorrelation: oneOf(...Object.keys(meanCorrelations)),
});

/** Eq. 3: τ ← ατ + (1 − α) τ c̄ / c_target, kept within [min, max]. */
export const adaptiveTau = ({
  alpha = paper.tau.alpha,
  target = paper.tau.target,
  min = paper.tau.min,
  max = paper.tau.max,
  meanCorrelation = "selected",
}: AdaptiveTauOptions = {}): Rule<number> =>
  rule("adaptiveTau", "Eq. 3", options({ alpha, target, min, max, meanCorrelation }), (s, seen) => {
    const cBar = meanCorrelations[meanCorrelation](s.pairs, seen);
    return Math.min(max, Math.max(min, alpha * s.tau + (1 - alpha) * s.tau * (cBar / target)));
  });
