import { writeJson } from "../base/files.js";
import { firingsOf } from "../dashboard/firings.js";
import { type FeaturesRequest, foundTraining, layerOfTokens } from "../dashboard/training.js";
import type { Experiment } from "../experiment/experiment.js";
import { placeInRuns } from "../experiment/training/folders.js";
import { loadTraining } from "../experiment/training/load.js";
import { modelNameOf } from "./model-names.js";
import { type CoreNumbers, type SaeBenchCore, saeBenchCore } from "./saebench.js";
import { featureFrequencies, featureWeights, reconstructionNumbers } from "./saebench-numbers.js";

/** Which training is written, what the model made of it, and where to. */
export interface SaeBenchExport
  extends Omit<FeaturesRequest, "tokens">,
    Pick<CoreNumbers, "downstream" | "varianceExplained"> {
  /** The JSON file. */
  file: string;
  /** When it was evaluated: milliseconds since 1970; now by default. */
  at?: number;
}

/**
 * Writes a finished training's evaluation as SAEBench's core evaluation: what it is given of losses and variance, and the rest from one
 * pass over the test vectors. Throws an input error where the training is missing, or there is no score.
 */
export async function exportSaeBench(
  experiment: Experiment,
  { run, layer, seed, file, downstream, varianceExplained, at = Date.now() }: SaeBenchExport,
): Promise<SaeBenchCore> {
  const training = await foundTraining(experiment, { run, layer, seed });
  const { h, places, texts } = await layerOfTokens(experiment, layer);
  const { method } = (await experiment.spec(run, layer, seed)).run;
  const sae = await loadTraining(training.folder, { method });
  try {
    const { record, d_in, d_sae } = sae;
    const numbers: CoreNumbers = {
      ...{ downstream, varianceExplained },
      reconstruction: reconstructionNumbers(sae, h),
      frequencies: featureFrequencies(firingsOf(sae, h), places.sequence),
      weights: featureWeights(sae),
    };
    const { name: modelName, prependBos } = modelNameOf(experiment.profile);
    const { contextLength, sources } = texts.tokens;
    const core = saeBenchCore(numbers, {
      ...{ key: record.key, name: placeInRuns(layer, record.run, seed), modelName, prependBos, layer, d_in, d_sae, at },
      ...{ site: experiment.readings.site, contextLength, dataset: sources.join(", ") },
      precision: "float32",
      about: { key: record.key, run: record.run, seed, method: record.method },
    });
    await writeJson(file, core);
    return core;
  } finally {
    sae.dispose();
  }
}
