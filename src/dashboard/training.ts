import { SncError } from "../base/errors.js";
import type { Numbers } from "../data/activations/batches.js";
import type { LayerTexts, TokenPlaces } from "../data/activations/places.js";
import type { Activations } from "../data/activations/scale.js";
import type { Experiment } from "../experiment/experiment.js";
import type { RunChoice } from "../experiment/run-choice.js";
import type { Autoencoder } from "../experiment/training/autoencoder.js";
import { readFates, type TrainedFate } from "../experiment/training/fates.js";
import { runInWords } from "../experiment/training/folders.js";
import { loadTraining } from "../experiment/training/load.js";
import type { TrainingRecord } from "../experiment/training/record.js";
import type { Training } from "../experiment/training/spec.js";
import type { Method } from "../method.js";
import { loadUnembedding } from "../model/unembedding.js";
import type { Dashboard } from "./feature.js";
import { type DashboardNumbers, featureNumbers } from "./numbers.js";

/** Which vectors of a layer features are looked at on: those of the test sequences, or of training and test. */
export type TokensChoice = "test" | "all";

/** Which training's features. */
export interface FeaturesRequest {
  run: RunChoice;
  layer: number;
  seed: number;
  /** `test` by default. */
  tokens?: TokensChoice;
}

/** What features are looked at with: the vectors of a layer, their texts, the model's unembedding. */
export interface LayerOfTokens {
  h: Numbers;
  places: TokenPlaces;
  texts: LayerTexts;
}

/** The numbers of a training's features, and what they were made of. */
export interface TrainingFeatures extends LayerOfTokens {
  /** Where the training lies. */
  folder: string;
  dashboard: Dashboard & DashboardNumbers;
  record: TrainingRecord;
}

/**
 * A layer's vectors in an experiment with the tokens that they belong to. Throws a usage error where nothing says which text a
 * vector belongs to: vectors of one's own, or those that stream through a buffer.
 */
export async function layerOfTokens(
  experiment: Experiment,
  layer: number,
  tokens: TokensChoice = "test",
): Promise<LayerOfTokens> {
  const texts = await experiment.texts(layer);
  if (!texts)
    throw new SncError(
      "usage",
      `layer ${layer}: expected vectors of known texts, found ones that say nothing of texts, or a buffer. ` +
        "Take a profile that keeps a file for each layer, as snc features --profile default does",
    );
  const activations = await experiment.activations(layer);
  if (tokens === "test") return { h: activations.test, places: texts.test, texts };
  return { h: both(activations), places: joinedPlaces(texts), texts };
}

/** Training and test vectors, one after the other. */
function both({ train, test }: Activations): Numbers {
  const from = train.length;
  return {
    length: from + test.length,
    subarray(start = 0, end = from + test.length) {
      if (end <= from) return train.subarray(start, end);
      if (start >= from) return test.subarray(start - from, end - from);
      const out = new Float32Array(end - start);
      out.set(train.subarray(start));
      out.set(test.subarray(0, end - from), from - start);
      return out;
    },
  };
}

const joinedPlaces = ({ train, test }: LayerTexts): TokenPlaces => ({
  source: Int8Array.from([...train.source, ...test.source]),
  sequence: Int32Array.from([...train.sequence, ...test.sequence]),
  position: Int16Array.from([...train.position, ...test.position]),
  token: Int32Array.from([...train.token, ...test.token]),
});

/** What the features of any autoencoder are looked at with beside a layer's vectors. */
interface LookOptions {
  title: string;
  /** As `Dashboard` has it. */
  modelName: string;
  fates?: readonly TrainedFate[];
}

/** The features of an autoencoder of a layer's vectors, such as one from `importAutoencoder` with the experiment's scaling. */
export async function autoencoderFeatures(
  sae: Autoencoder,
  { h, places, texts }: LayerOfTokens,
  { title, modelName, fates }: LookOptions,
): Promise<Dashboard & DashboardNumbers> {
  const unembedding = await loadUnembedding(texts.model);
  return { title, modelName, ...featureNumbers(sae, { h, places, sequences: texts.tokens, unembedding, fates }) };
}

/** The features of a finished training of an experiment. Throws an input error where it is missing. */
export async function trainingFeatures(
  experiment: Experiment,
  { run, layer, seed, tokens }: FeaturesRequest,
): Promise<TrainingFeatures> {
  const { folder } = await foundTraining(experiment, { run, layer, seed });
  const { method } = (await experiment.spec(run, layer, seed)).run;
  return featuresIn(experiment, folder, { tokens, method });
}

/** The features of the training in a folder; `method`: the one it was trained with, where a rule of it is not this package's. */
export async function featuresIn(
  experiment: Experiment,
  folder: string,
  { tokens, method }: { tokens?: TokensChoice; method?: Method } = {},
): Promise<TrainingFeatures> {
  const sae = await loadTraining(folder, { method });
  try {
    const { record } = sae;
    const vectors = await layerOfTokens(experiment, record.layer, tokens);
    const title = `${runInWords(record.run)}, layer ${record.layer}, seed ${record.seed}`;
    const fates = await readFates(folder, record.key);
    const dashboard = await autoencoderFeatures(sae, vectors, { title, modelName: experiment.profile.model, fates });
    return { ...vectors, folder, dashboard, record };
  } finally {
    sae.dispose();
  }
}

/** The finished training of an experiment that is asked for. Throws an input error where there is none. */
export async function foundTraining(
  experiment: Experiment,
  { run, layer, seed }: Omit<FeaturesRequest, "tokens">,
): Promise<Training> {
  const training = await experiment.find(run, layer, seed);
  if (training) return training;
  const { profile, resultSet } = experiment;
  const name = typeof run === "number" ? `run ${run}` : "name" in run ? run.name : run.method;
  throw new SncError(
    "input",
    `${resultSet.folder}: expected a finished, unchanged training of ${name}, layer ${layer}, seed ${seed}, found none. ` +
      `Run: snc train --profile ${profile.name}${typeof run === "number" ? ` --run ${run}` : ""} --layer ${layer} --seed ${seed}`,
  );
}
