import * as tf from "@tensorflow/tfjs";
import { type Bfloat16, bfloat16MatMul, bfloat16Of } from "../backend/bfloat16.js";
import { isNative, onDevice } from "../backend/native.js";
import type { Precision } from "../backend/precision.js";
import { SncError } from "../base/errors.js";
import { howToSetUp } from "../base/files.js";
import { toBfloat16 } from "./encodings.js";

/** A product's weight on the device. */
export interface ProductWeight {
  /** x w, [rows, in] → [rows, out]. */
  times(x: tf.Tensor2D): tf.Tensor2D;
  /** Itself, where it is held in bfloat16. */
  held?: Bfloat16;
  dispose(): void;
}

/** How a decoder multiplies and holds what it multiplies with; all else of a pass is float32. */
export interface DecoderProducts {
  /** w [in, out]; its values are given up. */
  hold(w: Float32Array, shape: [number, number]): ProductWeight;
  /** a b for each matrix of a batch: attention's scores and its sums of values. */
  batched(a: tf.Tensor, b: tf.Tensor): tf.Tensor;
}

const float32: DecoderProducts = {
  hold(w, shape) {
    const held = onDevice(w, shape);
    return { times: (x) => tf.matMul(x, held), dispose: () => held.dispose() };
  },
  batched: (a, b) => tf.matMul(a, b),
};

const bfloat16: DecoderProducts = {
  hold(w, shape) {
    const held = bfloat16Of(toBfloat16(w), shape);
    return { times: (x) => bfloat16MatMul(x, held), held, dispose: held.dispose };
  },
  batched: (a, b) => bfloat16MatMul(a, b),
};

/** The products in this precision. */
export function decoderProducts(precision: Precision): DecoderProducts {
  if (precision === "float32") return float32;
  if (isNative()) return bfloat16;
  throw new SncError(
    "environment",
    `precision bfloat16: expected native TensorFlow, found ${tf.getBackend()}. Run: ${howToSetUp}, or take float32`,
  );
}
