import { type Fired, innerProduct, listFired, visitRows } from "./firing.js";
import { Largest } from "./largest.js";
import { type Correlations, pairsAt } from "./selection.js";

/**
 * Correlations c_ij = Σ_b f_bi f_bj / (divisor_i divisor_j) of features f ≥ 0 [m · d_sae], from the pairs that fire together
 * alone: Σ_b L0_b²/2 multiply-adds a pass; memory for what fires, one row of c and what is chosen. Sums are float64, each
 * c_ij is rounded once, to float32. Nothing is kept of a pass but μ_c and σ_c: who asks again has the c_ij computed again.
 */
export function coFiringCorrelations(f: ArrayLike<number>, d_sae: number, divisors: ArrayLike<number>): Correlations {
  const fired = listFired(f, d_sae, divisors);
  const pairs = (d_sae * (d_sae - 1)) / 2;
  const at = (i: number, j: number): number => Math.fround(innerProduct(fired, i, j));
  let known: Statistics | undefined;
  const statistics = (): Statistics => {
    known ??= largestOf(fired, 0, 0, at(0, 1)).statistics(pairs);
    return known;
  };
  return {
    d_sae,
    at,
    get mean() {
      return statistics().mean;
    },
    get sigma() {
      return statistics().sigma;
    },
    largest(most, bound = Number.NEGATIVE_INFINITY) {
      const { largest } = largestOf(fired, Math.min(most, pairs), bound);
      return pairsAt(largest.placesInOrder(), d_sae);
    },
    significant(most, sigmas) {
      // The largest of those above a bound are those above it of the largest: one pass finds both.
      const { largest, statistics } = largestOf(fired, Math.min(most, pairs), Number.NEGATIVE_INFINITY, at(0, 1));
      known ??= statistics(pairs);
      const threshold = known.mean + sigmas * known.sigma;
      return { ...pairsAt(largest.placesInOrder(threshold), d_sae), threshold };
    },
    above(bound) {
      const places: number[] = [];
      if (bound < 0) for (let i = 0; i < d_sae; i++) for (let j = i + 1; j < d_sae; j++) places.push(i * d_sae + j);
      else
        visitRows(fired, (i, row, columns, from, end) => {
          for (let q = from; q < end; q++)
            if (Math.fround(row[columns[q]]) > bound) places.push(i * d_sae + columns[q]);
        });
      return pairsAt(Float64Array.from(places).sort(), d_sae);
    },
  };
}

interface Statistics {
  mean: number;
  sigma: number;
}

/** The `most` largest c_ij above `bound`; with `shift` also their sums, of differences from it. */
function largestOf(fired: Fired, most: number, bound: number, shift?: number) {
  const { d_sae } = fired;
  const largest = new Largest(most);
  const floor = Math.max(bound, 0);
  let least = Math.max(largest.least, floor);
  let [count, sum, squares] = [0, 0, 0];
  visitRows(fired, (i, row, columns, from, end) => {
    if (shift !== undefined) {
      let [rowSum, rowSquares] = [0, 0];
      for (let q = from; q < end; q++) {
        const difference = Math.fround(row[columns[q]]) - shift;
        rowSum += difference;
        rowSquares += difference * difference;
      }
      count += end - from;
      sum += rowSum;
      squares += rowSquares;
    }
    const unrounded = least * (1 - 2 ** -23) - 2 ** -149; // nothing below is rounded up to `least`
    for (let q = from; q < end; q++)
      if (row[columns[q]] >= unrounded) {
        const c = Math.fround(row[columns[q]]);
        if (c > floor) largest.offer(c, i * d_sae + columns[q]);
      }
    least = Math.max(largest.least, floor);
  });
  if (bound < 0) offerZeros(fired, largest);
  const statistics = (pairs: number): Statistics => {
    const zeros = pairs - count;
    const mean = (sum - zeros * shift!) / pairs;
    const square = (squares + zeros * shift! ** 2) / pairs;
    return { mean: shift! + mean, sigma: Math.sqrt(Math.max(0, square - mean ** 2)) };
  };
  return { largest, statistics };
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
 * What the other way costs, in multiply-adds of this one, by `npm run perf -- --only selection-rule`: an element of the Gram
 * matrix, read back and looked at, and each of the m multiply-adds it is made of.
 */
const gramCosts = { element: 0.5, multiplyAdd: 0.002 };

/**
 * True where the pairs that fire together are less work than all pairs, from Σ_b L0_b²/2 over m tokens: by counts alone, so
 * that the same batch is always computed the same way.
 */
export const coFiringIsCheaper = (work: number, m: number, d_sae: number): boolean =>
  work < d_sae * d_sae * (gramCosts.element + gramCosts.multiplyAdd * m);
