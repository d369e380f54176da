import * as m from "../mechanisms/index.js";
import type { MethodMaker } from "./maker.js";

/** Of each token the k largest activations; dead features reconstruct what is left over (Gao et al., arXiv 2406.04093). */
export const topK: MethodMaker = ({ k, interval }) => ({
  sparsity: m.constantSparsity(0),
  keep: m.topK({ k }),
  auxiliary: m.reviveDead({ after: interval }),
});
