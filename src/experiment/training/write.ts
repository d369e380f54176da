import { rm } from "node:fs/promises";
import path from "node:path";
import { writeFileAtomic } from "../../base/files.js";
import { recordHashes } from "../../base/recorded.js";
import { writeRows } from "../../base/tables.js";
import type { InputScaling } from "../../data/activations/scale.js";
import { featureDensity } from "../../measure/density.js";
import type { FeatureRow } from "../../measure/features.js";
import type { TrainState } from "../../sae/state.js";
import type { Recorded } from "./checkpoint.js";
import { type FateLog, fatesFile, writeFates } from "./fates.js";
import { type TrainingRecord, trainingFiles, writeTrainingRecord } from "./record.js";
import { trainedWeights } from "./weights.js";

/** All that a finished training leaves in its folder. */
export interface Finished {
  record: TrainingRecord;
  recorded: Recorded;
  features: FeatureRow[];
  state: TrainState;
  /** What its rules did to each feature, where all of it was seen. */
  fates?: FateLog;
  /** How what it was trained on comes from the model's activations, where that is known. */
  scaling?: InputScaling;
}

/** Writes a finished training's files whole; run.json, which says that the others are whole, is gone first and back last. */
export async function writeTraining(
  folder: string,
  { record, recorded, features, state, fates, scaling }: Finished,
): Promise<void> {
  await rm(path.join(folder, "run.json"), { force: true });
  await writeRows(path.join(folder, "metrics.arrow"), recorded.metrics);
  await writeRows(path.join(folder, "trace.arrow"), recorded.trace);
  await writeRows(path.join(folder, "features.arrow"), features);
  await writeRows(path.join(folder, "density.arrow"), featureDensity(features.map((row) => row.testFrequency)));
  await writeFileAtomic(path.join(folder, "weights.safetensors"), trainedWeights(state, record, scaling));
  await recordHashes(folder, trainingFiles);
  await rm(fatesFile(folder), { force: true });
  if (fates) await writeFates(folder, fates, record);
  await writeTrainingRecord(folder, record);
}
