import { throwIfStopped } from "../../base/errors.js";
import { prepareEvaluation } from "../../measure/evaluation.js";
import { measureFeatures } from "../../measure/features.js";
import { disposeState } from "../../sae/state.js";
import type { TrainedTables } from "../results/tables.js";
import type { TrainingSpec } from "./spec.js";
import { optimizationOf, startingState, trainMeasured } from "./steps.js";

/** What is measured of an autoencoder that learns nothing. */
export type UntrainedTables = Pick<TrainedTables, "metrics" | "trace" | "features">;

/** Takes every step of Run 0 at a learning rate of 0, on the batches of this seed, measured like a training. Writes nothing. */
export async function untrainedTables(
  experiment: { spec(run: number, layer: number, seed: number): Promise<TrainingSpec> },
  { layer, seed }: { layer: number; seed: number },
  signal?: AbortSignal,
): Promise<UntrainedTables> {
  const spec = await experiment.spec(0, layer, seed);
  const activations = await spec.activations.load();
  const { d_in } = activations;
  const evaluation = prepareEvaluation(activations.test, d_in);
  const recorded = { trace: [], metrics: [], seconds: 0, secondsByPart: {} };
  const frozen = { ...optimizationOf(spec.profile), learningRate: 0 };
  const state = startingState(d_in, spec);
  try {
    for await (const _ of trainMeasured(state, spec, { activations, evaluation }, recorded, frozen))
      throwIfStopped(signal);
    const { metrics, trace } = recorded;
    return { metrics, trace, features: measureFeatures(state, spec.run.method, evaluation) };
  } finally {
    disposeState(state);
  }
}
