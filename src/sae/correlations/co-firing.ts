import { once } from "../../base/once.js";
import { operations } from "../operations.js";
import { type Fired, innerProduct, listFired, visitRows } from "./firing.js";
import { Largest } from "./largest.js";
import { correlationsByPasses, type Pass } from "./passes.js";
import { type Correlations, pairCount, pairsAt } from "./selection.js";

/**
 * Correlations c_ij = Σ_b f_bi f_bj / (divisor_i divisor_j) of features f ≥ 0 [m · d_sae], from the pairs that fire together
 * alone: Σ_b L0_b²/2 multiply-adds a pass; memory for what fires, one row of c and what is chosen. Sums are float64, each
 * c_ij is rounded once, to float32.
 */
export function coFiringCorrelations(f: ArrayLike<number>, d_sae: number, divisors: ArrayLike<number>): Correlations {
  const fired = listFired(f, d_sae, divisors);
  const at = roundedProduct(fired);
  return correlationsByPasses(d_sae, at, (most, bound) => passOverFired(fired, most, bound, at(0, 1)));
}

/** The same of all pairs, tile by tile by this package's kernels, in float32: 2 Σ_i m_i d_sae operations, m_i as often as i fires. */
export function tiledCorrelations(f: Float32Array, d_sae: number, divisors: Float64Array): Correlations {
  const selectPairs = operations().allPairs.selectPairs!;
  const fired = once(() => listFired(f, d_sae, divisors));
  const shift = once(() => {
    let product = 0;
    for (let at = 0; at < f.length; at += d_sae) product += (f[at] / divisors[0]) * (f[at + 1] / divisors[1]);
    return product;
  });
  return correlationsByPasses(
    d_sae,
    (i, j) => roundedProduct(fired())(i, j),
    (most, bound) => {
      const [i, j, c] = [new Int32Array(most), new Int32Array(most), new Float32Array(most)];
      const results = new Float64Array(3);
      selectPairs(f, divisors, bound, shift(), i, j, c, results);
      const [count, sum, squares] = results;
      const first = <T extends Int32Array | Float32Array>(values: T): T => values.subarray(0, count) as T;
      return { i: first(i), j: first(j), c: first(c), shift: shift(), sum, squares };
    },
  );
}

const roundedProduct =
  (fired: Fired) =>
  (i: number, j: number): number =>
    Math.fround(innerProduct(fired, i, j));

function passOverFired(fired: Fired, most: number, bound: number, shift: number): Pass {
  const { d_sae } = fired;
  const largest = new Largest(most);
  const floor = Math.max(bound, 0);
  let least = Math.max(largest.least, floor);
  let [count, sum, squares] = [0, 0, 0];
  visitRows(fired, (i, row, columns, from, end) => {
    let [rowSum, rowSquares] = [0, 0];
    for (let q = from; q < end; q++) {
      const difference = Math.fround(row[columns[q]]) - shift;
      rowSum += difference;
      rowSquares += difference * difference;
    }
    count += end - from;
    sum += rowSum;
    squares += rowSquares;
    const unrounded = least * (1 - 2 ** -23) - 2 ** -149; // nothing below is rounded up to `least`
    for (let q = from; q < end; q++)
      if (row[columns[q]] >= unrounded) {
        const c = Math.fround(row[columns[q]]);
        if (c > floor) largest.offer(c, i * d_sae + columns[q]);
      }
    least = Math.max(largest.least, floor);
  });
  if (bound < 0) offerZeros(fired, largest);
  const zeros = pairCount(d_sae) - count;
  const { i, j } = pairsAt(largest.placesInOrder(), d_sae);
  const c = Float32Array.from(i, (first, p) => innerProduct(fired, first, j[p]));
  return { i, j, c, shift, sum: sum - zeros * shift, squares: squares + zeros * shift ** 2 };
}

/** Fills what is free with pairs of c = 0, the first in row order. */
function offerZeros(fired: Fired, largest: Largest): void {
  if (largest.free === 0) return;
  visitRows(fired, (i, row) => {
    for (let j = i + 1; j < fired.d_sae && largest.free > 0; j++)
      if (Math.fround(row[j]) === 0) largest.offer(0, i * fired.d_sae + j);
    return largest.free === 0;
  });
}

/**
 * True where the lists of what fires together are less work than all pairs, from Σ_b L0_b²/2 over m tokens, `fired` values
 * above 0 in all: by counts alone, so that the same batch is always computed the same way.
 */
export function coFiringIsCheaper(work: number, m: number, d_sae: number, fired: number): boolean {
  const { pair, multiplyAdd, skipsSilent } = operations().allPairs.cost;
  return work < pairCount(d_sae) * (pair + multiplyAdd * (skipsSilent ? fired / d_sae : m));
}

/** Correlations of f [m · d_sae] from what fires, its columns divided by the divisors [d_sae]. */
export type FromFired = (f: Float32Array, d_sae: number, divisors: Float64Array) => Correlations;

/** How the correlations of a batch are computed from what fires on each of its tokens; undefined: from the Gram matrix. */
export function wayFromFired(l0: Int32Array, d_sae: number): FromFired | undefined {
  let [fired, work] = [0, 0];
  for (const count of l0) {
    fired += count;
    work += count ** 2 / 2;
  }
  if (coFiringIsCheaper(work, l0.length, d_sae, fired)) return coFiringCorrelations;
  return operations().allPairs.selectPairs && tiledCorrelations;
}
