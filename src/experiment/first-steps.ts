import type { Method } from "../method.js";
import { disposeState } from "../sae/state.js";
import { type StepRecord, train } from "../train.js";
import type { Experiment } from "./experiment.js";
import { batches, optimizationOf, startingState } from "./training/steps.js";

/** The first steps of a method, which may be a variation of a run's: their records. Nothing is saved. */
export async function firstSteps(
  experiment: Experiment,
  method: Method,
  { layer, seed, steps = 20 }: { layer: number; seed: number; steps?: number },
): Promise<StepRecord[]> {
  const activations = await experiment.activations(layer);
  const spec = await experiment.spec(0, layer, seed); // the weights and batches of every run
  await activations.buffer?.ready(0, { seed, batchSize: spec.profile.batchSize });
  const state = startingState(activations.d_in, spec);
  try {
    const optimization = optimizationOf(experiment.profile);
    return [...train(state, method, batches(activations, spec), { ...optimization, steps })];
  } finally {
    disposeState(state);
  }
}
