import path from "node:path";
import { writeJson } from "../../base/files.js";
import { takesTheSameSteps } from "../../measure/idle.js";
import { readTrainingRecord, type TrainingRecord, trainingFolder } from "./record.js";
import { readTrace } from "./trace.js";

/** A training by its place in a result set. */
export interface TrainingPlace {
  run: number;
  layer: number;
  seed: number;
}

const folderOf = (resultSet: string, { run, layer, seed }: TrainingPlace): string =>
  trainingFolder(resultSet, layer, run, seed);

/**
 * Says in the run.json of a training, and of the run after it, whether it took exactly the steps of the run before it.
 * Whichever of two neighbours is finished last does so for both: they may be trained in any order, or side by side.
 */
export async function compareWithNeighbours(resultSet: string, place: TrainingPlace): Promise<void> {
  await compareWithPredecessor(resultSet, place);
  await compareWithPredecessor(resultSet, { ...place, run: place.run + 1 });
}

async function compareWithPredecessor(resultSet: string, place: TrainingPlace): Promise<void> {
  const [folder, before] = [folderOf(resultSet, place), folderOf(resultSet, { ...place, run: place.run - 1 })];
  const record: TrainingRecord | undefined = await readTrainingRecord(folder);
  if (!record || !(await readTrainingRecord(before))) return;
  const identicalToPredecessor = takesTheSameSteps(await readTrace(folder), await readTrace(before));
  if (record.flags.identicalToPredecessor === identicalToPredecessor) return;
  const flags = { ...record.flags, identicalToPredecessor };
  await writeJson(path.join(folder, "run.json"), { ...record, flags });
}
