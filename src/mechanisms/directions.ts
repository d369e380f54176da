import { count, notNegative, optionsOf } from "../base/checks.js";
import { type Method, rule } from "../method.js";
import { dealt } from "../sae/directions.js";

/** Directions are free: Runs 0 to 9. */
export const freeDirections: Method["directions"] = rule("freeDirections", "", {}, () => undefined);

const options = optionsOf("orthogonalChunks", { gamma: notNegative, size: count });

/**
 * Each decoder row is pushed away from the most similar one of its chunk, γ ≥ 0 times as important as the reconstruction; features are
 * dealt anew in each step, into the fewest chunks of at most `size` ≥ 1 (OrtSAE, arXiv 2509.22033, §3).
 */
export const orthogonalChunks = ({ gamma = 0.25, size = 8192 } = {}): Method["directions"] =>
  rule("orthogonalChunks", "arXiv 2509.22033", options({ gamma, size }), ({ shuffle, alive: { length } }) => ({
    gamma,
    ...dealt(length, Math.max(1, Math.ceil(length / size)), shuffle),
  }));
