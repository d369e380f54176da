import * as tf from "@tensorflow/tfjs";
import type { BlockOperations } from "./block-steps.js";
import type { DecoderConfig } from "./decoder-config.js";
import type { DecoderProducts } from "./decoder-products.js";
import { rmsNorm } from "./rms-norm.js";
import { halfTurn } from "./rotary.js";

/** A block's operations by TensorFlow's own, on every backend; between products float32. `dispose` frees their table. */
export function plainOperations(
  { headDim, normEpsilon, activation }: DecoderConfig,
  { batched }: DecoderProducts,
): BlockOperations<tf.Tensor> & { dispose(): void } {
  const turn = halfTurn(headDim);
  return {
    normed: (x) => rmsNorm(x, normEpsilon),
    times: (x, w) => w.times(x as tf.Tensor2D),
    out: (x, w) => w.times(x as tf.Tensor2D),
    heads: (all, { first, count, perGroup, length }, rotation) =>
      tf.tidy(() => {
        const [tokens, width] = all.shape;
        const byToken = tf.reshape(all, [tokens / length, length, width / headDim, headDim]);
        const part = tf.slice(byToken, [0, 0, first, 0], [tokens / length, length, count, headDim]);
        const byHead = tf.transpose(part, [0, 2, 1, 3]);
        const groups = [(tokens / length) * (count / perGroup), perGroup * length, headDim];
        if (!rotation) return tf.reshape(byHead, groups);
        // Position and half are one axis here, so that tables broadcast by rows.
        const half = tf.matMul(tf.reshape<tf.Rank.R2>(byHead, [-1, headDim]), turn);
        const rows = [-1, length * headDim];
        const { cos, sin } = rotation;
        return tf.reshape(tf.add(tf.mul(tf.reshape(byHead, rows), cos), tf.mul(tf.reshape(half, rows), sin)), groups);
      }),
    scores: (q, k) => tf.tidy(() => batched(q, tf.transpose(k, [0, 2, 1])) as tf.Tensor3D),
    sums: (weights, v) => batched(weights, v),
    joined: (sums, heads, length) =>
      tf.tidy(() => {
        const byHead = tf.reshape<tf.Rank.R4>(sums, [-1, heads, length, headDim]);
        return tf.reshape(tf.transpose(byHead, [0, 2, 1, 3]), [-1, heads * headDim]);
      }),
    gated(x, gate, up) {
      const gates = tf.tidy(() => activations[activation](gate.times(x as tf.Tensor2D)));
      const both = tf.tidy(() => tf.mul(gates, up.times(x as tf.Tensor2D)));
      gates.dispose();
      return both;
    },
    dispose: () => turn.dispose(),
  };
}

const activations: Record<DecoderConfig["activation"], (x: tf.Tensor2D) => tf.Tensor2D> = {
  silu: (x) => tf.mul(x, tf.sigmoid(x)),
  gelu: (x) => {
    const inner = tf.tidy(() => tf.mul(Math.sqrt(2 / Math.PI), tf.add(x, tf.mul(0.044715, tf.mul(x, tf.square(x))))));
    return tf.mul(tf.mul(x, 0.5), tf.add(1, tf.tanh(inner)));
  },
};
