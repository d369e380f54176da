import { permutation, stream } from "../../base/random.js";

/** Numbers in a row, in memory or on disk: what is asked of a Float32Array where it may not fit into memory. */
export interface Numbers {
  readonly length: number;
  /** Numbers [from, to); a view or a copy, not to be written to. */
  subarray(from?: number, to?: number): Float32Array;
}

/**
 * Which vectors make up each batch: indices drawn without replacement from a seeded shuffle of 0 … count − 1; when
 * fewer than a batch are left, the rest is passed over and a new shuffle begins. Batch t depends on seed and t alone,
 * so that a training resumes at any step.
 */
export function batchIndices(count: number, size: number, seed: number): (t: number) => Int32Array {
  const perShuffle = Math.floor(count / size);
  if (perShuffle < 1) throw new RangeError(`a batch of ${size} vectors needs at least as many to draw from: ${count}`);
  let shuffled = -1;
  let order: Int32Array = new Int32Array(0);
  return (t) => {
    const shuffle = Math.floor(t / perShuffle);
    if (shuffle !== shuffled) {
      order = permutation(stream(seed, `batches/${shuffle}`), count);
      shuffled = shuffle;
    }
    const start = (t % perShuffle) * size;
    return order.subarray(start, start + size);
  };
}

/** The chosen rows of a matrix [n, width] → [rows.length · width]. */
export function gatherRows(matrix: Numbers, width: number, rows: Int32Array): Float32Array {
  const out = new Float32Array(rows.length * width);
  rows.forEach((row, i) => {
    out.set(matrix.subarray(row * width, (row + 1) * width), i * width);
  });
  return out;
}
