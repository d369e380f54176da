import * as tf from "@tensorflow/tfjs";
import { scoped } from "./backend/ops.js";
import { checked, count, notNegative, requireFiniteRows, requireWidth, wholeFrom } from "./base/checks.js";
import { SncError } from "./base/errors.js";
import { warnIfUnscaled } from "./data/activations/unscaled.js";
import { featuresOf } from "./features.js";
import type { Method } from "./method.js";
import { observe } from "./observe.js";
import { type AdamOptions, adamRanges } from "./sae/adam.js";
import { adamStep } from "./sae/adam-step.js";
import { correlationReadings } from "./sae/correlations/correlation.js";
import { requirePairs, shareIn } from "./sae/correlations/pairs.js";
import { pairCount } from "./sae/correlations/selection.js";
import { disable, reinitialize } from "./sae/edit.js";
import { lossAndGradients } from "./sae/gradients.js";
import type { Objective } from "./sae/loss.js";
import { readWeights, recordActivity, type TrainState } from "./sae/state.js";

/** What one step did; one row of trace.arrow. Losses are means over the batch, in units of E‖h‖² = 1. */
export interface StepRecord {
  step: number;
  loss: number;
  reconstruction: number;
  sparsityPenalty: number;
  orthogonalityPenalty: number;
  /** Terms of other methods before their weights: see `LossTerms`; 0 where there is none. */
  auxiliaryLoss: number;
  l0Penalty: number;
  directionPenalty: number;
  /** Share of activations above zero (the paper's "sparsity"), and the mean number of active features per token. */
  activeFraction: number;
  l0: number;
  learningRate: number;
  /** λ₁ and τ after the step. */
  lambda1: number;
  tau: number;
  /** |T_k|, the share of it that was in the step before's (null if empty), and the bound c_ij had to pass (null if none). */
  pairs: number;
  pairsKept: number | null;
  threshold: number | null;
  /** Of other methods: above what an activation counts when measured, how many features are dead for the auxiliary loss; else null. */
  keepThreshold: number | null;
  dead: number | null;
  /** Mean r of the competition in this step. */
  meanRadius: number;
  /** Mean number of activations per token that lost it. */
  losers: number;
  /** Features switched off, and started again, up to this step. */
  pruned: number;
  reallocated: number;
  /** L2 norm over all weights' gradients, before the radial part is removed. */
  gradientNorm: number;
}

/** §5.2: Adam's rate and its linear warm-up, lr_t = rate · min(t / warmupSteps, 1), t from 1. */
export interface Optimization extends AdamOptions {
  /** 0 or more; at 0 nothing is learned. */
  learningRate: number;
  /** Whole steps; 0: the full rate from the first on. */
  warmupSteps: number;
}

const ranges = { ...adamRanges, learningRate: notNegative, warmupSteps: wholeFrom(0) };

/** What the window of activity can count in a batch (§5.3). */
const mostVectors = 2 ** 16 - 1;

/** Throws a usage error for what a step cannot be taken with. Whether h is finite shows in the loss. */
function requireStep({ params: { W_enc } }: TrainState, h: tf.Tensor2D, optimization: Optimization): void {
  checked("optimization", optimization, ranges);
  requireWidth("h", h, W_enc.shape[0]);
  const [vectors] = h.shape;
  if (vectors < 1 || vectors > mostVectors)
    throw new SncError("usage", `h: expected a batch of 1 to ${mostVectors} vectors, found ${vectors}`);
}

/**
 * One training step on h [batch, d_in], in the order of docs/readings.md. The only place where a state changes. The caller
 * disposes h. Throws a usage error for a batch of another width, an empty one or one with NaN, and `diverged` where the loss,
 * the gradient or a rule's number is not finite: the state is of no use then. Vectors far from E‖h‖² = 1 are warned of.
 */
