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

/** The largest of some values each, and where it is; −∞ and −1 where there is none. */
export interface Largest {
  value: Float32Array;
  at: Int32Array;
}

export function largestOthers(products: tf.Tensor2D, first: number, second: number) {
  const [m, n] = products.shape;
  const x = products.dataSync<"float32">();
  const [ofRows, ofColumns] = [m, n].map((length) => ({
    value: new Float32Array(length).fill(Number.NEGATIVE_INFINITY),
    at: new Int32Array(length).fill(-1),
  }));
  for (let i = 0; i < m; i++)
    for (let j = Math.max(0, first + i + 1 - second); j < n; j++) {
      const value = x[i * n + j];
      if (value > ofRows.value[i]) [ofRows.value[i], ofRows.at[i]] = [value, j];
      if (value > ofColumns.value[j]) [ofColumns.value[j], ofColumns.at[j]] = [value, i];
    }
  return { ofRows, ofColumns };
}

export function pullApart(
  units: tf.Tensor2D,
  norms: tf.Tensor1D,
  i: Int32Array,
  j: Int32Array,
  pulls: Float32Array,
): tf.Tensor2D {
  const d = units.shape[1];
  const u = units.dataSync<"float32">();
  const pulled = new Float32Array(u.length);
  for (let p = 0; p < pulls.length; p++)
    for (let one = i[p] * d, other = j[p] * d, k = 0; k < d; k++, one++, other++) {
      pulled[one] += pulls[p] * u[other];
      pulled[other] += pulls[p] * u[one];
    }
  const g = tf.tensor2d(pulled, units.shape);
  return tf.div(tf.sub(g, tf.mul(units, tf.sum(tf.mul(g, units), 1, true))), tf.expandDims(norms, 1));
}

export function signs(products: tf.Tensor2D, first: number, second: number): { signs: tf.Tensor2D; sum: number } {
  const [m, n] = products.shape;
  const itself = tf.oneHot(tf.range(first - second, first - second + m, 1, "int32"), n) as tf.Tensor2D;
  const others = tf.mul(products, tf.sub(1, tf.cast(itself, "float32"))) as tf.Tensor2D;
  return { signs: tf.sign(others), sum: tf.sum(tf.abs(others)).dataSync()[0] };
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
