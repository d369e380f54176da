import { throwIfStopped } from "../../base/errors.js";
import { prepareEvaluation } from "../../measure/evaluation.js";
import { measureFeatures } from "../../measure/features.js";
import { measure } from "../../measure/metrics.js";
import { disposeState } from "../../sae/state.js";
import { train } from "../../train.js";
import type { Experiment } from "../experiment.js";
import type { TrainedTables } from "../results/tables.js";
import { batches, optimizationOf, startingState } from "./training.js";

/** What is measured of an autoencoder that learns nothing. */
export type UntrainedTables = Pick<TrainedTables, "metrics" | "trace" | "features">;

/** Takes every step of Run 0 at a learning rate of 0, on the batches of this seed, measured like a training. Writes nothing. */
export async function untrainedTables(
  experiment: Pick<Experiment, "spec">,
  { layer, seed }: { layer: number; seed: number },
  signal?: AbortSignal,
): Promise<UntrainedTables> {
  const spec = await experiment.spec(0, layer, seed);
  const { method } = spec.run;
  const { steps, interval, batchSize } = spec.profile;
  const activations = await spec.activations.load();
  const { buffer, d_in } = activations;
  const state = startingState(d_in, spec);
  try {
    const evaluation = prepareEvaluation(activations.test, d_in);
    const [metrics, trace] = [[measure(state, method, evaluation)], [] as TrainedTables["trace"]];
    const optimization = { ...optimizationOf(spec.profile), learningRate: 0, steps };
    await buffer?.ready(0, { seed, batchSize });
    for (const step of train(state, method, batches(activations, spec), optimization)) {
      trace.push(step);
      if (state.step % interval === 0 || state.step === steps) metrics.push(measure(state, method, evaluation));
      throwIfStopped(signal);
      if (state.step < steps) await buffer?.ready(state.step, { seed, batchSize });
    }
    return { metrics, trace, features: measureFeatures(state, method, evaluation) };
  } finally {
    disposeState(state);
  }
}
