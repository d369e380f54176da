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

/** The mean of vectors h [count · d_in], row after row, in float64 [d_in]; exact where all values of a dimension are equal. */
export function meanVector(h: Numbers, d_in: number): Float64Array {
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
  /** Adds h and ĥ [rows · d_in], row after row. */
  add(h: Float32Array, hHat: Float32Array): void;
  /** What they make. Throws a usage error where the vectors do not vary. */
  explained(): VarianceExplained;
}

/** No scaling: h is x. */
const unscaled = (d_in: number): InputScaling => ({ mean: new Float64Array(d_in), scale: 1 });

/**
 * The variance of x that x̂ explains, by all definitions, in one pass and in float64. `mean`: h̄ of the vectors that will be added
 * (`meanVector`), which no reconstruction changes. `scaling`: how h comes from x (R14), h = (x − mean) · scale; without it h is x.
 */
export function varianceSums(mean: Float64Array, scaling: InputScaling = unscaled(mean.length)): VarianceSums {
  const d_in = mean.length;
  const [variance, error, squaredError] = [new Float64Array(d_in), new Float64Array(d_in), new Float64Array(d_in)];
  const [perUnit, centre] = [1 / scaling.scale, Float64Array.from(scaling.mean)];
  let [tokens, varying, perToken, squares, products] = [0, 0, 0, 0, 0];
  return {
    add(h, hHat) {
      requireSameRows(h, hHat, d_in);
      for (let at = 0; at < h.length; at += d_in) {
        let away = 0;
        let missed = 0;
        let length = 0;
        let along = 0;
        for (let i = 0; i < d_in; i++) {
          const value = h[at + i];
          const guess = hHat[at + i];
          const fromMean = value - mean[i];
          const square = fromMean * fromMean;
          const e = value - guess;
          const x = value * perUnit + centre[i];
          variance[i] += square;
          error[i] += e;
          squaredError[i] += e * e;
          away += square;
          missed += e * e;
          length += x * x;
          along += x * (guess * perUnit + centre[i]);
        }
        squares += length;
        products += along;
        tokens++;
        if (away === 0) continue; // a token at the mean has no variance of its own
        varying++;
        perToken += 1 - missed / away;
      }
    },
    explained() {
      if (varying === 0)
        throw new SncError(
          "usage",
          `h: expected vectors that differ from each other, found ${tokens} without variance`,
        );
      const [missed, away] = [total(squaredError), total(variance)];
      const dimensions = Array.from(variance, (_, i) => i).filter((i) => variance[i] > 0);
      const unexplained = (i: number): number => (squaredError[i] - error[i] ** 2 / tokens) / variance[i];
      return {
        pooled: 1 - missed / away,
        perToken: perToken / varying,
        uncentred: 1 - (missed * perUnit ** 2) / squares,
        perDimension: 1 - total(dimensions.map(unexplained)) / dimensions.length,
        shrinkage: products / squares,
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
