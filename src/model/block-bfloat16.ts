import { type Bfloat16, bfloat16Product, freeing, rounded, widened } from "../backend/bfloat16.js";
import { gatedKernel, headsKernel, joinHeadsKernel, normedKernel } from "../backend/kernel-ops.js";
import type { BlockOperations } from "./block-steps.js";
import type { DecoderConfig } from "./decoder-config.js";

/**
 * A block's operations by this package's kernels, for weights held in bfloat16: what stands between two products stays in
 * bfloat16, computed in float32 and rounded where a product would round it.
 */
export const bfloat16Operations = ({ headDim, normEpsilon, activation }: DecoderConfig): BlockOperations<Bfloat16> => ({
  normed: (x) => normedKernel(x, normEpsilon),
  times: (x, w) => bfloat16Product(x, w.held!),
  out: (x, w) => freeing((made) => widened(made(bfloat16Product(x, w.held!)))),
  heads: (all, part, rotation) => headsKernel(all, { ...part, headDim }, rotation),
  scores: (q, k) => freeing((made) => widened(made(bfloat16Product(q, k, { batched: true, b: true })))),
  sums: (weights, v) => freeing((made) => bfloat16Product(made(rounded(weights)), v, { batched: true })),
  joined: (sums, heads, length) => joinHeadsKernel(sums, heads, length),
  gated: (x, gate, up) =>
    freeing((made) => {
      const [gates, ups] = [gate, up].map((weight) => made(bfloat16Product(x, weight.held!)));
      return gatedKernel(gates, ups, activation);
    }),
});
