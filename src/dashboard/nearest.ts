import * as tf from "@tensorflow/tfjs";
import { matMul, scoped } from "../backend/ops.js";
import { type Best, best } from "./best.js";
import type { Neighbour } from "./feature.js";
import type { Firings } from "./firings.js";

/** How many neighbours a page shows. */
const neighbours = 5;

/** Features in one tile of all pairs. */
const tile = 1024;

/**
 * Each feature's 5 nearest by the cosine of decoder rows W [d_sae · d_in], of unit length: W_i · W_j, signed, among the features
 * that are alive (1, else 0) [d_sae]. A feature that is switched off has none.
 */
export function nearestDirections(W: Float32Array, alive: Float32Array, d_in: number): Neighbour[][] {
  const isOne = (i: number): boolean => alive[i] !== 0;
  return nearestOf(alive.length, isOne, (from, to) =>
    scoped(() => {
      const all = tf.tensor2d(W, [alive.length, d_in]);
      const some = tf.tensor2d(W.subarray(from * d_in, to * d_in), [to - from, d_in]);
      return matMul(some, all, { b: true }).dataSync<"float32">();
    }),
  );
}

/**
 * Each feature's 5 nearest by the Pearson correlation of f over all rows, signed, among the features that fire. A feature that
 * never fires, or whose f is the same on every row, has none and is none.
 */
export function nearestActivations(firings: Firings): Neighbour[][] {
  const { d_sae, starts, values, rows } = firings;
  const mean = new Float64Array(d_sae);
  const deviation = new Float64Array(d_sae); // √Σ(f − mean)²
  for (let i = 0; i < d_sae; i++) {
    let sum = 0;
    for (let n = starts[i]; n < starts[i + 1]; n++) sum += values[n];
    mean[i] = sum / rows;
    let squares = (rows - (starts[i + 1] - starts[i])) * mean[i] ** 2;
    for (let n = starts[i]; n < starts[i + 1]; n++) squares += (values[n] - mean[i]) ** 2;
    deviation[i] = Math.sqrt(squares);
  }
  const products = productsOf(firings);
  return nearestOf(
    d_sae,
    (i) => deviation[i] > 0,
    (from, to) => {
      const sums = products(from, to);
      for (let i = from, at = 0; i < to; i++)
        for (let j = 0; j < d_sae; j++, at++)
          sums[at] = (sums[at] - rows * mean[i] * mean[j]) / (deviation[i] * deviation[j]);
      return sums;
    },
  );
}

/** The 5 nearest of each feature among those that `isOne` admits; `values(from, to)` are of features [from, to) to all. */
function nearestOf(
  d_sae: number,
  isOne: (i: number) => boolean,
  values: (from: number, to: number) => Float32Array | Float64Array,
): Neighbour[][] {
  const nearest: Best[] = Array.from({ length: d_sae }, () => best(neighbours));
  for (let from = 0; from < d_sae; from += tile) {
    const to = Math.min(d_sae, from + tile);
    const of = values(from, to);
    for (let i = from; i < to; i++) {
      if (!isOne(i)) continue;
      const at = (i - from) * d_sae;
      for (let j = 0; j < d_sae; j++) if (j !== i && isOne(j)) nearest[i].offer(j, of[at + j]);
    }
  }
  return nearest.map((one) => one.list().map(({ index, value }) => ({ feature: index, value })));
}

/** A dense product does so many multiplications in the time that one pair of firings takes. */
const denseAdvantage = 100;

/** Σ_t f_i f_j over rows of features [from, to) with all, row after row: by the way that is faster for so many firings. */
export function productsOf(
  firings: Firings,
  { dense = isDense(firings) }: { dense?: boolean } = {},
): (from: number, to: number) => Float64Array {
  return dense ? denseProducts(firings) : (from, to) => sparseProducts(firings, from, to);
}

/** Whether multiplying zeros as well is faster than looking at all pairs that fire together. */
function isDense({ rows, d_sae, rowStarts }: Firings): boolean {
  let pairs = 0;
  for (let row = 0; row < rows; row++) pairs += (rowStarts[row + 1] - rowStarts[row]) ** 2;
  return denseAdvantage * pairs > rows * d_sae ** 2;
}

function sparseProducts(firings: Firings, from: number, to: number): Float64Array {
  const { d_sae, starts, rowsOf, values, rowStarts, features, rowValues } = firings;
  const sums = new Float64Array((to - from) * d_sae);
  for (let i = from; i < to; i++) {
    const at = (i - from) * d_sae;
    for (let n = starts[i]; n < starts[i + 1]; n++) {
      const value = values[n];
      const row = rowsOf[n];
      for (let m = rowStarts[row]; m < rowStarts[row + 1]; m++) sums[at + features[m]] += value * rowValues[m];
    }
  }
  return sums;
}

/** Rows multiplied at once: their sums in float32 are added up in float64. */
const productRows = 4096;

function denseProducts(firings: Firings): (from: number, to: number) => Float64Array {
  const { d_sae, rows } = firings;
  return (from, to) => {
    const sums = new Float64Array((to - from) * d_sae);
    for (let row = 0; row < rows; row += productRows) {
      const end = Math.min(rows, row + productRows);
      const some = denseRows(firings, { row, end, from, to });
      for (let first = 0; first < d_sae; first += tile) {
        const last = Math.min(d_sae, first + tile);
        const others = first === from && last === to ? some : denseRows(firings, { row, end, from: first, to: last });
        addProduct(sums, d_sae, first, { some, others, rows: end - row });
      }
    }
    return sums;
  };
}

/** f of rows [row, end) and features [from, to), zeros included. */
function denseRows(
  { rowStarts, features, rowValues }: Firings,
  { row, end, from, to }: { row: number; end: number; from: number; to: number },
): Float32Array {
  const out = new Float32Array((end - row) * (to - from));
  for (let t = row; t < end; t++)
    for (let n = rowStarts[t]; n < rowStarts[t + 1]; n++)
      if (features[n] >= from && features[n] < to) out[(t - row) * (to - from) + features[n] - from] = rowValues[n];
  return out;
}

interface Factors {
  some: Float32Array;
  others: Float32Array;
  rows: number;
}

/** Adds someᵀ others to the columns of `sums` [·, d_sae] that begin at `first`. */
function addProduct(sums: Float64Array, d_sae: number, first: number, { some, others, rows }: Factors): void {
  const width = others.length / rows;
  const product = scoped(() => {
    const [a, b] = [some, others].map((f) => tf.tensor2d(f, [rows, f.length / rows]));
    return matMul(a, b, { a: true }).dataSync<"float32">();
  });
  for (let at = 0, i = 0; at < product.length; i++)
    for (let j = 0; j < width; j++, at++) sums[i * d_sae + first + j] += product[at];
}
