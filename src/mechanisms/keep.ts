import { belowOne, count, notNegative, optionsOf, positive } from "../base/checks.js";
import { type Method, rule } from "../method.js";
import { above, nearThreshold } from "../sae/keep.js";
import { operations } from "../sae/operations.js";
import { requireTheta } from "../sae/params.js";

/** Every activation above 0 is a feature's: ReLU, as in Runs 0 to 9. */
export const keepAll: Method["keep"] = rule("keepAll", "Eq. 1", {}, (_s, { a }) => ({ f: a }));

const topOptions = optionsOf("topK", { k: count });

/** Of each token's activations the k ≥ 1 largest (Gao et al., arXiv 2406.04093, §2.3); measured as it trains. */
export const topK = ({ k = 32 }: { k?: number } = {}): Method["keep"] =>
  rule("topK", "arXiv 2406.04093", topOptions({ k }), (_s, { a }) => ({ f: operations().keepLargest(a, k, 1).f }));

const batchOptions = optionsOf("batchTopK", { k: count, beta: belowOne });

/**
 * Of a batch's activations the k · batch largest, k ≥ 1 a token on average (Bussmann et al., arXiv 2412.06410, §3). Measured: those
 * above the running mean of the smallest that a batch kept, θ ← βθ + (1 − β) · smallest, β in [0, 1).
 */
export const batchTopK = ({ k = 32, beta = 0.99 }: { k?: number; beta?: number } = {}): Method["keep"] =>
  rule("batchTopK", "arXiv 2412.06410", batchOptions({ k, beta }), ({ threshold }, { a, theta, training }) => {
    if (!training) return { f: above(a, theta ?? threshold ?? 0) };
    const [batch] = a.shape;
    const { f, smallest } = operations().keepLargest(a, k * batch, batch);
    if (smallest === 0) return { f, threshold };
    return { f, threshold: threshold === undefined ? smallest : beta * threshold + (1 - beta) * smallest };
  });

const jumpOptions = optionsOf("jumpRelu", { theta: notNegative, bandwidth: positive });

/**
 * Activations above their feature's θ ≥ 0, which is trained from this start on (Rajamanoharan et al., arXiv 2407.14435, §3); its
 * gradient sees what is within half the bandwidth of it.
 */
export const jumpRelu = ({ theta: start = 0.001, bandwidth = 0.001 } = {}): Method["keep"] =>
  rule(
    "jumpRelu",
    "arXiv 2407.14435",
    jumpOptions({ theta: start, bandwidth }),
    (_s, { a, z, alive, theta, training }) => {
      const thresholds = requireTheta(theta, "jumpRelu");
      const f = above(a, thresholds);
      return training ? { f, edge: { near: nearThreshold(z(), thresholds, alive, bandwidth), bandwidth } } : { f };
    },
  );
