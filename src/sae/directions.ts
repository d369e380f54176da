import * as tf from "@tensorflow/tfjs";
import { matMul, scoped } from "../backend/ops.js";
import { permutation, streamFromState } from "../base/random.js";
import type { Directions } from "./loss.js";
import { operations } from "./operations.js";
import type { Largest } from "./plain-operations.js";

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
  const norms = tf.maximum(tf.sqrt(tf.sum(tf.square(W_dec), 1)), 1e-8) as tf.Tensor1D;
  const units = tf.div(W_dec, tf.expandDims(norms, 1)) as tf.Tensor2D;
  const [d_sae] = W_dec.shape;
  const [i, j, pulls] = [new Int32Array(d_sae), new Int32Array(d_sae), new Float32Array(d_sae)];
  let [pairs, value] = [0, 0];
  for (const chunk of directions.chunks) {
    const { nearest, cosines } = mostSimilar(units, chunk);
    const weight = 1 / (directions.chunks.length * chunk.length);
    for (let at = 0; at < chunk.length; at++) {
      if (nearest[at] < 0) continue; // alone in its chunk
      value += weight * cosines[at] ** 2;
      [i[pairs], j[pairs]] = [chunk[at], chunk[nearest[at]]];
      pulls[pairs++] = 2 * directions.gamma * weight * cosines[at];
    }
  }
  const [these, others, times] = [i.subarray(0, pairs), j.subarray(0, pairs), pulls.subarray(0, pairs)];
  return { value, W_dec: operations().pullApart(units, norms, these, others, times) };
}

/** So many rows at a time are compared, each pair of rows in one tile of products. */
const tileRows = 1024;

/** For each row of a chunk the place in it of the most similar other one, −1 where there is none, and their cosine. */
function mostSimilar(units: tf.Tensor2D, chunk: Int32Array): { nearest: Int32Array; cosines: Float32Array } {
  const nearest = new Int32Array(chunk.length).fill(-1);
  const cosines = new Float32Array(chunk.length).fill(Number.NEGATIVE_INFINITY);
  const offer = ({ value, at }: Largest, to: number, from: number): void => {
    for (let k = 0; k < value.length; k++)
      if (value[k] > cosines[to + k]) [cosines[to + k], nearest[to + k]] = [value[k], from + at[k]];
  };
  const rows = tf.gather(units, tf.tensor1d(chunk, "int32"));
  const tile = (from: number): tf.Tensor2D =>
    tf.slice(rows, [from, 0], [Math.min(tileRows, chunk.length - from), units.shape[1]]);
  for (let a = 0; a < chunk.length; a += tileRows)
    for (let b = a; b < chunk.length; b += tileRows)
      scoped(() => {
        const products = matMul(tile(a), tile(b), { b: true });
        const { ofRows, ofColumns } = operations().largestOthers(products, a, b);
        offer(ofColumns, b, a); // with lower ones first: of equals the lower stays
        offer(ofRows, a, b);
      });
  rows.dispose();
  return { nearest, cosines };
}
