import type { QuantityName } from "./quantities.js";

/** How far a number that is made again may lie from what is recorded, and why so far. */
export interface Allowance {
  /** As a share of the number, and as it stands. */
  share?: number;
  by?: number;
  /** How far other kernels moved it, in its own unit: what lies nearer to a bound than this is left open. */
  moved?: number;
  /** Where the quantity ends. */
  range?: [number, number];
  why: string;
}

/**
 * Seeds are fixed and one backend gives the same bytes, so that what seeds differ by is no measure: another backend, or other
 * kernels, round otherwise, and a choice that rounding flips carries on from there. Over the default profile's 1000 steps our
 * own kernels, or another processor, moved the means of three seeds as said here; each width is about twice that.
 */
export const allowances = {
  exact: { why: "counted: the same on every backend" },
  loss: { share: 0.01, why: "other kernels moved losses by 0.5 %" },
  lossOfPruned: { share: 0.04, why: "another processor moved a loss by 2 %, where features are pruned" },
  varianceExplained: { by: 0.02, range: [Number.NEGATIVE_INFINITY, 1], why: "other kernels moved it by 0.010" },
  varianceExplainedOfPruned: {
    ...{ by: 0.04, range: [Number.NEGATIVE_INFINITY, 1] },
    why: "another processor moved it by 0.018, where features are pruned",
  },
  activeFraction: { by: 0.01, moved: 0.004, range: [0, 1], why: "other kernels moved it by 0.004" },
  correlation: { by: 0.005, moved: 0.002, range: [0, 1], why: "other kernels moved correlations by 0.002" },
  aboveChance: { by: 0.001, moved: 0.0005, why: "other kernels moved differences of correlations by 0.0005" },
  utilization: {
    by: 0.01,
    range: [0, 1],
    why: "other kernels moved it by nothing; six of 576 features may pass the bound",
  },
  roughness: { by: 0.002, moved: 0.0002, why: "other kernels moved it by 0.0002" },
  strongPairs: { by: 0.002, range: [0, 1], why: "pairs near the bound pass it with any rounding: two in a thousand" },
  moves: {
    by: 0.1,
    range: [0, 1],
    why: "whether a step changes a mean of small whole numbers is a choice that rounding flips",
  },
  settling: { by: 0.05, why: "a twentieth of what importance changed by at first" },
  nearest: {
    by: 0.02,
    moved: 0.002,
    why: "as other correlations, of the largest alone; which features are pruned is a choice",
  },
  probing: { by: 0.05, why: "accuracy counts sequences: a few of some hundred may fall on the other side" },
  tau: { share: 0.02, why: "τ and λ₁ follow means over a batch" },
  features: {
    share: 0.2,
    by: 6,
    why: "which pairs pass the threshold is a choice that rounding flips: one feature in a hundred, or a fifth",
  },
} as const satisfies Record<string, Allowance>;

/** By the quantity of a claim. */
export const allowanceOf: Record<QuantityName, Allowance> = {
  meanCorrelation: allowances.correlation,
  correlationAboveChance: allowances.aboveChance,
  pearsonAboveChance: allowances.aboveChance,
  decoderAboveChance: allowances.aboveChance,
  maximumAboveChance: { ...allowances.correlation, range: undefined }, // a difference may be below 0
  utilization: allowances.utilization,
  lowActivity: allowances.utilization,
  importanceSettling: allowances.settling,
  activeFraction: allowances.activeFraction,
  activationDrift: allowances.activeFraction,
  oscillation: allowances.roughness,
  lossRoughness: allowances.roughness,
  reconstructionRoughness: allowances.roughness,
  selectedShare: allowances.exact,
  strongPairs: allowances.strongPairs,
  prunablePairs: allowances.strongPairs,
  radiusMoves: allowances.moves,
  width: allowances.exact,
  nearestActivationAboveChance: allowances.nearest,
  nearestDecoderAboveChance: allowances.nearest,
  probing1: { ...allowances.probing, range: [0, 1] },
  probing5AboveInput: allowances.probing,
};
