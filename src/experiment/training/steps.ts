import * as tf from "@tensorflow/tfjs";
import { stream } from "../../base/random.js";
import { gatherRows, vectorBatches } from "../../data/activations/batches.js";
import type { Activations } from "../../data/activations/scale.js";
import { scaleIsChosen } from "../../data/activations/unscaled.js";
import type { Evaluation } from "../../measure/evaluation.js";
import { type Metrics, measure } from "../../measure/metrics.js";
import { type Beside, trainTimed } from "../../measure/timing.js";
import { startingSparsity } from "../../mechanisms/sparsity.js";
import type { Method } from "../../method.js";
import { paper } from "../../paper.js";
import type { Profile } from "../../profiles.js";
import { initialParams, type Params, withTheta } from "../../sae/params.js";
import { initialState, type TrainState } from "../../sae/state.js";
import { type Optimization, requireFinite, type StepRecord } from "../../train.js";
import type { Recorded } from "./checkpoint.js";
import type { TrainingSpec } from "./spec.js";

/** §5.2's optimizer at a profile's warm-up; at another learning rate than its own for a control. */
export const optimizationOf = (
  { warmupSteps }: Pick<Profile, "warmupSteps">,
  learningRate: number = paper.learningRate,
): Optimization => ({ ...paper.adam, learningRate, warmupSteps });

/** The state before the first step of a training. */
export function startingState(d_in: number, { run, seed, profile, init, d_sae = d_in }: TrainingSpec): TrainState {
  const initial = startingParams(run.method, initialParams(d_in, d_sae, seed, init));
  const activityWindow = Math.min(paper.activityWindow, profile.steps);
  const state = initialState(initial, {
    lambda1: startingSparsity(run.method.sparsity),
    tau: profile.tauStart,
    activityWindow,
    random: stream(seed, "rebirth").state(),
    shuffle: stream(seed, "chunks").state(),
  });
  tf.dispose(Object.values(initial));
  state.radius = run.method.radius(state, undefined); // so that it is measured with its competition before the first step
  scaleIsChosen(state);
  return state;
}

/** The weights that a method starts from: with θ where what it keeps says where θ starts. */
export function startingParams({ keep }: Pick<Method, "keep">, params: Params): Params {
  const { theta } = keep.options;
  return typeof theta === "number" ? withTheta(params, theta) : params;
}

/** Batch t of the training part [batch, d_in]. */
export function batches({ train, d_in, buffer }: Activations, spec: TrainingSpec): (t: number) => tf.Tensor2D {
  const { seed, batchSize } = drawOf(spec);
  if (!buffer) return vectorBatches(train, { d_in, batchSize, seed });
  return (t) =>
    tf.tensor2d(gatherRows(buffer.vectors, d_in, buffer.indices(t, { seed, batchSize })), [batchSize, d_in]);
}

const drawOf = ({ seed, profile: { batchSize } }: TrainingSpec) => ({ seed, batchSize });

/**
 * Trains from where the state stands to the last step, and measures before the first, at every interval unless at both ends alone, and at the end.
 * What is recorded goes into `recorded`; each step is given to the caller, who may save, stop or go on. `beside`: what else is asked at
 * each decision.
 */
export async function* trainMeasured(
  state: TrainState,
  spec: TrainingSpec,
  on: { activations: Activations; evaluation: Evaluation },
  recorded: Recorded,
  beside?: Beside,
): AsyncGenerator<StepRecord> {
  const { method } = spec.run;
  const { steps, interval } = spec.profile;
  // A checkpoint is taken where it is measured: what goes on from one has the I of the measurement before.
  const isMeasuredBetween = spec.measured !== "ends";
  let importance = isMeasuredBetween ? (state.importance?.slice() ?? null) : null;
  const measured = (): Metrics => {
    const isAtAnEnd = state.step === 0 || state.step === steps;
    const metrics = measure(state, method, isAtAnEnd ? on.evaluation : on.evaluation.between, importance);
    if (isMeasuredBetween) importance = state.importance?.slice() ?? null;
    requireFinite(state.step, { ...metrics });
    return metrics;
  };
  const { activations } = on;
  if (state.step === 0) recorded.metrics.push(measured());
  await activations.buffer?.ready(state.step, drawOf(spec));
  const batch = batches(activations, spec);
  for (const step of trainTimed(
    state,
    method,
    batch,
    { ...optimizationOf(spec.profile, spec.learningRate), steps },
    recorded.secondsByPart,
    beside,
  )) {
    recorded.trace.push(step);
    if ((isMeasuredBetween && state.step % interval === 0) || state.step === steps) recorded.metrics.push(measured());
    yield step;
    if (state.step < steps) await activations.buffer?.ready(state.step, drawOf(spec)); // refilled by the model where it is half empty
  }
}
