import { type Rule, rule } from "../method.js";
import { paper } from "../paper.js";

/**
 * Eq. 6: I ← βI + (1 − β)‖f_i‖, starting at its first value. Reading R7 `batchL2`: ‖f_i‖ is the L2 norm of column i
 * of the feature activations over the batch.
 */
export const momentumImportance = ({ beta = paper.importance.beta }: { beta?: number } = {}): Rule<Float64Array> =>
  rule("momentumImportance", "Eq. 6", { beta, norm: "batchL2" }, (s, seen) => {
    const norms = Float64Array.from(seen.columnNorms);
    return s.importance ? norms.map((norm, i) => beta * s.importance![i] + (1 - beta) * norm) : norms;
  });
