/** The float32 library and the float64 oracle, step by step on the same weights and batches. */
import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs";
import { scoped } from "../../../src/backend/ops.js";
import { stream } from "../../../src/base/random.js";
import { initialParams, type Params } from "../../../src/sae/params.js";
import { disposeState, initialState, readWeights, type TrainState } from "../../../src/sae/state.js";
import { type StepRecord, trainStep } from "../../../src/train.js";
import { methodOf, type Weights } from "../trace.js";
import { type Config, paperConfig } from "./config.js";
import { type Matrix, mean, norm, range } from "./loops.js";
import { near } from "./near.js";
import { type State, type Step, start, step } from "./oracle.js";

/** The paper's constants, but for those that would not act in a few steps of a few features. */
export const small: Config = {
  ...paperConfig,
  warmup: 5,
  kfrac: 0.1,
  kmin: 3,
  imp_beta: 0.5,
  prune_every: 4,
  theta_corr: 0.75,
  h_beta: 0.8,
  r_max: 6,
  theta_act: 0.1,
  t_realloc: 6,
};

/** What is trained on: initial weights and one batch a step, exact in float32. */
export interface Data {
  init: Weights;
  batches: Matrix[];
}

export interface Size {
  d_in: number;
  d_sae: number;
  batch: number;
}

/** Random vectors with E‖h‖² = 1 and random initial weights of these sizes. */
export function randomData({ d_in, d_sae, batch }: Size, seed: number, steps = 16, init?: "kaiming"): Data {
  const random = stream(seed, "oracle");
  const vector = (): number[] => range(d_in).map(() => Math.fround(random.normal() / Math.sqrt(d_in)));
  return {
    init: scoped(() => arrays(initialParams(d_in, d_sae, seed, init))),
    batches: range(steps).map(() => range(batch).map(vector)),
  };
}

/** What a step left behind, by the names of the traces. */
export type Snapshot = Step &
  Pick<State, "alive" | "tau" | "lambda1" | "H" | "low" | "pruned" | "realloc"> & { imp: number[] };

/** The oracle alone; reborn features get the direction of the first. */
export function oracleTrajectory(cfg: Config, { init, batches }: Data): Snapshot[] {
  const s = start(cfg, init);
  return batches.map((x) =>
    snapshot(
      s,
      step(s, cfg, x, () => [...init.Wd[0]]),
    ),
  );
}

const snapshot = (s: State, found: Step): Snapshot => {
  const { alive, tau, lambda1, H, low, pruned, realloc, imp } = s;
  return structuredClone({ ...found, alive, tau, lambda1, H, low, pruned, realloc, imp: imp! });
};

/**
 * Trains both and asserts that they agree after every step: numbers to 1e-4 of each quantity's largest value, choices
 * exactly. Reborn features take the library's random directions; all else about them the oracle works out itself.
 */
export function lockstep(cfg: Config, { init, batches }: Data): Snapshot[] {
  const method = methodOf(cfg as unknown as Parameters<typeof methodOf>[0]);
  const [beta1, beta2] = cfg.betas.split(",").map(Number);
  const optimization = { learningRate: cfg.lr, warmupSteps: cfg.warmup, beta1, beta2, epsilon: cfg.eps };
  const params = tensors(init);
  const random = stream(0, "rebirth").state();
  const library = initialState(params, { lambda1: cfg.lambda1, tau: cfg.tau0, activityWindow: 10, random });
  tf.dispose(Object.values(params));
  const oracle = start(cfg, init);
  try {
    return batches.map((x) => {
      const h = tf.tensor2d(x);
      const record = trainStep(library, method, h, optimization);
      h.dispose();
      const weights = scoped(() => arrays(readWeights(library)));
      const found = step(oracle, cfg, x, (feature) => unitDirection(weights.Wd[feature]));
      agree(library, record, weights, oracle, found, cfg);
      return snapshot(oracle, found);
    });
  } finally {
    disposeState(library);
  }
}

function agree(s: TrainState, record: StepRecord, weights: Weights, o: State, found: Step, cfg: Config): void {
  const at = (what: string): string => `step ${o.t}: ${what}`;
  const close = (actual: ArrayLike<number>, expected: number[], what: string) =>
    near(Array.from(actual), expected, 1e-4, at(what));
  const same = (actual: ArrayLike<unknown>, expected: unknown[], what: string) =>
    assert.deepEqual(Array.from(actual), expected, at(what));

  assert.deepEqual(
    Array.from(s.pairs.i, (i, p) => [i, s.pairs.j[p]]),
    found.pairs,
    at("T_k"),
  );
  same([record.activeFraction], [found.frac], "active fraction");
  same([record.pairs, record.pairsKept], [found.pairs.length, found.kept], "|T_k|, the share of it that was kept");
  close([record.threshold ?? -1], [found.threshold ?? -1], "μ + 2σ");
  same([record.losers], [found.losers], "losers per token");
  same(s.alive, o.alive, "alive");
  if (cfg.run >= 8) same(s.radius, found.radius, "r");
  if (cfg.run >= 9) same(s.lowSteps, o.low, "steps of low I");
  same([record.pruned, record.reallocated], [o.pruned, o.realloc], "pruned, reallocated");

  close([record.loss], [found.loss], "loss");
  close([record.reconstruction], [found.recon], "reconstruction");
  close([record.sparsityPenalty], [found.l1], "sparsity penalty");
  close([record.orthogonalityPenalty], [found.pen], "orthogonality penalty");
  close([record.gradientNorm], [found.gnorm], "gradient norm");
  close([record.learningRate], [found.lr], "learning rate");
  close([record.tau], [o.tau], "τ");
  close([record.lambda1], [o.lambda1], "λ₁");
  close(s.importance!, o.imp!, "I");
  if (cfg.run >= 8) close(s.coactivation.values(), o.H.flat(), "H");
  for (const name of ["We", "Wd", "be", "bd"] as const) close(weights[name].flat(), o.w[name].flat(), name);
}

/** How far two trajectories differ in one quantity, relative to its largest value. */
export function distance(a: Snapshot[], b: Snapshot[], quantity: keyof Snapshot): number {
  const values = (all: Snapshot[]): number[][] => all.map((s) => [s[quantity]].flat(3) as number[]);
  const [x, y] = [values(a), values(b)];
  if (x.some((row, t) => row.length !== y[t].length)) return Number.POSITIVE_INFINITY; // another number of pairs
  return (
    mean(x.map((row, t) => Math.max(0, ...row.map((v, i) => Math.abs(v - y[t][i]))))) /
    Math.max(...x.flat().map(Math.abs))
  );
}

/** A direction as the library drew it, without float32's rounding of its length. */
function unitDirection(row: number[]): number[] {
  assert.ok(Math.abs(norm(row) - 1) < 1e-6, "a reborn decoder row has length 1");
  return row.map((value) => value / norm(row));
}

const tensors = ({ We, Wd, be, bd }: Weights): Params => ({
  W_enc: tf.tensor2d(We),
  W_dec: tf.tensor2d(Wd),
  b_enc: tf.tensor1d(be),
  b_dec: tf.tensor1d(bd),
});

const arrays = (p: Params): Weights => ({
  We: p.W_enc.arraySync(),
  Wd: p.W_dec.arraySync(),
  be: p.b_enc.arraySync(),
  bd: p.b_dec.arraySync(),
});
