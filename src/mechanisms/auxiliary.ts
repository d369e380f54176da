import { count, notNegative, optionsOf } from "../base/checks.js";
import { type Method, rule } from "../method.js";

/** No auxiliary loss: Runs 0 to 9. */
export const noAuxiliary: Method["auxiliary"] = rule("noAuxiliary", "", {}, () => undefined);

const options = optionsOf("reviveDead", { after: count, weight: notNegative });

/**
 * Features that have not fired in the `after` ≥ 1 steps before reconstruct what is left over, weight times as important as the
 * reconstruction: of each token the ⌊d_in/2⌋ largest of them (Gao et al., arXiv 2406.04093, appendix A.2).
 */
export const reviveDead = ({ after = 100, weight = 1 / 32 } = {}): Method["auxiliary"] =>
  rule("reviveDead", "arXiv 2406.04093", options({ after, weight }), ({ silentSteps, params }) => {
    const dead = Float32Array.from(silentSteps, (steps) => (steps >= after ? 1 : 0));
    const count = dead.reduce((sum, one) => sum + one, 0);
    return { dead, count, most: Math.floor(params.W_dec.shape[1] / 2), weight };
  });
