import { type Rule, rule } from "../method.js";
import { paper } from "../paper.js";
import type { Sparsity } from "../sae/state.js";

/** λ₁ stays as it is: Run 0. */
export const constantSparsity = (lambda1: number = paper.sparsityPenalty): Rule<Sparsity> =>
  rule("constantSparsity", "§3.1", { lambda1 }, () => ({ lambda1, activeFraction: undefined }));

export interface AdaptiveSparsityOptions {
  target?: number;
  rate?: number;
  min?: number;
  max?: number;
  /** Momentum of the average of p that is compared with the target; 0 compares this batch's p (Reading R12). */
  momentum?: number;
}

/** §4.3: λ₁ ← λ₁ (1 + rate · (p − target)), kept within [min, max]; p is the active fraction. */
export const adaptiveSparsity = ({
  target = paper.adaptiveSparsity.target,
  rate = paper.adaptiveSparsity.rate,
  min = paper.adaptiveSparsity.min,
  max = paper.adaptiveSparsity.max,
  momentum = 0,
}: AdaptiveSparsityOptions = {}): Rule<Sparsity> =>
  rule("adaptiveSparsity", "§4.3", { target, rate, min, max, momentum }, ({ sparsity }, seen) => {
    const before = sparsity.activeFraction ?? seen.activeFraction; // an average starts at its first value
    const p = momentum * before + (1 - momentum) * seen.activeFraction;
    const lambda1 = sparsity.lambda1 * (1 + rate * (p - target));
    return { lambda1: Math.min(max, Math.max(min, lambda1)), activeFraction: p };
  });
