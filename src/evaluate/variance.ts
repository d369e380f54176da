import { requireRows } from "../base/checks.js";
import { SncError } from "../base/errors.js";
import type { Numbers } from "../data/activations/batches.js";
import type { InputScaling } from "../data/activations/scale.js";

/** How much of the variance of x its reconstruction x̂ explains, by every definition in use; each at most 1. */
export interface VarianceExplained {
  /** 1 − Σ‖x − x̂‖² / Σ‖x − x̄‖² (SAELens since #665). */
  pooled: number;
  /** The mean over tokens of 1 − ‖x − x̂‖² / ‖x − x̄‖² (SAEBench's paper, SAELens's "legacy"). */
  perToken: number;
  /** 1 − Σ‖x − x̂‖² / Σ‖x‖² (about what SAELens gave from #443 until #665). */
  uncentred: number;
  /** The mean over dimensions of 1 − var(x − x̂) / var(x), each var about its own mean; dimensions without variance are left out. */
  perDimension: number;
  /** α = Σ⟨x, x̂⟩ / Σ‖x‖²: how far reconstructions shrink x. */
  shrinkage: number;
}

/** What no reconstruction of some vectors changes: computed once for all that are measured on them. */
export interface VectorVariance {
  /** How h comes from x: h = (x − mean) · scale. */
  scaling: InputScaling;
  /** Σ (h − h̄)² over tokens of each dimension [d_in], exactly 0 where all values are equal, and over dimensions of each token. */
  ofDimension: Float64Array;
  ofToken: Float64Array;
  /** Σ‖x‖². */
  squares: number;
}

/** No scaling: h is x. */
const unscaled = (d_in: number): InputScaling => ({ mean: new Float64Array(d_in), scale: 1 });

/**
 * The variance of vectors h [count · d_in], row after row, in float64. `scaling`: how h comes from x (R14); without it h is x. Throws a usage
 * error where no vector differs from another.
 */
export function vectorVariance(h: Numbers, d_in: number, scaling: InputScaling = unscaled(d_in)): VectorVariance {
  const mean = meanVector(h, d_in);
  const ofDimension = new Float64Array(d_in);
  const ofToken = new Float64Array(h.length / d_in);
  let squares = 0;
  for (let row = 0; row < ofToken.length; row++) {
    const values = h.subarray(row * d_in, (row + 1) * d_in);
    for (let i = 0; i < d_in; i++) {
      const away = values[i] - mean[i];
      const x = values[i] / scaling.scale + scaling.mean[i];
      ofDimension[i] += away * away;
      ofToken[row] += away * away;
      squares += x * x;
    }
  }
  if (!(total(ofToken) > 0))
    throw new SncError("usage", `h: expected vectors that differ, found ${ofToken.length} without variance`);
  return { scaling, ofDimension, ofToken, squares };
}

/** The mean of vectors h [count · d_in] [d_in]; exact where all values of a dimension are equal. */
function meanVector(h: Numbers, d_in: number): Float64Array {
  requireRows("h", h.length, d_in);
  const count = h.length / d_in;
  const first = h.subarray(0, d_in).slice();
  const beyond = new Float64Array(d_in);
  for (let row = 0; row < count; row++) {
    const values = h.subarray(row * d_in, (row + 1) * d_in);
    for (let i = 0; i < d_in; i++) beyond[i] += values[i] - first[i];
  }
  return beyond.map((sum, i) => first[i] + sum / count);
}

/** Sums over vectors and their reconstructions, given some at a time. */
export interface VarianceSums {
  /** Adds h and ĥ [rows · d_in] of the next rows. Throws a usage error for more rows than there are. */
  add(h: Float32Array, hHat: Float32Array): void;
  /** What they make, when all have been added. */
  explained(): VarianceExplained;
}

/** The variance of x that x̂ explains, by all definitions, in one pass over the vectors and in float64. */
export function varianceSums({ scaling, ofDimension, ofToken, squares }: VectorVariance): VarianceSums {
  const d_in = ofDimension.length;
  const tokens = ofToken.length;
  const [error, squaredError] = [new Float64Array(d_in), new Float64Array(d_in)];
  let [row, perToken, along] = [0, 0, 0];
  return {
    add(h, hHat) {
      requireSameRows(h, hHat, d_in);
      if (row + h.length / d_in > tokens)
        throw new SncError("usage", `h: expected ${tokens} rows in all, found ${row + h.length / d_in} or more`);
      for (let at = 0; at < h.length; at += d_in, row++) {
        let missed = 0;
        let product = 0; // of the whole row, as a variable of this loop: one of a closure would be boxed at every step
        for (let i = 0; i < d_in; i++) {
          const e = h[at + i] - hHat[at + i];
          const square = e * e;
          error[i] += e;
          squaredError[i] += square;
          missed += square;
          product += h[at + i] * e;
        }
        along += product;
        if (ofToken[row] > 0) perToken += 1 - missed / ofToken[row];
      }
    },
    explained() {
      if (row !== tokens) throw new SncError("usage", `h: expected ${tokens} rows in all, found ${row}`);
      const missed = total(squaredError);
      const dimensions = Array.from(ofDimension, (_, i) => i).filter((i) => ofDimension[i] > 0);
      const unexplained = (i: number): number => (squaredError[i] - error[i] ** 2 / tokens) / ofDimension[i];
      const varying = ofToken.filter((away) => away > 0).length; // a token at the mean has no variance of its own
      const perUnit = 1 / scaling.scale;
      // x − x̂ = (h − ĥ) / scale, and so ⟨x, x − x̂⟩ = ⟨h, h − ĥ⟩ / scale² + ⟨mean, h − ĥ⟩ / scale
      const byMean = error.map((sum, i) => sum * scaling.mean[i]);
      const shortfall = along * perUnit ** 2 + total(byMean) * perUnit;
      return {
        pooled: 1 - missed / total(ofDimension),
        perToken: perToken / varying,
        uncentred: 1 - (missed * perUnit ** 2) / squares,
        perDimension: 1 - total(dimensions.map(unexplained)) / dimensions.length,
        shrinkage: 1 - shortfall / squares,
      };
    },
  };
}

const total = (values: ArrayLike<number> & Iterable<number>): number => {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
};

function requireSameRows(h: Float32Array, hHat: Float32Array, d_in: number): void {
  requireRows("h", h.length, d_in);
  if (hHat.length !== h.length)
    throw new SncError("usage", `ĥ: expected ${h.length} numbers, as many as h, found ${hHat.length}`);
}
