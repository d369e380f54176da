import { SncError } from "../base/errors.js";
import { writeJson } from "../base/files.js";
import { firingsOf } from "../dashboard/firings.js";
import { type FeaturesRequest, foundTraining, layerOfTokens } from "../dashboard/training.js";
import type { TokenSequences } from "../data/texts/tokens.js";
import type { Experiment } from "../experiment/experiment.js";
import { readEvaluation } from "../experiment/results/evaluation.js";
import { placeInRuns } from "../experiment/training/folders.js";
import { loadTraining } from "../experiment/training/load.js";
import type { Profile } from "../profiles.js";
import { modelNameOf } from "./model-names.js";
import { type CoreNumbers, type SaeBenchCore, saeBenchCore } from "./saebench.js";
import { featureFrequencies, featureWeights, reconstructionNumbers } from "./saebench-numbers.js";

/** Which training is written, and where to. */
export interface SaeBenchExport extends Omit<FeaturesRequest, "tokens"> {
  /** The JSON file. */
  file: string;
  /** When it was evaluated: milliseconds since 1970; now by default. */
  at?: number;
}

/**
 * Writes a finished training's evaluation as SAEBench's core evaluation: losses and variance as `snc evaluate` measured them, the rest
 * from one pass over the test vectors. Throws an input error where the training or its evaluation is missing, or there is no score.
 */
export async function exportSaeBench(
  experiment: Experiment,
  { run, layer, seed, file, at = Date.now() }: SaeBenchExport,
): Promise<SaeBenchCore> {
  const training = await foundTraining(experiment, { run, layer, seed });
  const evaluated = await evaluationIn(training.folder);
  const { h, places, texts } = await layerOfTokens(experiment, layer);
  const { method } = (await experiment.spec(run, layer, seed)).run;
  const sae = await loadTraining(training.folder, { method });
  try {
    const { record, d_in, d_sae } = sae;
    const numbers: CoreNumbers = {
      downstream: { ...evaluated.downstream, tokens: downstreamTokens(experiment.profile, texts.tokens) },
      varianceExplained: evaluated.varianceExplained,
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

/** What SAEBench asks for of a training's evaluation. Throws an input error where there is none, or nothing was asked of the model. */
async function evaluationIn(folder: string) {
  const evaluation = await readEvaluation(folder);
  if (!evaluation)
    throw new SncError("input", `${folder}: expected an evaluation (evaluation.json), found none. Run: snc evaluate`);
  const { ceNone, ceSae, ceZero, klSae, klZero, ceRecovered, klRecovered, variancePooled, variancePerToken } =
    evaluation.values;
  const asked = { ceNone, ceSae, ceZero, klSae, klZero };
  const measured = (name: keyof typeof asked): number => {
    const value = asked[name];
    if (value !== null) return value;
    throw new SncError(
      "input",
      `${folder}, evaluation.arrow: expected ${name}, which SAEBench's form must have, found none: the texts of its vectors are not known. ` +
        "Take a training on the texts of a profile",
    );
  };
  return {
    downstream: {
      ce: { none: measured("ceNone"), sae: measured("ceSae"), zero: measured("ceZero") },
      kl: { sae: measured("klSae"), zero: measured("klZero") },
      ceRecovered: ceRecovered ?? undefined,
      klRecovered: klRecovered ?? undefined,
    },
    varianceExplained: { pooled: variancePooled, perToken: variancePerToken },
  };
}

/** Tokens of the sequences on which the model was asked. */
const downstreamTokens = (
  { downstreamSequences, testSequences }: Profile,
  { sources, contextLength }: TokenSequences,
): number => Math.min(downstreamSequences, testSequences) * sources.length * contextLength;
