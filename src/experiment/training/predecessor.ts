import path from "node:path";
import { type Flags, firstOtherStep } from "../../measure/idle.js";
import type { StepRecord } from "../../train.js";
import { finishedTrainings, predecessorOf, type RecordedRun, trainingFolder } from "./folders.js";
import { belongsAt, readTrace, readTrainingRecord, type TrainingRecord, writeTrainingRecord } from "./record.js";

/** A training by its place in a result set. */
export interface TrainingPlace {
  run: RecordedRun;
  layer: number;
  seed: number;
}

/** The record in this folder, unless the folder is a copy of another training's. */
async function recordIn(folder: string): Promise<TrainingRecord | undefined> {
  const record = await readTrainingRecord(folder);
  return record && belongsAt(folder, record) ? record : undefined;
}

/** How a training's steps stand to those of the run before, or varied. */
export type Compared = Pick<Flags, "identicalToPredecessor" | "firstActed">;

/** Whether a trace at this place has exactly the steps of the run before, or varied, or from where on not; nulls where that is not finished. */
export async function comparedWithPredecessor(
  resultSet: string,
  { run, layer, seed }: TrainingPlace,
  trace: readonly StepRecord[],
): Promise<Compared> {
  const before = trainingFolder(resultSet, layer, predecessorOf(run), seed);
  if (!(await recordIn(before))) return { identicalToPredecessor: null, firstActed: null };
  const firstActed = firstOtherStep(trace, await readTrace(before));
  return { identicalToPredecessor: firstActed === null, firstActed };
}

/**
 * Says in the run.json of a training just written, and of those that are compared with it, whether they took exactly the same
 * steps; returns the record as it is then. Trainings may finish in any order, or at once: whichever is last says it of both.
 */
export async function compareWithNeighbours(
  resultSet: string,
  place: TrainingPlace,
  record: TrainingRecord,
): Promise<TrainingRecord> {
  for (const folder of await successorsOf(resultSet, place)) {
    const after = await recordIn(folder);
    if (after && predecessorOf(after.run) === place.run.number) await compared(resultSet, folder, after);
  }
  // Null: the run before was not finished a moment ago. Whoever finishes it after that looks at this one.
  return record.flags.identicalToPredecessor === null
    ? compared(resultSet, trainingFolder(resultSet, place.layer, place.run, place.seed), record)
    : record;
}

/** The folders that may hold what is compared with this training: of the next run, and of variations. */
async function successorsOf(resultSet: string, { run, layer, seed }: TrainingPlace): Promise<string[]> {
  if (run.variation !== undefined) return [];
  const here = path.dirname(path.dirname(trainingFolder(resultSet, layer, run, seed)));
  const variations = (await finishedTrainings(resultSet, "variations")).filter(
    (folder) => path.dirname(path.dirname(folder)) === here && path.basename(folder) === `seed-${seed}`,
  );
  return [trainingFolder(resultSet, layer, run.number + 1, seed), ...variations];
}

async function compared(resultSet: string, folder: string, record: TrainingRecord): Promise<TrainingRecord> {
  const now = await comparedWithPredecessor(resultSet, record, await readTrace(folder));
  const { identicalToPredecessor, firstActed } = record.flags;
  if (identicalToPredecessor === now.identicalToPredecessor && firstActed === now.firstActed) return record;
  const changed = { ...record, flags: { ...record.flags, ...now } };
  await writeTrainingRecord(folder, changed);
  return changed;
}
