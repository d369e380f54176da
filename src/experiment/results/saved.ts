import { readdir } from "node:fs/promises";
import path from "node:path";
import { SncError } from "../../base/errors.js";
import { exists } from "../../base/files.js";
import type { Reporter } from "../../base/progress.js";
import { finishedTrainings, type TrainingKind } from "../training/folders.js";
import { byPlace, readRecordAt, type TrainingRecord } from "../training/record.js";
import {
  experimentFile,
  type ResultSet,
  type ResultSetIdentity,
  readEnvironment,
  readResultSetIdentity,
  resultsFolder,
} from "./result-set.js";

/** What a result set says of itself, as it lies in its folder. */
export interface SavedResultSet extends ResultSet {
  /** experiment.json: what it is made from. */
  identity: ResultSetIdentity;
  /** env.json: what computed it; empty where it is not there. */
  environment: Record<string, unknown>;
  /** Every finished training of a run of the paper, by layer, run and seed. */
  trainings: TrainingRecord[];
  /** Every finished training of a variation, by layer, the run that it varies, name and seed. */
  variations: TrainingRecord[];
}

/** The result set of this name in results/, or at this path. Throws an input error where there is none. */
export async function readResultSet(nameOrFolder: string): Promise<SavedResultSet> {
  const named = path.join(resultsFolder(), nameOrFolder);
  const folder = (await exists(experimentFile(named))) ? named : path.resolve(nameOrFolder);
  const says = [experimentFile(folder), path.join(folder, "run.json")]; // the second of earlier versions, which is told
  if (!(await Promise.all(says.map(exists))).includes(true)) {
    const there = await readdir(resultsFolder()).catch(() => []);
    throw new SncError(
      "input",
      `${nameOrFolder}: no result set there, nor in ${resultsFolder()} (${there.join(", ") || "empty"}). Run: snc reproduce`,
    );
  }
  const { name, ...identity } = await readResultSetIdentity(folder);
  return {
    name,
    folder,
    identity,
    environment: await readEnvironment(folder),
    ...(await finishedIn(folder)),
  };
}

/** The newest result set, which commands take that are given none; `report` is told its name. */
export async function latestResultSet(report: Reporter): Promise<SavedResultSet> {
  const set = await readResultSet("latest");
  report.line(`result set ${set.name}, the newest`);
  return set;
}

/** The finished trainings in a result set's folder; none where there is no such folder. */
export const finishedIn = async (folder: string): Promise<Pick<SavedResultSet, "trainings" | "variations">> => ({
  trainings: await readTrainings(folder, "runs"),
  variations: await readTrainings(folder, "variations"),
});

async function readTrainings(folder: string, kind: TrainingKind): Promise<TrainingRecord[]> {
  const folders = await finishedTrainings(folder, kind).catch(() => []);
  const records = await Promise.all(folders.map(readRecordAt));
  return records.filter((record) => record !== undefined).sort(byPlace);
}
