import { readdir, realpath, stat } from "node:fs/promises";
import path from "node:path";
import { SncError } from "../base/errors.js";
import { exists, readJson } from "../base/files.js";
import { profiles } from "../profiles.js";
import { essentialSpec, type ResolvedExperiment, resolveExperiment } from "./resolve.js";
import {
  experimentFile,
  type ResultSet,
  readResultSetIdentity,
  resultSetOf,
  resultsFolder,
} from "./results/result-set.js";
import { type CompleteSpec, checkedSpec, type ExperimentSpec, type GivenSpec, type Origin } from "./spec.js";

/** A specification by its name, and the result set that it is of, where it is one's. */
export interface NamedSpec {
  spec: ExperimentSpec;
  set?: ResultSet & { spec: CompleteSpec };
}

/**
 * The specification that a text names: a profile, a result set by its name in results/ or its folder, or a JSON file. Paths in a
 * file are relative to its folder. Throws a usage error where it names none.
 */
export async function specNamed(text: string): Promise<NamedSpec> {
  if (Object.hasOwn(profiles, text)) return { spec: { profile: text as keyof typeof profiles } };
  for (const folder of [path.join(resultsFolder(), text), path.resolve(text)])
    if (await exists(experimentFile(folder))) return ofResultSet(folder);
  const file = path.resolve(text);
  if (path.basename(file) === "experiment.json" && (await exists(file))) return ofResultSet(path.dirname(file));
  if ((await stat(file).catch(() => undefined))?.isFile()) return { spec: await specInFile(file) };
  const there = await readdir(resultsFolder()).catch(() => []);
  throw new SncError(
    "usage",
    `${text}: expected a profile (${Object.keys(profiles).join(", ")}), a result set (${there.join(", ") || "none yet"}), or a ` +
      "file with a specification; found none of this name",
  );
}

async function ofResultSet(folder: string): Promise<NamedSpec> {
  const { name, spec } = await readResultSetIdentity(folder);
  const link = path.basename(folder) === "latest";
  return { spec, set: { name, folder: link ? await realpath(folder) : folder, spec } };
}

async function specInFile(file: string): Promise<ExperimentSpec> {
  const given = await readJson(file).catch((cause: unknown) => {
    throw new SncError("input", `${file}: expected a specification in JSON, found: ${(cause as Error).message}`, {
      cause,
    });
  });
  return checkedSpec(given, { where: file }, path.dirname(file));
}

/**
 * An experiment as callers say it: by a name alone, or as a specification whose `profile` may be any such name, and whose other
 * choices then change what that says.
 */
export type GivenExperiment =
  | string
  | (Omit<GivenSpec, "profile" | "readings"> & {
      profile?: string;
      readings?: Readonly<Record<string, string | number>>;
    });

/** The specification that is meant, its choices checked; looks at no input. */
export async function specGiven(
  given: GivenExperiment,
  origin: Origin = { where: "openExperiment" },
): Promise<NamedSpec> {
  const { profile = "default", ...changes } = typeof given === "string" ? { profile: given } : given;
  const { spec, set } = await specNamed(profile);
  const changed = varied(spec, set?.spec, checkedSpec({ ...changes, profile: spec.profile }, origin));
  return { spec: checkedSpec(changed, origin), set };
}

/** The experiment that is meant, completed, and where its results go: an opened result set's stay in its folder. */
export async function resolveGiven(
  given: GivenExperiment,
  origin?: Origin,
): Promise<ResolvedExperiment & { resultSet: ResultSet }> {
  const { spec, set } = await specGiven(given, origin);
  const resolved = await resolveExperiment(spec);
  const resultSet = resultSetOf(resolved.spec);
  return { ...resolved, resultSet: set?.name === resultSet.name ? { name: set.name, folder: set.folder } : resultSet };
}

/** A specification with some of its choices changed; those that followed from others follow them still. */
function varied(spec: ExperimentSpec, complete: CompleteSpec | undefined, changes: ExperimentSpec): ExperimentSpec {
  const said = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
  if (Object.keys(said).every((key) => key === "profile")) return spec;
  const before = complete ? essentialSpec(complete) : spec;
  if (said.expansion !== undefined) delete before.d_sae;
  if (said.d_sae !== undefined) delete before.expansion;
  return { ...before, ...said, readings: { ...before.readings, ...changes.readings } };
}
