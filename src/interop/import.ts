import path from "node:path";
import { SncError } from "../base/errors.js";
import { exists } from "../base/files.js";
import type { Autoencoder, AutoencoderOptions } from "../experiment/training/autoencoder.js";
import { dictionaryConfigName, readDictionaryLearning } from "./dictionary-learning.js";
import { type ForeignAutoencoder, foreignReady } from "./foreign.js";
import { readSaeLens, saeLensConfigName } from "./sae-lens.js";

/**
 * An autoencoder that SAELens or dictionary_learning saved in a folder, ready to be used. With the scaling of an experiment's vectors
 * it takes those, and its features and measures are in the units of that experiment's own autoencoders; without one it takes the
 * model's own activations. Throws an input error for a folder of neither, and for a kind that is not read.
 *
 * @example
 * const { test, scaling } = await experiment.activations(14);
 * const theirs = await importAutoencoder("sae", { scaling });
 * const { fractionVarianceExplained, l0 } = theirs.evaluate(test);
 */
export const importAutoencoder = async (folder: string, { scaling }: AutoencoderOptions = {}): Promise<Autoencoder> =>
  foreignReady(await readForeign(folder), scaling);

async function readForeign(folder: string): Promise<ForeignAutoencoder> {
  if (await exists(path.join(folder, saeLensConfigName))) return readSaeLens(folder);
  if (await exists(path.join(folder, dictionaryConfigName))) return readDictionaryLearning(folder);
  throw new SncError(
    "input",
    `${folder}: expected ${saeLensConfigName} of SAELens or ${dictionaryConfigName} of dictionary_learning, found neither`,
  );
}
