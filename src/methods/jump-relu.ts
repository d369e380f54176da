import * as m from "../mechanisms/index.js";
import type { MethodMaker } from "./maker.js";

/** Activations above a trained θ, which moves towards k of them a token (Rajamanoharan et al., arXiv 2407.14435). */
export const jumpRelu: MethodMaker = ({ k, steps }) => ({
  sparsity: m.constantSparsity(0),
  keep: m.jumpRelu(),
  l0: m.l0Target({ k, warmup: steps / 2 }),
});
