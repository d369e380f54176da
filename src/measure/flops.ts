import { checked, count, notNegative, optional, unitInterval } from "../base/checks.js";
import * as m from "../mechanisms/index.js";
import type { Method } from "../method.js";
import { correlated, correlationReadings } from "../sae/correlations/correlation.js";
import { isTrained, type WeightName } from "../sae/params.js";
import type { StepRecord } from "../train.js";

/** Sizes of a step: width of the vectors, number of features, vectors in a batch; whole numbers ≥ 1. */
export interface Sizes {
  d_in: number;
  d_sae: number;
  batch: number;
}

const ranges = {
  ...{ d_in: count, d_sae: count, batch: count, pairs: notNegative, meanRadius: notNegative },
  reviving: optional(unitInterval),
};

/** What the cost of a step depends on, beside its method: sizes, |T_k| and the mean r. */
export interface StepSize extends Sizes, Pick<StepRecord, "pairs" | "meanRadius"> {
  /** Share of the steps in which features were dead, whose auxiliary loss is computed then; 0 where it is not said. */
  reviving?: number;
}

/**
 * Floating-point operations of one step by part, a multiply-add counted as two: what the equations ask for, with dense
 * products, each pair of features once and sums over T_k pair by pair. A backend may do more: a Gram matrix by one product
 * computes every pair twice. d, n, B, T, r: d_in, d_sae, batch, |T_k|, radius; N = n(n − 1)/2 pairs; P weights that are trained, all
 * 2dn + n + d in Runs 0 to 9; m: length of the vectors whose inner products are correlations, B for activations and d for weights (R1).
 * Products and sums over pairs are exact for every reading, element-wise terms for the default ones; what is done once a
 * step or once a pair of T_k for τ and λ₁ is left out.
 */
export type Flops = {
  /** ReLU((h − b_dec) W_enc + b_enc) · alive: 2Bdn + Bd + 3Bn. */
  encode: number;
  /** f W_dec + b_dec: 2Bdn + Bd. */
  decode: number;
  /** ‖h − ĥ‖² and ‖f‖₁: 3Bd + Bn. */
  loss: number;
  /** Three products 6Bdn (by f; by W_enc and W_dec where they are trained); λ₁, ReLU and the biases' sums 3Bn + 2Bd + 2dn + d; its norm 2P. */
  gradients: number;
  /** Two moments and the update: 12P. */
  adam: number;
  /** Radial part of the gradient removed 4dn, rows of W_dec divided by their norms 3dn + n, where W_dec is trained. */
  unitRows: number;
  /** Which activations fire, counted by feature: 2Bn. */
  firing: number;
  /** Eq. 2: all c_ij, 2mN, of vectors divided by their norms, 3mn + n; only in the steps that prune where T_k is off. */
  gram: number;
  /** Eq. 2: |c_ij|, μ_c, σ_c and the choice: 6N. */
  pairs: number;
  /** Eq. 7: c_ij over T_k 2mT, its derivative 4mT, through the division by norms and into the gradient 10mn. */
  penalty: number;
  /** §4.2: each activation compared with r others Brn, scaled there and in the gradient 2Bn. */
  inhibit: number;
  /** Eq. 4: H, symmetric: products of indicators 2B · n(n + 1)/2 + Bn, the average 4 · n(n + 1)/2. */
  coactivation: number;
  /** Eq. 5: n² comparisons, and n² to choose the strongest r. */
  radius: number;
  /** Eq. 6: norms 2Bn + n, the average 3n. */
  importance: number;
  /** §4.3: N comparisons in one step of each interval. */
  prune: number;
  /** §4.3: n comparisons. */
  reallocate: number;
  /** Which activations are kept 2Bn; where θ is trained what is near it 3Bn, the derivative there 2Bdn, its sums 4Bn. */
  keep: number;
  /** Each further prefix its error and its derivative 5Bd. */
  prefixes: number;
  /** In steps with dead features: the largest of them 3Bn, three products 6Bdn, what they leave over 6Bd. */
  auxiliary: number;
  /** Cosines of decoder rows within K chunks dn(n/K − 1), the largest of each n(n/K − 1)/2, norms and the derivative 10dn. */
  directions: number;
  /** The sum of all parts. */
  total: number;
};

