import { readdir } from "node:fs/promises";
import path from "node:path";
import { SncError } from "../base/errors.js";
import { writeFileAtomic } from "../base/files.js";
import { logitHistograms } from "../dashboard/logit-effects.js";
import { type FeaturesRequest, trainingFeatures } from "../dashboard/training.js";
import type { Experiment } from "../experiment/experiment.js";
import { readTrainedWeights } from "../experiment/training/read-weights.js";
import { loadTokenizer } from "../model/tokenizer/tokenizer.js";
import { loadUnembedding } from "../model/unembedding.js";
import { modelNameOf } from "./model-names.js";
import { type NeuronpediaPlace, neuronpediaBatches } from "./neuronpedia.js";

/** Which training's features are written, and how Neuronpedia names where they belong. */
export interface NeuronpediaExport extends FeaturesRequest {
  /** For batch-0.json and so on. */
  folder: string;
  /** Neuronpedia's id of the model; by default the model's name without its owner, in small letters. */
  modelId?: string;
  /** Name of the set of autoencoders; snc-res by default. */
  saeSet?: string;
}

/** What has been written for Neuronpedia. */
export interface NeuronpediaExported {
  folder: string;
  files: string[];
  modelId: string;
  saeSet: string;
  layer: number;
  features: number;
  tokens: number;
}

/**
 * Writes a finished training's features as SAEDashboard's batch-*.json files, which Neuronpedia imports: activations are in the
 * units of h. Throws an input error where the training is missing, and a usage error where the folder has other batches.
 */
export async function exportNeuronpedia(
  experiment: Experiment,
  { folder, modelId, saeSet = "snc-res", ...request }: NeuronpediaExport,
): Promise<NeuronpediaExported> {
  const { dashboard: numbers, texts, places, folder: training } = await trainingFeatures(experiment, request);
  const { weights, d_in } = await readTrainedWeights(training);
  const { contextLength, sources } = texts.tokens;
  const place: NeuronpediaPlace = {
    modelId: modelId ?? path.posix.basename(modelNameOf(experiment.profile).name).toLowerCase(),
    layer: request.layer,
    saeSet,
    dataset: sources.join(", "),
    prompts: new Set(places.sequence).size,
    tokensInPrompt: contextLength,
  };
  const unembedding = await loadUnembedding(texts.model);
  const parts = {
    numbers,
    logitHistograms: logitHistograms(weights.W_dec, d_in, unembedding, { effects: numbers.features }),
    textOf: await textsOfTokens(texts.model),
  };
  const batches = [...neuronpediaBatches(parts, place)];
  const files = batches.map((_, n) => `batch-${n}.json`);
  await requireNoOthers(folder, files);
  for (const [n, batch] of batches.entries())
    await writeFileAtomic(path.join(folder, files[n]), `${JSON.stringify(batch)}\n`);
  return {
    ...{ folder, files, modelId: place.modelId, saeSet, layer: place.layer },
    ...{ features: numbers.features.length, tokens: numbers.tokens },
  };
}

/** Each token's text by itself. */
async function textsOfTokens(model: string): Promise<(token: number) => string> {
  const tokenizer = await loadTokenizer(model);
  const known = new Map<number, string>();
  return (token) => {
    const text = known.get(token) ?? tokenizer.decode([token]);
    known.set(token, text);
    return text;
  };
}

/** Throws where batches of another export would be imported with these. */
async function requireNoOthers(folder: string, files: readonly string[]): Promise<void> {
  const there = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  const other = there.find((name) => /^batch-\d+\.json$/.test(name) && !files.includes(name));
  if (other !== undefined)
    throw new SncError(
      "usage",
      `${folder}: expected no batches but ${files[0]} to ${files.at(-1)}, found ${other}. Name another folder: --out`,
    );
}
