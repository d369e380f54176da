import * as tf from "@tensorflow/tfjs";
import { scoped, sumOfSquares } from "../backend/ops.js";
import type { MutableTensor } from "../backend/variables.js";
import { type AdamOptions, adam as adamOf } from "./adam.js";
import type { Pairs } from "./correlations/pairs.js";
import type { Neighbours } from "./inhibition.js";
import { unitRows, withoutRadialPart } from "./params.js";

/* The definitions of `Operations`, as plain loops and TensorFlow's operations: on every backend. */

export const activate = (x: tf.Tensor2D, bias: tf.Tensor1D, alive: tf.Tensor1D): tf.Tensor2D =>
  tf.mul(tf.relu(tf.add(x, bias)), alive);

export function largestNeighbour(raw: tf.Tensor2D, { starts, members }: Neighbours): tf.Tensor2D {
  const [batch, d_sae] = raw.shape;
  const a = raw.dataSync<"float32">();
  const largest = new Float32Array(a.length);
  for (let row = 0; row < a.length; row += d_sae)
    for (let j = 0; j < d_sae; j++) {
      if (a[row + j] === 0) continue; // stays 0 whatever the outcome
      for (let n = starts[j]; n < starts[j + 1]; n++)
        if (a[row + members[n]] > largest[row + j]) largest[row + j] = a[row + members[n]];
    }
  return tf.tensor2d(largest, [batch, d_sae]);
}

/** For each pair one inner product, and its sign times x_j and x_i on the derivatives of x_i and x_j: 3 m |T_k| multiply-adds. */
export function orthogonality(X: tf.Tensor2D, { i, j }: Pairs): { value: number; pull: tf.Tensor2D } {
  const [m, d_sae] = X.shape;
  const columns = tf.transpose(X).dataSync<"float32">();
  const derivative = new Float32Array(columns.length);
  let value = 0;
  for (let p = 0; p < i.length; p++) {
    const [first, second] = [i[p] * m, j[p] * m];
    let product = 0;
    for (let row = 0; row < m; row++) product += columns[first + row] * columns[second + row];
    value += Math.abs(product);
    const sign = Math.sign(product);
    for (let row = 0; row < m; row++) {
      derivative[first + row] += sign * columns[second + row];
      derivative[second + row] += sign * columns[first + row];
    }
  }
  return { value, pull: tf.transpose(tf.tensor2d(derivative, [d_sae, m])) };
}

export function adam(
  variables: MutableTensor[],
  gradient: tf.Tensor,
  options: AdamOptions,
  learningRate: number,
  t: number,
  rowsOfUnitLength: boolean,
): tf.Tensor {
  const [weight] = variables;
  const square = sumOfSquares(gradient);
  if (!rowsOfUnitLength) adamOf(variables, gradient, options, learningRate, t);
  else {
    const turning = tf.tidy(() => withoutRadialPart(gradient as tf.Tensor2D, weight.read() as tf.Tensor2D));
    adamOf(variables, turning, options, learningRate, t);
    tf.tidy(() => weight.assign(unitRows(weight.read() as tf.Tensor2D)));
  }
  return square;
}

export function put(variable: MutableTensor, values: Float32Array, places: readonly number[], distance: number): void {
  scoped(() => {
    const all = new Float32Array(variable.read().dataSync<"float32">());
    const n = values.length / places.length;
    for (let at = 0; at < values.length; at++) all[places[Math.floor(at / n)] + (at % n) * distance] = values[at];
    variable.assign(tf.tensor(all, variable.shape));
  });
}

export function countFiring(f: Float32Array, firing: Int32Array, squares: Float64Array, l0: Int32Array): void {
  for (let b = 0, at = 0; at < f.length; b++)
    for (let i = 0; i < firing.length; i++, at++) {
      squares[i] += f[at] * f[at];
      if (f[at] > 0) {
        firing[i]++;
        l0[b]++;
      }
    }
}
