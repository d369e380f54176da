import * as tf from "@tensorflow/tfjs";
import { matMul, scoped } from "../backend/ops.js";
import { checked, count, positive, unitInterval, whole } from "../base/checks.js";
import { SncError } from "../base/errors.js";
import { stream } from "../base/random.js";
import { paper } from "../paper.js";
import { coFiringCorrelations } from "../sae/correlations/co-firing.js";
import { unitColumns } from "../sae/correlations/correlation.js";
import { shareIn } from "../sae/correlations/pairs.js";
import { correlationsOf } from "../sae/correlations/selection.js";
import { orthogonality } from "../sae/loss.js";

/** Ways to do the work of Eq. 2 and of the penalty it feeds (activation cosines, R1). */
export const selectionWays = {
  allPairs: "penalise all pairs",
  gram: "choose T_k by the Gram matrix",
  coFiring: "choose T_k among pairs that fire together",
  penalty: "penalise T_k, once it is known",
} as const;
/** A way to do that work, by its name. */
export type SelectionWay = keyof typeof selectionWays;

/** What a step's selection and penalty cost at one size. */
export interface SelectionCost {
  d_sae: number;
  /** Of all pairs, how many T_k holds. */
  selected: number;
  /** Floating-point operations by formula, a multiply-add counted as two, each pair once. */
  flops: Record<SelectionWay, number>;
  /** Median over the repetitions. */
  milliseconds: Record<SelectionWay, number>;
  /** The share of T_k that both ways to choose it agree on: 1, but for ties within rounding. */
  agreement: number;
}

/** On what the cost is measured, and how often. */
export interface SelectionCostOptions {
  /** Tokens, 1 or more; the paper's batch by default. */
  batch?: number;
  /** Share of activations above zero, in [0, 1]; the paper's target by default. */
  activeFraction?: number;
  /** How often each way is timed, 1 or more. */
  repetitions?: number;
  /** A whole number. */
  seed?: number;
}

const ranges = { d_sae: count, batch: count, activeFraction: unitInterval, repetitions: count, seed: whole };

/**
 * Measures the cost of Eq. 2 and of its penalty on random sparse features, d_sae ≥ 1 of them, in operations and milliseconds;
 * quadratic in d_sae, in memory too. Throws a usage error for options outside their range.
 */
export function selectionCost(d_sae: number, options: SelectionCostOptions = {}): SelectionCost {
  const { batch = paper.batchSize, activeFraction = paper.adaptiveSparsity.target } = options;
  const { repetitions = 5, seed = paper.seed } = options;
  checked("selectionCost", { d_sae, batch, activeFraction, repetitions, seed }, ranges);
  const values = sparseFeatures(batch, d_sae, activeFraction, seed);
  const N = (d_sae * (d_sae - 1)) / 2;
  const selected = Math.min(N, Math.max(paper.pairs.atLeast, Math.floor(paper.pairs.fraction * N)));
  const f = tf.tensor2d(values, [batch, d_sae]);
  const X = tf.tidy(() => unitColumns(f).X);
  const unit = X.dataSync<"float32">() as Float32Array;
  const ones = new Float64Array(d_sae).fill(1);
  try {
    const byGram = scoped(() => correlationsOf(X).largest(selected));
    const byCoFiring = coFiringCorrelations(unit, d_sae, ones).largest(selected);
    return {
      d_sae,
      selected,
      flops: {
        allPairs: 6 * batch * N,
        gram: 2 * batch * N,
        coFiring: coFiringFlops(values, d_sae),
        penalty: 6 * batch * selected,
      },
      milliseconds: {
        allPairs: medianTime(repetitions, () => scoped(() => void penaliseAll(X))),
        gram: medianTime(repetitions, () => scoped(() => void correlationsOf(X).largest(selected))),
        coFiring: medianTime(repetitions, () => void coFiringCorrelations(unit, d_sae, ones).largest(selected)),
        penalty: medianTime(repetitions, () => scoped(() => void orthogonality(X, byGram).pull.dataSync())),
      },
      agreement: shareIn(byGram, byCoFiring) ?? 1,
    };
  } finally {
    tf.dispose([f, X]);
  }
}

/**
 * The exponent p of values that grow as d^p: the slope of log value over log d, by least squares. Throws a usage error for
 * points that are not above 0, or at fewer than two d.
 */
export function growthExponent(points: readonly { d: number; value: number }[]): number {
  for (const { d, value } of points) checked("growthExponent", { d, value }, { d: positive, value: positive });
  const sizes = new Set(points.map(({ d }) => d)).size;
  if (sizes < 2) throw new SncError("usage", `growthExponent: expected points at two d or more, found ${sizes}`);
  const logs = points.map(({ d, value }) => [Math.log(d), Math.log(value)]);
  const mean = (at: 0 | 1): number => logs.reduce((sum, log) => sum + log[at], 0) / logs.length;
  const [x, y] = [mean(0), mean(1)];
  const along = logs.reduce((sum, log) => sum + (log[0] - x) * (log[1] - y), 0);
  return along / logs.reduce((sum, log) => sum + (log[0] - x) ** 2, 0);
}

/** A multiply-add for each of the L0(L0 − 1)/2 pairs that fire together on a token. */
function coFiringFlops(values: Float32Array, d_sae: number): number {
  let flops = 0;
  for (let from = 0; from < values.length; from += d_sae) {
    let firing = 0;
    for (let i = 0; i < d_sae; i++) if (values[from + i] > 0) firing++;
    flops += firing * (firing - 1);
  }
  return flops;
}

/** Σ c_ij over all pairs and its derivative by X: the Gram matrix, and one more product of its size by their signs. */
function penaliseAll(X: tf.Tensor2D): Float32Array {
  const products = matMul(X, X, { a: true });
  const derivative = tf.sub(matMul(X, tf.sign(products) as tf.Tensor2D), X); // without c_ii
  tf.sum(tf.abs(products)).dataSync();
  return derivative.dataSync<"float32">() as Float32Array;
}

/** Activations [batch · d_sae] of which this share is above zero, absolute normal numbers there. */
export function sparseFeatures(
  batch: number,
  d_sae: number,
  activeFraction: number,
  seed: number = paper.seed,
): Float32Array {
  const random = stream(seed, "sparse features");
  return Float32Array.from({ length: batch * d_sae }, () =>
    random.uniform() < activeFraction ? Math.abs(random.normal()) : 0,
  );
}

/** The median milliseconds of a computation, which is done once before: the first time compiles and allocates. */
function medianTime(repetitions: number, compute: () => void): number {
  compute();
  const times = Array.from({ length: repetitions }, () => {
    const startedAt = performance.now();
    compute();
    return performance.now() - startedAt;
  });
  return times.sort((a, b) => a - b)[Math.floor(repetitions / 2)];
}
