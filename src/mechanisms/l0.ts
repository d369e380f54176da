import { count, notNegative, optionsOf } from "../base/checks.js";
import { type Method, rule } from "../method.js";

/** The number of active features is not asked for: Runs 0 to 9. */
export const noL0Target: Method["l0"] = rule("noL0Target", "", {}, () => undefined);

const options = optionsOf("l0Target", { k: count, warmup: notNegative });

/**
 * s_t · (L0/k − 1)², for a mean of k ≥ 1 active features a token, s_t = min(t/warmup, 1) (Rajamanoharan et al., arXiv 2407.14435,
 * appendix G); it moves θ alone.
 */
export const l0Target = ({ k = 32, warmup = 500 } = {}): Method["l0"] =>
  rule("l0Target", "arXiv 2407.14435", options({ k, warmup }), ({ step }) => ({
    k,
    weight: warmup > 0 ? Math.min((step + 1) / warmup, 1) : 1,
  }));
