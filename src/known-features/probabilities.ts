import { mean } from "../base/mean.js";

/** The mean of all p_g: features of which a vector has, on average, 3 %. */
const meanProbability = 0.03;

/** What no p_g exceeds. */
const largestProbability = 0.5;

/**
 * p_g ∝ 1 / (g + 4) for ranks g = 0 … G − 1, scaled to a mean of 0.03; what would be above 0.5 is 0.5, and the others are scaled
 * so that the mean stays [G].
 */
export function firingProbabilities(features: number): Float64Array {
  const capped = (scale: number): number[] =>
    Array.from({ length: features }, (_, g) => Math.min(largestProbability, scale / (g + 4)));
  let scale = 1;
  let probabilities = capped(scale);
  for (let found = mean(probabilities); Math.abs(found / meanProbability - 1) > 1e-12; found = mean(probabilities)) {
    scale *= meanProbability / found; // exact at once where nothing is capped, else nearer at each turn
    probabilities = capped(scale);
  }
  return Float64Array.from(probabilities);
}

/** The world's true L0: how many features fire in a vector on average, Σ p_g. */
export const trueL0 = (features: number): number => meanProbability * features;
