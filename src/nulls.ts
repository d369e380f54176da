/* Null baselines: what each correlation would be if features had nothing to do with each other. Drawn beside every one. */

/** E|cos| of two random directions in d dimensions: √(2/(πd)). */
export const randomDirectionCosine = (d: number): number => Math.sqrt(2 / (Math.PI * d));

/** E|r| of the Pearson correlation of two independent columns of n numbers: √(2/(πn)). */
export const pearsonNoiseFloor = (n: number): number => Math.sqrt(2 / (Math.PI * n));

/**
 * The mean cosine of independent non-negative columns, p·κ: the share of values above zero times κ = E[a]²/E[a²] over these.
 * From the sums of a, of a² and the count of a > 0, among `count` values. 0 where nothing is above zero. One p and one κ for all
 * features: where these differ in scale, p·κ is too low, and where some never fire too high. Exact is (Σ_i E[a_i]/√E[a_i²])²/d².
 */
export function independentCosine(sums: { sum: number; squares: number; active: number; count: number }): number {
  if (sums.active === 0) return 0;
  const p = sums.active / sums.count;
  const kappa = (sums.sum / sums.active) ** 2 / (sums.squares / sums.active);
  return p * kappa;
}
