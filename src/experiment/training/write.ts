import { rm } from "node:fs/promises";
import path from "node:path";
import { writeFileAtomic, writeJson } from "../../base/files.js";
import { writeRows } from "../../base/tables.js";
import { featureDensity } from "../../measure/density.js";
import type { FeatureRow } from "../../measure/features.js";
import { encodeSafetensors } from "../../model/write-safetensors.js";
import { weightNames } from "../../sae/params.js";
import type { TrainState } from "../../sae/state.js";
import { type Recorded, valuesOf } from "./checkpoint.js";
import type { TrainingRecord } from "./record.js";

/** All that a finished training leaves in its folder. */
export interface Finished {
  record: TrainingRecord;
  recorded: Recorded;
  features: FeatureRow[];
  state: TrainState;
}

/** Writes a finished training's files whole; run.json, which says that the others are whole, is gone first and back last. */
export async function writeTraining(folder: string, { record, recorded, features, state }: Finished): Promise<void> {
  await rm(path.join(folder, "run.json"), { force: true });
  await writeRows(path.join(folder, "metrics.arrow"), recorded.metrics);
  await writeRows(path.join(folder, "trace.arrow"), recorded.trace);
  await writeRows(path.join(folder, "features.arrow"), features);
  await writeRows(path.join(folder, "density.arrow"), featureDensity(features.map((row) => row.testFrequency)));
  await writeFileAtomic(path.join(folder, "weights.safetensors"), weightsFile(state, record));
  await writeJson(path.join(folder, "run.json"), record);
}

const weightsFile = (state: TrainState, { key, run, layer, seed }: TrainingRecord): Uint8Array =>
  encodeSafetensors(
    Object.fromEntries(
      weightNames.map((name) => [name, { shape: state.params[name].shape, data: valuesOf(state.params[name]) }]),
    ),
    { key, run: String(run.number), layer: String(layer), seed: String(seed) },
  );
