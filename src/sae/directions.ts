import * as tf from "@tensorflow/tfjs";
import { matMul } from "../backend/ops.js";
import { permutation, streamFromState } from "../base/random.js";
import type { Directions } from "./loss.js";

/** Features in so many chunks whose sizes differ by at most one, at random, and where the stream stands afterwards. */
export function dealt(d_sae: number, count: number, shuffle: readonly number[]) {
  const random = streamFromState(shuffle);
  const order = permutation(random, d_sae);
  const at = (chunk: number): number => Math.floor((chunk * d_sae) / count);
  const chunks = Array.from({ length: count }, (_, chunk) => order.slice(at(chunk), at(chunk + 1)).sort());
  return { chunks, shuffle: random.state() };
}

/** How far decoder rows are from being orthogonal to the most similar one of their chunk. */
export interface DirectionPenalty {
  /** (1/K) Σ_C (1/|C|) Σ_{i∈C} (max_{j∈C, j≠i} cos(W_dec,i, W_dec,j))² */
  value: number;
  /** γ · its derivative by W_dec [d_sae, d_in]. */
  W_dec: tf.Tensor2D;
}

/** The penalty and its gradient; which row is the most similar, the lower of equals, is a constant. Undefined without chunks. */
export function directionPenalty(W_dec: tf.Tensor2D, directions: Directions | undefined): DirectionPenalty | undefined {
  if (!directions) return undefined;
  const [d_sae, d_in] = W_dec.shape;
  const { units, norms } = unitsOf(W_dec);
  const gradient = new Float32Array(d_sae * d_in);
  let value = 0;
  for (const chunk of directions.chunks) {
    const { nearest, cosines } = mostSimilar(units, d_in, chunk);
    for (let at = 0; at < chunk.length; at++) {
      if (nearest[at] < 0) continue; // alone in its chunk
      const weight = 1 / (directions.chunks.length * chunk.length);
      value += weight * cosines[at] ** 2;
      pullApart(gradient, units, d_in, chunk[at], chunk[nearest[at]], 2 * directions.gamma * weight * cosines[at]);
    }
  }
  throughNorms(gradient, units, norms, d_in);
  return { value, W_dec: tf.tensor2d(gradient, [d_sae, d_in]) };
}

/** Rows divided by max(their L2 norm, 1e-8) [d_sae · d_in], and what they were divided by. */
function unitsOf(W_dec: tf.Tensor2D): { units: Float32Array; norms: Float32Array } {
  const norms = tf.maximum(tf.norm(W_dec, 2, 1, true), 1e-8);
  const read = (x: tf.Tensor): Float32Array => x.dataSync<"float32">() as Float32Array;
  return { units: read(tf.div(W_dec, norms)), norms: read(norms) };
}

/** So many rows at a time are compared: each tile of products is read back, and each pair of rows is in one tile. */
const tileRows = 1024;

/** For each row of a chunk the place in it of the most similar other one, −1 where there is none, and their cosine. */
function mostSimilar(units: Float32Array, d_in: number, chunk: Int32Array) {
  const nearest = new Int32Array(chunk.length).fill(-1);
  const cosines = new Float32Array(chunk.length).fill(Number.NEGATIVE_INFINITY);
  const offer = (i: number, j: number, cosine: number): void => {
    if (cosine > cosines[i]) [cosines[i], nearest[i]] = [cosine, j];
  };
  const tiles = Array.from({ length: Math.ceil(chunk.length / tileRows) }, (_, tile) => {
    const from = tile * tileRows;
    return { from, rows: rowsOf(units, d_in, chunk.subarray(from, from + tileRows)) };
  });
  for (const [a, first] of tiles.entries())
    for (const second of tiles.slice(a)) {
      const products = matMul(first.rows, second.rows, { b: true }).dataSync<"float32">();
      const [height, width] = [first.rows.shape[0], second.rows.shape[0]];
      for (let row = 0, at = 0; row < height; row++)
        for (let column = 0; column < width; column++, at++) {
          const [i, j] = [first.from + row, second.from + column];
          if (i < j) {
            offer(i, j, products[at]);
            offer(j, i, products[at]);
          }
        }
    }
  return { nearest, cosines };
}

function rowsOf(units: Float32Array, d_in: number, features: Int32Array): tf.Tensor2D {
  const rows = new Float32Array(features.length * d_in);
  for (let at = 0; at < features.length; at++)
    rows.set(units.subarray(features[at] * d_in, (features[at] + 1) * d_in), at * d_in);
  return tf.tensor2d(rows, [features.length, d_in]);
}

/** Both rows of a pair get the other one's, so many times. */
function pullApart(
  gradient: Float32Array,
  units: Float32Array,
  d_in: number,
  i: number,
  j: number,
  times: number,
): void {
  for (let at = i * d_in, other = j * d_in, k = 0; k < d_in; at++, other++, k++) {
    gradient[at] += times * units[other];
    gradient[other] += times * units[at];
  }
}

/** From the derivative by unit rows to that by the rows: what is along a row drops out. */
function throughNorms(gradient: Float32Array, units: Float32Array, norms: Float32Array, d_in: number): void {
  for (let row = 0; row < norms.length; row++) {
    let along = 0;
    for (let at = row * d_in; at < (row + 1) * d_in; at++) along += gradient[at] * units[at];
    for (let at = row * d_in; at < (row + 1) * d_in; at++)
      gradient[at] = (gradient[at] - along * units[at]) / norms[row];
  }
}
