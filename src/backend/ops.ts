import * as tf from "@tensorflow/tfjs";
import { type Attribute, isNative, native } from "./native.js";

/** Runs `compute`, which returns no tensor, and frees every tensor it made, also when it throws. */
export function scoped<T>(compute: () => T): T {
  tf.engine().startScope();
  try {
    return compute();
  } finally {
    tf.engine().endScope();
  }
}

export interface Transposed {
  a?: boolean;
  b?: boolean;
}

/**
 * The matrix product a × b, of a or b transposed where said. On wasm the operand is transposed first, here and in the
 * gradient: the kernel that transposes as it goes takes five times as long there.
 */
export function matMul(a: tf.Tensor2D, b: tf.Tensor2D, transposed: Transposed = {}): tf.Tensor2D {
  if (isNative()) return tf.matMul(a, b, transposed.a, transposed.b);
  const flip = (x: tf.Tensor2D, yes?: boolean): tf.Tensor2D => (yes ? (tf.transpose(x) as tf.Tensor2D) : x);
  return transposingMatMul(flip(a, transposed.a), flip(b, transposed.b)) as tf.Tensor2D;
}

const transposingMatMul = tf.customGrad((a, b, save) => {
  (save as tf.GradSaveFunc)([a as tf.Tensor, b as tf.Tensor]);
  return {
    value: tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D),
    gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => [
      tf.matMul(dy as tf.Tensor2D, tf.transpose(saved[1] as tf.Tensor2D)),
      tf.matMul(tf.transpose(saved[0] as tf.Tensor2D), dy as tf.Tensor2D),
    ],
  };
});

/** Σ x² over all elements, as a scalar: in one pass where TensorFlow's kernels can be called. */
export function sumOfSquares(x: tf.Tensor): tf.Scalar {
  if (!isNative()) return tf.sum(tf.square(x));
  const { binding } = native();
  const T: Attribute = { name: "T", type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT };
  const [half] = binding.executeOp("L2Loss", [T], native().getInputTensorIds([x]), 1);
  return tf.mul(native().createOutputTensor(half), 2);
}
