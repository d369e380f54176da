import { readdir } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { SncError } from "../../base/errors.js";
import { exists, readJson } from "../../base/files.js";
import type { Reporter } from "../../base/progress.js";
import { byPlace, finishedTrainings, readTrainingRecord, type TrainingRecord } from "../training/record.js";
import { type ResultSet, resultsFolder } from "./result-set.js";

const identitySchema = z.object({
  name: z.string(),
  profile: z.looseObject({
    name: z.string(),
    layers: z.array(z.int()),
    runs: z.array(z.int()),
    seeds: z.array(z.int()),
  }),
  inputs: z.record(z.string(), z.string()),
  readings: z.record(z.string(), z.string()),
  precision: z.string().optional(),
});

const claimsSchema = z.object({ claims: z.array(z.looseObject({ id: z.string(), verdict: z.string() })) });

/** What a result set says of itself, as it lies in its folder. */
export interface SavedResultSet extends ResultSet {
  /** run.json: what it is made from. */
  identity: z.infer<typeof identitySchema>;
  /** env.json: what computed it; empty where it is not there. */
  environment: Record<string, unknown>;
  /** Every finished training, by layer, run and seed. */
  trainings: TrainingRecord[];
  /** Verdict by claim; empty where claims.json is not there. */
  verdicts: Record<string, string>;
}

/** The result set of this name in results/, or at this path. Throws an input error where there is none. */
export async function readResultSet(nameOrFolder: string): Promise<SavedResultSet> {
  const named = path.join(resultsFolder(), nameOrFolder);
  const folder = (await exists(path.join(named, "run.json"))) ? named : path.resolve(nameOrFolder);
  const file = path.join(folder, "run.json");
  if (!(await exists(file))) {
    const there = await readdir(resultsFolder()).catch(() => []);
    throw new SncError(
      "input",
      `${nameOrFolder}: no result set there, nor in ${resultsFolder()} (${there.join(", ") || "empty"}). Run: snc reproduce`,
    );
  }
  const claims = path.join(folder, "claims.json");
  const environment = path.join(folder, "env.json");
  const identity = await readChecked(file, identitySchema);
  return {
    name: identity.name,
    folder,
    identity,
    environment: (await exists(environment)) ? await readChecked(environment, z.record(z.string(), z.unknown())) : {},
    trainings: await readTrainings(folder),
    verdicts: (await exists(claims)) ? verdictsOf(await readChecked(claims, claimsSchema)) : {},
  };
}

/** The newest result set, which commands take that are given none; `report` is told its name. */
export async function latestResultSet(report: Reporter): Promise<SavedResultSet> {
  const set = await readResultSet("latest");
  report.line(`result set ${set.name}, the newest`);
  return set;
}

const verdictsOf = ({ claims }: z.infer<typeof claimsSchema>): Record<string, string> =>
  Object.fromEntries(claims.map(({ id, verdict }) => [id, verdict]));

async function readChecked<T>(file: string, schema: z.ZodType<T>): Promise<T> {
  const content = await readJson(file).catch((error: Error) => {
    throw new SncError("input", `${file}: expected JSON, found: ${error.message}`, { cause: error });
  });
  const parsed = schema.safeParse(content);
  if (parsed.success) return parsed.data;
  throw new SncError("input", `${file}: ${z.prettifyError(parsed.error)}`);
}

async function readTrainings(folder: string): Promise<TrainingRecord[]> {
  const folders = await finishedTrainings(folder).catch(() => []);
  const records = await Promise.all(folders.map(readTrainingRecord));
  return records.filter((record) => record !== undefined).sort(byPlace);
}
