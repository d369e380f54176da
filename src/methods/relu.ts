import { constantSparsity } from "../mechanisms/index.js";
import type { MethodMaker } from "./maker.js";

/** ReLU and λ₁ ‖f‖₁ (§3.1); Run 0 is λ₁ = 0.04. */
export const relu: MethodMaker = ({ lambda1 }) => ({ sparsity: constantSparsity(lambda1) });
