import * as tf from "@tensorflow/tfjs";
import type { DecoderConfig } from "./decoder-config.js";

/** What attention needs for sequences of one length, made once. */
export interface LengthTables {
  /** cos and sin of position · frequency, a head's two halves alike, [1, length · headDim]. */
  cos: tf.Tensor2D;
  sin: tf.Tensor2D;
  /** For each block, 0 where a query may look and a large negative number elsewhere, [1, length, length]. */
  masks: tf.Tensor3D[];
}

/** Tables for sequences of `length` tokens; the caller disposes them. */
export function lengthTables({ headDim, ropeTheta, windows }: DecoderConfig, length: number): LengthTables {
  const cos = new Float32Array(length * headDim);
  const sin = new Float32Array(length * headDim);
  for (let i = 0; i < headDim / 2; i++) {
    // Rounded to float32 at each step, as the published models were trained.
    const frequency = Math.fround(1 / Math.fround(ropeTheta ** ((2 * i) / headDim)));
    for (let position = 0; position < length; position++) {
      const angle = Math.fround(position * frequency);
      for (const at of [position * headDim + i, position * headDim + i + headDim / 2]) {
        cos[at] = Math.cos(angle);
        sin[at] = Math.sin(angle);
      }
    }
  }
  const masks = new Map<number, tf.Tensor3D>();
  const maskOf = (window: number): tf.Tensor3D => {
    const known = masks.get(window) ?? causalMask(length, window);
    masks.set(window, known);
    return known;
  };
  return {
    cos: tf.tensor2d(cos, [1, cos.length]),
    sin: tf.tensor2d(sin, [1, sin.length]),
    masks: windows.map((window) => maskOf(Math.min(window ?? length, length))),
  };
}

function causalMask(length: number, window: number): tf.Tensor3D {
  const mask = new Float32Array(length * length).fill(-1e9);
  for (let query = 0; query < length; query++)
    mask.fill(0, query * length + Math.max(0, query - window + 1), query * length + query + 1);
  return tf.tensor3d(mask, [1, length, length]);
}

/** R with x·R = (−second half of x, first half of x), [headDim, headDim]: half a rotation as one product. */
export function halfTurn(headDim: number): tf.Tensor2D {
  const half = headDim / 2;
  const values = new Float32Array(headDim * headDim);
  for (let i = 0; i < half; i++) {
    values[(i + half) * headDim + i] = -1;
    values[i * headDim + i + half] = 1;
  }
  return tf.tensor2d(values, [headDim, headDim]);
}
