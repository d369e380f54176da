import { checked, count } from "../base/checks.js";
import { SncError } from "../base/errors.js";

/* Null baselines: what each correlation would be if features had nothing to do with each other. Drawn beside every one. */

/** E|cos| of two random directions in d ≥ 1 dimensions: √(2/(πd)). */
export const randomDirectionCosine = (d: number): number =>
  Math.sqrt(2 / (Math.PI * checked("randomDirectionCosine", { d }, { d: count }).d));

/** E|r| of the Pearson correlation of two independent columns of n ≥ 1 numbers: √(2/(πn)). */
export const pearsonNoiseFloor = (n: number): number =>
  Math.sqrt(2 / (Math.PI * checked("pearsonNoiseFloor", { n }, { n: count }).n));

/**
 * The mean cosine over pairs of columns that have nothing to do with each other: Σ m_i m_j / (r_i r_j) over n(n − 1)/2 pairs, from
 * the mean m and the root mean square r of each column. It is what permuting every column by itself gives on average; a column
 * of zeros has cosine 0. Where columns are alike it is p·κ: the share of values above zero times κ = E[a]²/E[a²] over these. Throws a usage error for fewer
 * than two columns, or means and root mean squares of different numbers of them.
 */
export function independentCosine(means: ArrayLike<number>, rms: ArrayLike<number>): number {
  if (means.length < 2 || means.length !== rms.length)
    throw new SncError(
      "usage",
      `independentCosine: expected as many means as rms, 2 or more, found ${means.length} and ${rms.length}`,
    );
  let [sum, squares] = [0, 0];
  for (let i = 0; i < means.length; i++) {
    const ratio = rms[i] === 0 ? 0 : means[i] / rms[i];
    sum += ratio;
    squares += ratio ** 2;
  }
  return (sum ** 2 - squares) / (means.length * (means.length - 1));
}
