import { halves } from "../mechanisms/index.js";
import { batchTopK } from "./batch-top-k.js";
import type { MethodMaker } from "./maker.js";

/** BatchTopK whose first features reconstruct by themselves, at five sizes (Bussmann et al., arXiv 2503.17547). */
export const matryoshka: MethodMaker = (options) => ({ ...batchTopK(options), prefixes: halves() });
