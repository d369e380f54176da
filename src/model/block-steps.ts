import * as tf from "@tensorflow/tfjs";
import type { Block } from "./block.js";
import type { DecoderConfig } from "./decoder-config.js";
import type { ProductWeight } from "./decoder-products.js";

/** What is freed by who made it. */
interface Freed {
  dispose(): void;
}

/** Heads of q, k and v side by side: from `first` on so many, `perGroup` of them below each other. */
interface HeadsPart {
  first: number;
  count: number;
  perGroup: number;
  length: number;
}

/** How a block's steps are computed, and in which form what stands between two products is held. */
export interface BlockOperations<T extends Freed> {
  /** x / √(mean x² + ε): [tokens, d_in] → the same; the norm's weight is part of the product that follows. */
  normed(x: tf.Tensor2D): T;
  /** x w */
  times(x: T, w: ProductWeight): T;
  /** The same as the end of a step, in float32. */
  out(x: T, w: ProductWeight): tf.Tensor2D;
  /** [batch · length, all · headDim] → [batch · count / perGroup, perGroup · length, headDim], rotated where cos and sin are given. */
  heads(all: T, part: HeadsPart, turn?: Rotation): T;
  /** q kᵀ of each group, in float32 [groups, perGroup · length, length]. */
  scores(q: T, k: T): tf.Tensor3D;
  /** Each group's weights times its values [groups, perGroup · length, headDim]. */
  sums(weights: tf.Tensor3D, v: T): T;
  /** By head → [batch · length, heads · headDim]. */
  joined(sums: T, heads: number, length: number): T;
  /** activation(x gate) · (x up) */
  gated(x: T, gate: ProductWeight, up: ProductWeight): T;
}

/** cos and sin of position · frequency, [1, length · headDim]. */
interface Rotation {
  cos: tf.Tensor2D;
  sin: tf.Tensor2D;
}

/** What attention needs beside a block's weights. */
export type AttentionTables = Rotation & { mask: tf.Tensor3D; length: number };

/** The two steps of a block, on the stream x [tokens, d_in] as it is, before they are added to it. */
export interface BlockSteps {
  attention(x: tf.Tensor2D, block: Block, tables: AttentionTables): tf.Tensor2D;
  mlp(x: tf.Tensor2D, block: Block): tf.Tensor2D;
}

/**
 * A block's steps by these operations. What a step made on the way is freed as soon as nothing needs it, so that a pass takes
 * what its largest step does (`passMemory`).
 */
export const blockSteps = <T extends Freed>(
  { heads, kvHeads, attentionCap }: DecoderConfig,
  by: BlockOperations<T>,
): BlockSteps => ({
  attention(x, { qkv, o }, { cos, sin, mask, length }) {
    // The query heads that share a key head stand below each other: one product for all of them.
    const perGroup = heads / kvHeads;
    const [q, k, v] = using(by.normed(x), (normed) =>
      using(by.times(normed, qkv), (all) => [
        by.heads(all, { first: 0, count: heads, perGroup, length }, { cos, sin }),
        by.heads(all, { first: heads, count: kvHeads, perGroup: 1, length }, { cos, sin }),
        by.heads(all, { first: heads + kvHeads, count: kvHeads, perGroup: 1, length }),
      ]),
    );
    const weights = tf.tidy(() =>
      softmaxed(
        using(q, () => using(k, () => by.scores(q, k))),
        mask,
        attentionCap,
      ),
    );
    const sums = using(v, () => using(weights, () => by.sums(weights, v)));
    return using(sums, () => using(by.joined(sums, heads, length), (joined) => by.out(joined, o)));
  },
  mlp: (x, { gate, up, down }) =>
    using(by.normed(x), (normed) => using(by.gated(normed, gate, up), (both) => by.out(both, down))),
});

/** Gives what `compute` makes of x, and frees x, also when it throws. */
function using<T extends Freed, R>(x: T, compute: (x: T) => R): R {
  try {
    return compute(x);
  } finally {
    x.dispose();
  }
}

/** Attention's weights from the scores of each group, capped where the model caps them [groups, perGroup · length, length]. */
function softmaxed(scores: tf.Tensor3D, mask: tf.Tensor3D, cap: number | null): tf.Tensor3D {
  const byHead = tf.reshape(scores, [-1, ...mask.shape.slice(1)]);
  const capped = cap ? tf.mul(tf.tanh(byHead), cap) : byHead;
  return tf.reshape(tf.softmax(tf.add(capped, mask)), scores.shape);
}
