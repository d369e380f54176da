import * as tf from "@tensorflow/tfjs";
import { bfloat16Product, freeing, rounded, widened } from "../backend/bfloat16.js";
import { gatedKernel, headsKernel, joinHeadsKernel, normedKernel } from "../backend/kernel-ops.js";
import { scoped } from "../backend/ops.js";
import type { Block } from "./decoder.js";
import type { DecoderConfig } from "./decoder-config.js";
import type { LengthTables } from "./rotary.js";

/*
 * A block's steps by this package's kernels, for products in bfloat16: what stands between two products stays in bfloat16,
 * computed in float32 and rounded where a product would round it.
 */

/** Attention of the normed stream x [tokens, d_in] in block i, before it is added to the stream. */
export const attentionInBfloat16 = (
  { heads, kvHeads, headDim, attentionCap, normEpsilon }: DecoderConfig,
  { qkv, o }: Block,
  x: tf.Tensor2D,
  { cos, sin, mask, length }: Pick<LengthTables, "cos" | "sin"> & { mask: tf.Tensor3D; length: number },
): tf.Tensor2D =>
  freeing((made) => {
    const all = made(bfloat16Product(made(normedKernel(x, normEpsilon)), qkv.held!));
    // The query heads that share a key head stand below each other: one product for all of them.
    const perGroup = heads / kvHeads;
    const part = (first: number, count: number, of: number, turn?: { cos: tf.Tensor; sin: tf.Tensor }) =>
      made(headsKernel(all, { first, count, perGroup: of, length, headDim }, turn));
    const q = part(0, heads, perGroup, { cos, sin });
    const k = part(heads, kvHeads, 1, { cos, sin });
    const v = part(heads + kvHeads, kvHeads, 1);
    const scored = made(bfloat16Product(q, k, { batched: true, b: true }));
    const weights = scoped(() => {
      const scores = widened<tf.Tensor3D>(scored); // [groups, perGroup · length, length]
      const byHead = tf.reshape(scores, [-1, length, length]);
      const capped = attentionCap ? tf.mul(tf.tanh(byHead), attentionCap) : byHead;
      return made(rounded(tf.reshape(tf.softmax(tf.add(capped, mask)), scores.shape)));
    });
    const sums = made(bfloat16Product(weights, v, { batched: true }));
    return widened(made(bfloat16Product(made(joinHeadsKernel(sums, heads, length)), o.held!)));
  });

/** The MLP of the normed stream x [tokens, d_in], before it is added to the stream. */
export const mlpInBfloat16 = (
  { activation, normEpsilon }: DecoderConfig,
  { gate, up, down }: Block,
  x: tf.Tensor2D,
): tf.Tensor2D =>
  freeing((made) => {
    const normed = made(normedKernel(x, normEpsilon));
    const [gates, ups] = [gate, up].map((weight) => made(bfloat16Product(normed, weight.held!)));
    return widened(made(bfloat16Product(made(gatedKernel(gates, ups, activation)), down.held!)));
  });
