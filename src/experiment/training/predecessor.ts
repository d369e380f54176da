import { takesTheSameSteps } from "../../measure/idle.js";
import type { StepRecord } from "../../train.js";
import { readTrace, readTrainingRecord, type TrainingRecord, trainingFolder, writeTrainingRecord } from "./record.js";

/** A training by its place in a result set. */
export interface TrainingPlace {
  run: number;
  layer: number;
  seed: number;
}

const folderOf = (resultSet: string, { run, layer, seed }: TrainingPlace): string =>
  trainingFolder(resultSet, layer, run, seed);

/** Whether a trace at this place has exactly the steps of the run before; null where that is not finished. */
export async function identicalToPredecessor(
  resultSet: string,
  { run, ...where }: TrainingPlace,
  trace: readonly StepRecord[],
): Promise<boolean | null> {
  const before = folderOf(resultSet, { run: run - 1, ...where });
  return (await readTrainingRecord(before)) ? takesTheSameSteps(trace, await readTrace(before)) : null;
}

/**
 * Says in the run.json of a training just written, and of the run after it, whether it took exactly the steps of the run
 * before it; returns the record as it is then. Neighbours may finish in any order, or at once: whichever is last says it of both.
 */
export async function compareWithNeighbours(
  resultSet: string,
  place: TrainingPlace,
  record: TrainingRecord,
): Promise<TrainingRecord> {
  const next = { ...place, run: place.run + 1 };
  const after = await readTrainingRecord(folderOf(resultSet, next));
  if (after) await compared(resultSet, next, after);
  // Null: the run before was not finished a moment ago. Whoever finishes it after that looks at this one.
  return record.flags.identicalToPredecessor === null ? compared(resultSet, place, record) : record;
}

async function compared(resultSet: string, place: TrainingPlace, record: TrainingRecord): Promise<TrainingRecord> {
  const folder = folderOf(resultSet, place);
  const identical = await identicalToPredecessor(resultSet, place, await readTrace(folder));
  if (record.flags.identicalToPredecessor === identical) return record;
  const changed = { ...record, flags: { ...record.flags, identicalToPredecessor: identical } };
  await writeTrainingRecord(folder, changed);
  return changed;
}
