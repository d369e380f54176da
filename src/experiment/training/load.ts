import path from "node:path";
import { chooseBackend } from "../../backend/choose.js";
import { SncError } from "../../base/errors.js";
import { canonicalJson, exists, writeFileAtomic } from "../../base/files.js";
import { recordHash, recordHashes } from "../../base/recorded.js";
import type { Competition } from "../../method.js";
import type { TrainState } from "../../sae/state.js";
import { type Autoencoder, type AutoencoderOptions, autoencoderFrom } from "./autoencoder.js";
import { describedCompetition } from "./competition.js";
import { placeInRuns } from "./folders.js";
import { readAutoencoderFile, readTrainedWeights } from "./read-weights.js";
import { readTrainingRecord, type TrainingRecord } from "./record.js";
import { type DescribedCompetition, describeCompetition, encodeAutoencoder, weightsName } from "./weights.js";

/** A finished training, ready to be used: its features are those that its metrics were measured on. */
export interface TrainedAutoencoder extends Autoencoder {
  record: TrainingRecord;
}

/** Which rules an autoencoder is loaded with. */
export interface LoadOptions {
  /** The method that it was trained with, where its competition has a rule that is not this package's. */
  method?: Competition;
  /** Another competition in its place: features that it was not trained with, for comparison. */
  instead?: Competition;
}

/** What is saved beside weights and state. */
export interface SaveOptions extends AutoencoderOptions {
  /** Whatever should stand in the file's metadata. */
  about?: Readonly<Record<string, string>>;
}

/** The file that a place names: itself, or weights.safetensors in a folder. */
const fileAt = (place: string): string => (place.endsWith(".safetensors") ? place : path.join(place, weightsName));

/**
 * Saves all that the features of a training's state depend on: weights, features switched off, r and H, the competition of the
 * method it is trained with, and how its input was scaled. `place` is a file ending in .safetensors, or a folder for
 * weights.safetensors; the same state gives the same bytes, and their sha256 is recorded beside them. The form is that of a
 * finished training's weights.safetensors. Returns the file's path. Throws a usage error for the folder of a finished training,
 * whose own weights would be lost.
 *
 * @example
 * await saveAutoencoder("my-sae", state, method, { scaling });
 * const sae = await loadAutoencoder("my-sae");
 * const f = sae.features(sae.scale(x));
 */
export async function saveAutoencoder(
  place: string,
  state: TrainState,
  method: Competition,
  { scaling, about }: SaveOptions = {},
): Promise<string> {
  const file = fileAt(place);
  await requireNoTraining(path.dirname(file));
  await writeFileAtomic(file, encodeAutoencoder(state, describeCompetition(method), { scaling, about }));
  await (file === place ? recordHash(file) : recordHashes(place, [weightsName]));
  return file;
}

/** Throws a usage error where a folder is that of a finished training. */
async function requireNoTraining(folder: string): Promise<void> {
  const record = await readTrainingRecord(folder);
  if (record)
    throw new SncError(
      "usage",
      `${folder}: expected a folder without a training, found that of ${placeInRuns(record.layer, record.run, record.seed)} ` +
        "(run.json), whose files snc train wrote. Name another folder: saveAutoencoder(place, …)",
    );
}

/**
 * Loads the autoencoder that a file or folder holds, as `saveAutoencoder` wrote it or as `snc train` left it. Its features are
 * bit for bit those it was saved with, on the same backend. Throws an input error where nothing is there, or something else, or
 * the file has changed; a usage error where its competition is a rule of one's own and `method` is not given, or another one.
 */
export async function loadAutoencoder(place: string, options: LoadOptions = {}): Promise<Autoencoder> {
  const file = fileAt(place);
  if (!(await exists(file)))
    throw new SncError("input", `${file}: expected an autoencoder, found no such file. Save one: saveAutoencoder(…)`);
  const stored = await readAutoencoderFile(file);
  const told = stored.competition;
  if (!told)
    throw new SncError(
      "input",
      `${file}: expected a description of its competition in its metadata, found none. Use: loadTraining(folder)`,
    );
  const competition = competitionOf(file, told, options, `loadAutoencoder(place, { method })`);
  await chooseBackend();
  return autoencoderFrom(stored, competition, file);
}

/**
 * Loads the training that a folder holds. Throws an input error for a folder without a finished training, or with files that have
 * changed; a usage error where its competition is a rule of one's own and `method` is not given, or another one.
 */
export async function loadTraining(folder: string, options: LoadOptions = {}): Promise<TrainedAutoencoder> {
  const record = await readTrainingRecord(folder);
  if (!record)
    throw new SncError("input", `${folder}: expected a finished training (run.json), found none. Run: snc train`);
  const told = record.method as DescribedCompetition;
  const competition = competitionOf(folder, told, options, "loadTraining(folder, { method })");
  const stored = await readTrainedWeights(folder);
  await chooseBackend();
  return { record, ...autoencoderFrom(stored, competition, folder) };
}

/** The competition as it is told, or the one given, which must be the same. */
function competitionOf(
  from: string,
  told: DescribedCompetition,
  { method, instead }: LoadOptions,
  how: string,
): Competition {
  if (instead) return instead;
  if (!method) return describedCompetition(told, how);
  const given = describeCompetition(method);
  for (const slot of ["inhibit", "neighbours"] as const)
    if (canonicalJson(given[slot]) !== canonicalJson(told[slot]))
      throw new SncError(
        "usage",
        `${from}, ${slot}: expected the rule that it was trained with, ${canonicalJson(told[slot])}, found ${canonicalJson(given[slot])}`,
      );
  return method;
}
