import { batchTopK as keepBatchTopK } from "../mechanisms/index.js";
import { paper } from "../paper.js";
import type { MethodMaker } from "./maker.js";
import { topK } from "./top-k.js";

/** TopK over the batch: tokens share k · batch features (Bussmann et al., arXiv 2412.06410). */
export const batchTopK: MethodMaker = (options) => {
  const beta = Math.max(0, 1 - (0.01 * paper.steps) / options.steps);
  return { ...topK(options), keep: keepBatchTopK({ k: options.k, beta }) };
};
