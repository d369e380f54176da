import { paper } from "../paper.js";

/** How many pairs so many features have. */
export const pairsOf = (features: number): number => (features * (features - 1)) / 2;

/** How many of them T_k holds at most: k of Eq. 2, max(10, ⌊0.001 N⌋). */
export const selectedOf = (features: number): number =>
  Math.max(paper.pairs.atLeast, Math.floor(paper.pairs.fraction * pairsOf(features)));
