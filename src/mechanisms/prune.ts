import { count, oneOf, optional, optionsOf, unitInterval } from "../base/checks.js";
import { type Pruning, type Rule, rule } from "../method.js";
import { paper } from "../paper.js";

/** No feature is switched off: Runs 0 to 3. */
export const noPruning: Rule<Pruning> = rule("noPruning", "", {}, () => ({ features: [], action: "disable" }));

/** When and whom pruning hits (§5.3); the paper's numbers by default. */
export interface PruneOptions {
  /** In [0, 1], as |cos| is. */
  threshold?: number;
  /** Steps between two prunings, 1 or more. */
  every?: number;
  /** Features with I above this percentile, in [0, 1], are spared (Run 5); undefined spares none (Run 4). */
  protectAbove?: number;
  /** Reading R8: the less important of a pair is hit, or both; it is switched off, or started again at once. */
  hit?: "lessImportant" | "both";
  action?: "disable" | "reinitialize";
}

const options = optionsOf("pruneCorrelated", {
  threshold: unitInterval,
  every: count,
  protectAbove: optional(unitInterval),
  hit: oneOf("lessImportant", "both"),
  action: oneOf("disable", "reinitialize"),
});

/**
 * §4.3, §5.3: every so many steps, of each pair with c_ij > threshold the less important feature (of equals the lower
 * index). Pairs are visited in row order; a pair with a feature already hit is passed over.
 */
export const pruneCorrelated = ({
  threshold = paper.prune.threshold,
  every = paper.interval,
  protectAbove,
  hit = "lessImportant",
  action = "disable",
}: PruneOptions = {}): Rule<Pruning> =>
  rule("pruneCorrelated", "§4.3", options({ threshold, every, protectAbove, hit, action }), (s, seen) => {
    const features = new Set<number>();
    if ((s.step + 1) % every !== 0) return { features: [], action };
    const I = s.importance!;
    const spared = protectAbove === undefined ? Number.POSITIVE_INFINITY : percentile(I, protectAbove);
    const correlated = seen.correlations().above(threshold);
    for (const [p, i] of correlated.i.entries()) {
      const j = correlated.j[p];
      if (features.has(i) || features.has(j)) continue;
      const losers = hit === "both" ? [i, j] : [I[j] < I[i] ? j : i];
      for (const loser of losers) if (!(I[loser] > spared)) features.add(loser);
    }
    return { features: [...features], action };
  });

/** The value below which this share of the values lies, interpolated linearly between neighbours. */
export function percentile(values: Float64Array, share: number): number {
  const sorted = Float64Array.from(values).sort();
  const at = share * (sorted.length - 1);
  const below = sorted[Math.floor(at)];
  return below + (at - Math.floor(at)) * (sorted[Math.ceil(at)] - below);
}
