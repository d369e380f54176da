import { belowOne, notBelow, notNegative, optional, optionsOf, share } from "../base/checks.js";
import { type Rule, rule } from "../method.js";
import { paper } from "../paper.js";
import type { Sparsity } from "../sae/state.js";

const constantOptions = optionsOf("constantSparsity", { lambda1: notNegative });

/** λ₁ ≥ 0 stays as it is: Run 0. */
export const constantSparsity = (lambda1: number = paper.sparsityPenalty): Rule<Sparsity> =>
  rule("constantSparsity", "§3.1", constantOptions({ lambda1 }), () => ({ lambda1, activeFraction: undefined }));

/** How λ₁ moves, and within which range; the paper's numbers by default. */
export interface AdaptiveSparsityOptions {
  /** Of p, in (0, 1]. */
  target?: number;
  /** 0 or more. */
  rate?: number;
  /** 0 ≤ min ≤ max. */
  min?: number;
  max?: number;
  /** Momentum, in [0, 1), of the average of p that is compared with the target; 0 compares this batch's p (Reading R12). */
  momentum?: number;
  /** Where λ₁ stands before the first step, 0 or more; the paper's λ₁ where it is not said. */
  start?: number;
}

const adaptiveOptions = optionsOf("adaptiveSparsity", {
  target: share,
  rate: notNegative,
  min: notNegative,
  max: notBelow("min"),
  momentum: belowOne,
  start: optional(notNegative),
});

/** §4.3: λ₁ ← λ₁ (1 + rate · (p − target)), kept within [min, max]; p is the active fraction. */
export const adaptiveSparsity = ({
  target = paper.adaptiveSparsity.target,
  rate = paper.adaptiveSparsity.rate,
  min = paper.adaptiveSparsity.min,
  max = paper.adaptiveSparsity.max,
  momentum = 0,
  start,
}: AdaptiveSparsityOptions = {}): Rule<Sparsity> => {
  const options = adaptiveOptions({ target, rate, min, max, momentum, start });
  return rule("adaptiveSparsity", "§4.3", options, ({ sparsity }, seen) => {
    const before = sparsity.activeFraction ?? seen.activeFraction; // an average starts at its first value
    const p = momentum * before + (1 - momentum) * seen.activeFraction;
    const lambda1 = sparsity.lambda1 * (1 + rate * (p - target));
    return { lambda1: Math.min(max, Math.max(min, lambda1)), activeFraction: p };
  });
};

/** λ₁ before the first step: where an adaptive rule says that it starts, a constant one's own, else the paper's. */
export const startingSparsity = ({ options: { start, lambda1 } }: Rule<Sparsity>): number => {
  const said = start ?? lambda1;
  return typeof said === "number" ? said : paper.sparsityPenalty;
};
