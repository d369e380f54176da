import path from "node:path";
import { recordHashes } from "../../src/base/recorded.js";
import { writeRows } from "../../src/base/tables.js";
import type { TrainedTables } from "../../src/experiment/results/tables.js";
import { trainingFolder } from "../../src/experiment/training/folders.js";
import { writeTrainingRecord } from "../../src/experiment/training/record.js";

/** Writes a training's tables to its place in a result set and returns its folder. */
export async function writeTraining(resultSet: string, tables: TrainedTables): Promise<string> {
  const { layer, run, seed } = tables.record;
  const folder = trainingFolder(resultSet, layer, run, seed);
  await writeRows(path.join(folder, "metrics.arrow"), tables.metrics);
  await writeRows(path.join(folder, "trace.arrow"), tables.trace);
  await writeRows(path.join(folder, "features.arrow"), tables.features);
  await recordHashes(folder, ["metrics.arrow", "trace.arrow", "features.arrow"]);
  await writeTrainingRecord(folder, tables.record);
  return folder;
}
