import { type Rule, rule } from "../method.js";
import { paper } from "../paper.js";

/** λ₁ stays as it is: Run 0. */
export const constantSparsity = (lambda1: number = paper.sparsityPenalty): Rule<number> =>
  rule("constantSparsity", "§3.1", { lambda1 }, () => lambda1);