export function trainStep(s: TrainState, m: Method, h: tf.Tensor2D, optimization: Optimization): StepRecord {
  requireStep(s, h, optimization);
  warnIfUnscaled(s, h);
  const t = s.step + 1;
  const learningRate = optimization.learningRate * Math.min(t / optimization.warmupSteps, 1);
  return scoped(() => {
    const params = readWeights(s);
    s.radius = m.radius(s, undefined); // Eq. 5, from H as the step before left it
    const forward = featuresOf(s, m, params, h, { training: true }); // §4.2
    const seen = observe(forward.f, params, m.correlation);
    const pairsBefore = s.pairs;
    s.pairs = requirePairs(m.pairs(s, seen), s.alive.length); // Eq. 2
    const objective = objectiveOf(s, m);
    const { loss, terms, gradients } = lossAndGradients(
      params,
      h,
      { ...forward, activeFraction: seen.activeFraction },
      objective,
      m.trained,
    ); // Eq. 7
    if (!Number.isFinite(loss)) requireFiniteRows(`step ${t}, h`, h.dataSync(), h.shape[1]);
    requireFinite(t, { ...terms, loss });
    s.tau = m.tau(s, seen); // Eq. 3
    s.importance = m.importance(s, seen); // Eq. 6
    tf.dispose(Object.values(params)); // values still read would make Adam copy the weights
    const gradientNorm = adamStep(s, gradients, m.trained, optimization, learningRate, t); // §5.2
    s.coactivation.move(m.coactivation(s, seen)); // Eq. 4
    s.sparsity = m.sparsity(s, seen); // §4.3
    const pruning = m.prune(s, seen); // §4.3
    (pruning.action === "disable" ? disable : reinitialize)(s, pruning.features);
    s.prunedCount += pruning.features.length;
    const reallocation = m.reallocate(s, seen); // §4.3
    s.lowSteps = reallocation.lowSteps;
    reinitialize(s, reallocation.features);
    s.reallocatedCount += reallocation.features.length;
    recordActivity(s, seen.firing, seen.tokens); // §5.3
    s.threshold = forward.threshold;
    s.shuffle = objective.directions?.shuffle ?? s.shuffle;
    requireFinite(t, { gradientNorm, tau: s.tau, lambda1: s.sparsity.lambda1 });
    s.step = t;

    return {
      step: t,
      loss,
      ...terms,
      activeFraction: seen.activeFraction,
      l0: seen.activeFraction * s.alive.length,
      learningRate,
      lambda1: s.sparsity.lambda1,
      tau: s.tau,
      pairs: s.pairs.weightOfAll === undefined ? s.pairs.i.length : pairCount(s.alive.length),
      pairsKept: shareIn(s.pairs, pairsBefore),
      threshold: s.pairs.threshold ?? null,
      keepThreshold: s.threshold ?? null,
      dead: objective.auxiliary?.count ?? null,
      meanRadius: s.radius.reduce((sum, r) => sum + r, 0) / s.radius.length,
      losers: (forward.inhibition.losers ?? 0) / seen.tokens,
      pruned: s.prunedCount,
      reallocated: s.reallocatedCount,
      gradientNorm,
    };
  });
}

/** What is minimised in this state's step (Eq. 7 and other methods' terms). */
export const objectiveOf = (s: TrainState, m: Method): Objective => ({
  ...{ reconstruction: m.reconstruction, penalty: m.penalty, ...correlationReadings[m.correlation] },
  ...{ pairs: s.pairs, lambda1: s.sparsity.lambda1, tau: s.tau },
  prefixes: m.prefixes(s, undefined),
  auxiliary: m.auxiliary(s, undefined),
  l0: m.l0(s, undefined),
  directions: m.directions(s, undefined),
});

/**
 * Trains to `steps`, a whole number ≥ 1, from where the state stands, yielding a record after each step; `batch(t)` gives the
 * activations of step t, from 0, which are disposed here. Throws as `trainStep` does.
 *
 * @example
 * for (const { step, loss } of train(state, run(7).method, batch, { ...optimization, steps: 1000 })) console.log(step, loss);
 */
export function* train(
  s: TrainState,
  m: Method,
  batch: (t: number) => tf.Tensor2D,
  { steps, ...optimization }: Optimization & { steps: number },
): Generator<StepRecord, void, void> {
  checked("train", { steps }, { steps: count });
  while (s.step < steps) {
    const h = batch(s.step);
    const record = trainStep(s, m, h, optimization);
    h.dispose();
    yield record;
  }
}

/** Throws if one of a step's quantities is NaN or infinite, and names both; null is a quantity that there is not. */
export function requireFinite(step: number, quantities: Record<string, number | null>): void {
  for (const [name, value] of Object.entries(quantities))
    if (value !== null && !Number.isFinite(value))
      throw new SncError(
        "diverged",
        `step ${step}: ${name} is ${value}. A lower learning rate or a longer warm-up may help`,
      );
}