/** What one step of a method costs in operations, 0 for what it leaves off. Throws a usage error for sizes below 1. */
export function flopsPerStep(method: Method, size: StepSize): Flops {
  const { d_in: d, d_sae: n, batch: B, pairs: T, meanRadius: r, reviving = 0 } = checked("flopsPerStep", size, ranges);
  const { select, penalise } = correlationReadings[method.correlation];
  const length = (name: keyof typeof correlated): number => (correlated[name].of === "f" ? B : d);
  const N = (n * (n - 1)) / 2;
  const trains = (name: WeightName): boolean => isTrained(name, method.trained);
  const [trainsW_enc, trainsW_dec] = [trains("W_enc"), trains("W_dec")].map(Number);
  const hasTheta = Number(method.keep.options.theta !== undefined);
  const P = (trainsW_enc + trainsW_dec) * d * n + n + d + hasTheta * n;
  const symmetric = (n * (n + 1)) / 2;
  const every = Number(method.prune.options.every ?? 1); // a rule of somebody's own may look at every step
  const prunings = method.prune === m.noPruning ? 0 : every >= 1 ? 1 / every : 1;
  const selects = method.pairs !== m.noPairs && method.pairs.ruleName !== "allPairs"; // these are all of them, unlooked at
  const inChunk = n / Math.ceil(n / Number(method.directions.options.size ?? n));
  const keepsH = method.coactivation !== m.noCoactivation;
  const parts = {
    encode: 2 * B * d * n + B * d + 3 * B * n,
    decode: 2 * B * d * n + B * d,
    loss: 3 * B * d + B * n,
    gradients: 2 * (1 + trainsW_enc + trainsW_dec) * B * d * n + 3 * B * n + 2 * B * d + 2 * d * n + d + 2 * P,
    adam: 12 * P,
    unitRows: trainsW_dec * (7 * d * n + n),
    firing: 2 * B * n,
    gram: (selects ? 1 : prunings) * (2 * length(select) * N + 3 * length(select) * n + n),
    pairs: selects ? 6 * N : 0,
    penalty: T > 0 ? 6 * length(penalise) * T + 10 * length(penalise) * n : 0,
    inhibit: method.inhibit === m.noInhibition ? 0 : B * r * n + 2 * B * n,
    coactivation: keepsH ? 2 * B * symmetric + B * n + 4 * symmetric : 0,
    radius: keepsH ? 2 * n * n : 0,
    importance: 2 * B * n + 4 * n,
    prune: prunings * N,
    reallocate: method.reallocate === m.noReallocation ? 0 : n,
    keep: (method.keep === m.keepAll ? 0 : 2 * B * n) + hasTheta * (2 * B * d * n + 7 * B * n),
    prefixes: method.prefixes === m.noPrefixes ? 0 : 5 * B * d * (Number(method.prefixes.options.levels ?? 1) - 1),
    auxiliary: reviving * (3 * B * n + 6 * B * d * n + 6 * B * d),
    directions: method.directions === m.freeDirections ? 0 : (d + 0.5) * n * (inChunk - 1) + 10 * d * n,
  };
  return { ...parts, total: Object.values(parts).reduce((sum, flops) => sum + flops, 0) };
}

/** The mean cost of the steps of a trace. */
export const flopsOf = (trace: readonly StepRecord[], method: Method, sizes: Sizes): Flops => {
  const mean = (quantity: "pairs" | "meanRadius"): number =>
    trace.reduce((sum, record) => sum + record[quantity], 0) / trace.length;
  const reviving = trace.filter(({ dead }) => dead !== null && dead > 0).length / trace.length;
  return flopsPerStep(method, { ...sizes, pairs: mean("pairs"), meanRadius: mean("meanRadius"), reviving });
};
