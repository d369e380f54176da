import * as tf from "@tensorflow/tfjs";
import { scoped } from "./backend/ops.js";
import { SncError } from "./errors.js";
import type { Method, Observed } from "./method.js";
import { type AdamOptions, adam } from "./sae/adam.js";
import { lossAndGradients } from "./sae/gradients.js";
import { unitRows, weightNames, withoutRadialPart } from "./sae/params.js";
import { readParams, recordActivity, type TrainState } from "./sae/state.js";

/** What one step did; one row of trace.arrow. Losses are means over the batch, in units of E‖h‖² = 1. */
export interface StepRecord {
  step: number;
  loss: number;
  reconstruction: number;
  sparsityPenalty: number;
  /** Share of activations above zero (the paper's "sparsity"), and the mean number of active features per token. */
  activeFraction: number;
  l0: number;
  learningRate: number;
  /** λ₁ after the step. */
  lambda1: number;
  /** L2 norm over all weights' gradients, before the radial part is removed. */
  gradientNorm: number;
}

/** §5.2: Adam's rate and its linear warm-up, lr_t = rate · min(t / warmupSteps, 1), t from 1. */
export interface Optimization extends AdamOptions {
  learningRate: number;
  warmupSteps: number;
}

/** One training step on h [batch, d_in], in the order of docs/readings.md. The only place where a state changes. */
export function trainStep(s: TrainState, m: Method, h: tf.Tensor2D, optimization: Optimization): StepRecord {
  const t = s.step + 1;
  const learningRate = optimization.learningRate * Math.min(t / optimization.warmupSteps, 1);
  return scoped(() => {
    const params = readParams(s);
    const { loss, terms, gradients, f } = lossAndGradients(params, h, { ...m, lambda1: s.lambda1 }); // Eq. 7
    requireFinite(t, { ...terms, loss });
    const seen = observe(f);
    const gradientNorm = globalNorm(Object.values(gradients));
    gradients.W_dec = withoutRadialPart(gradients.W_dec as tf.Tensor2D, params.W_dec);
    tf.dispose(Object.values(params)); // values still read would make Adam copy the weights
    for (const name of weightNames)
      adam(s.params[name], s.adam.m[name], s.adam.v[name], gradients[name], optimization, learningRate, t);
    s.params.W_dec.assign(unitRows(s.params.W_dec.read() as tf.Tensor2D)); // §5.2

    s.importance = m.importance(s, seen); // Eq. 6
    s.lambda1 = m.sparsity(s, seen); // §4.3
    recordActivity(s, seen.firing, seen.tokens); // §5.3
    s.step = t;

    const { activeFraction } = seen;
    const l0 = activeFraction * f.shape[1];
    return { step: t, loss, ...terms, activeFraction, l0, learningRate, lambda1: s.lambda1, gradientNorm };
  });
}

/** Trains to `steps`, yielding a record after each step; `batch(t)` gives the activations of step t, from 0. */
export function* train(
  s: TrainState,
  m: Method,
  batch: (t: number) => tf.Tensor2D,
  { steps, ...optimization }: Optimization & { steps: number },
): Generator<StepRecord, void, void> {
  while (s.step < steps) {
    const h = batch(s.step);
    const record = trainStep(s, m, h, optimization);
    h.dispose();
    yield record;
  }
}

/** Reads from a batch's features [batch, d_sae] what the rules need. */
export function observe(f: tf.Tensor2D): Observed {
  const [tokens, d_sae] = f.shape;
  const firing = tf.sum(tf.cast(tf.greater(f, 0), "int32"), 0).dataSync<"int32">();
  const columnNorms = tf.sqrt(tf.sum(tf.square(f), 0)).dataSync<"float32">();
  const activeFraction = firing.reduce((sum, count) => sum + count, 0) / (tokens * d_sae);
  return { f, tokens, activeFraction, firing, columnNorms };
}

const globalNorm = (tensors: tf.Tensor[]): number =>
  Math.sqrt(tensors.reduce((sum, tensor) => sum + tf.sum(tf.square(tensor)).dataSync()[0], 0));

function requireFinite(step: number, terms: Record<string, number>): void {
  for (const [term, value] of Object.entries(terms))
    if (!Number.isFinite(value))
      throw new SncError(
        "diverged",
        `step ${step}: ${term} is ${value}. A lower learning rate or a longer warm-up may help`,
      );
}
