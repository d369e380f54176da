import { lstat, readdir, readlink, rename, rm, symlink } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { z } from "zod";
import type { Backend } from "../../backend/choose.js";
import type { Precision } from "../../backend/precision.js";
import { runProgram } from "../../base/command.js";
import { SncError } from "../../base/errors.js";
import {
  canonicalJson,
  exists,
  isDependency,
  packageFolder,
  sha256,
  sha256OfFile,
  temporaryName,
  writeFileAtomic,
} from "../../base/files.js";
import { requireSealed, writeSealed } from "../../base/recorded.js";
import type { Profile } from "../../profiles.js";
import { sizesOf } from "../resolve.js";
import { type CompleteSpec, completeSchema } from "../spec.js";

/** One folder of results: everything made from one set of inputs at one size. */
export interface ResultSet {
  /** `<profile>-<hash of inputs and options>`. */
  name: string;
  folder: string;
}

/** What a result set is made from: its specification, and what that comes to. */
export interface ResultSetIdentity {
  spec: CompleteSpec;
  profile: Profile;
  /** sha256 of every input file by its name. */
  inputs: Record<string, string>;
  /** Readings that differ from the default, by id. */
  readings: Record<string, string>;
  /** Of matrix products, the model's and the autoencoder's. */
  precision: Precision;
}

/**
 * The folder of all result sets: `SNC_RESULTS` unless it is empty; else results/ beside package.json in a checkout, and in the
 * working directory where the package lies in a project's node_modules.
 */
export const resultsFolder = (): string =>
  path.resolve(process.env.SNC_RESULTS || path.join(isDependency ? "" : packageFolder, "results"));

/** How a process in another folder finds a result set: by its name where it lies among the others, else by its folder. */
export const nameElsewhere = ({ name, folder }: ResultSet): string =>
  path.dirname(folder) === resultsFolder() ? name : folder;

/** The identity that a specification gives; looks at no input. */
const identityOf = (spec: CompleteSpec): ResultSetIdentity => ({
  spec,
  profile: sizesOf(spec).profile,
  inputs: spec.inputs,
  readings: spec.readings,
  precision: spec.precision,
});

/**
 * The result set of a specification; creates nothing. Its name is the profile's, and the hash of all that numbers depend on:
 * layers, runs and seeds are places inside it, and inputs count by what is in them, not by where they lie.
 */
export function resultSetOf(spec: CompleteSpec): ResultSet {
  const { layers: _l, runs: _r, seeds: _s, variations: _v, modelDir: _m, pileDir: _p, activations, ...said } = spec;
  const { files: _f, ...own } = activations ?? { files: [] };
  const hash = sha256(canonicalJson({ ...said, ...(activations && { activations: own }) }));
  const name = `${spec.profile}-${hash.slice(0, 8)}`;
  return { name, folder: path.join(resultsFolder(), name) };
}

/** Where a result set says what it is. */
export const experimentFile = (folder: string): string => path.join(folder, "experiment.json");

/**
 * Creates a result set's folder and says in experiment.json and env.json what it is. Places that it had been opened for before
 * stay in experiment.json beside those of `spec`.
 */
export async function openResultSet(set: ResultSet, spec: CompleteSpec, backend: Backend): Promise<void> {
  const before = await readExperimentFile(set.folder).catch(() => undefined); // a damaged one is written anew
  const both = (key: "layers" | "runs" | "seeds"): number[] =>
    [...new Set([...(before?.spec[key] ?? []), ...spec[key]])].sort((a, b) => a - b);
  const variations = [...(before?.spec.variations ?? []), ...(spec.variations ?? [])];
  const places = {
    ...{ layers: both("layers"), runs: both("runs"), seeds: both("seeds") },
    ...(variations.length > 0 && {
      variations: [...new Map(variations.map((of) => [canonicalJson(of), of])).values()],
    }),
  };
  await writeSealed(experimentFile(set.folder), { name: set.name, ...spec, ...places });
  await writeSealed(path.join(set.folder, "env.json"), await environment(backend));
}

/** Lets results/latest point to a set of results/, unless it is at a finished one. */
export async function moveLatest(set: ResultSet): Promise<void> {
  const latest = await latestSet();
  if (!latest?.isFinished && path.dirname(set.folder) === resultsFolder()) await pointLatest(set);
}

/** What a result set's experiment.json records; undefined where there is none. */
async function readExperimentFile(folder: string): Promise<{ name: string; spec: CompleteSpec } | undefined> {
  const file = experimentFile(folder);
  if (!(await exists(file))) return undefined;
  const { name, ...spec } = await requireSealed(file, namedSchema, madeByOpening);
  return { name, spec };
}

const namedSchema = completeSchema.and(z.object({ name: z.string() }));

/** What a result set is made from, and its name. Throws an input error where its folder does not say so. */
export async function readResultSetIdentity(folder: string): Promise<ResultSetIdentity & { name: string }> {
  const found = await readExperimentFile(folder);
  if (!found) {
    const older = (await exists(path.join(folder, "run.json"))) ? "run.json of an earlier version" : "none";
    throw new SncError(
      "input",
      `${experimentFile(folder)}: expected a result set's specification, found ${older}. Run: snc reproduce`,
    );
  }
  return { name: found.name, ...identityOf(found.spec) };
}

/** env.json: what computed a result set; empty where it is not there. */
export async function readEnvironment(folder: string): Promise<Record<string, unknown>> {
  const file = path.join(folder, "env.json");
  return (await exists(file)) ? requireSealed(file, z.record(z.string(), z.unknown()), madeByOpening) : {};
}

/** Every command that computes writes these anew. */
const madeByOpening = { by: "the command that began the result set", next: "Run: snc reproduce" };

/** What the numbers were computed with and on. */
async function environment(backend: Backend): Promise<Record<string, unknown>> {
  const manifest = require(path.join(packageFolder, "package.json"));
  const git = async (...args: string[]): Promise<string | null> =>
    isDependency // the version says which source it is, and a repository above is the project's
      ? null
      : runProgram("git", ["-C", packageFolder, ...args]).then(
          (text) => text.trim(),
          () => null, // not a checkout, or no git: likewise
        );
  const [commit, changes] = await Promise.all([git("rev-parse", "HEAD"), git("status", "--porcelain", "-uno")]);
  return {
    package: {
      name: manifest.name,
      version: manifest.version,
      commit,
      modified: changes === null ? null : changes !== "",
    },
    backend,
    node: process.versions.node,
    platform: `${os.platform()} ${os.arch()} ${os.release()}`,
    cpu: os.cpus()[0]?.model.trim() ?? "unknown",
    cores: os.availableParallelism(),
    memoryBytes: os.totalmem(),
    dependencies: manifest.dependencies,
  };
}

/** The set that results/latest points to, if it does, and whether it is finished: its SHA256SUMS is written last. */
export async function latestSet(): Promise<{ name: string; isFinished: boolean } | undefined> {
  const name = await readlink(path.join(resultsFolder(), "latest")).then(path.basename, () => undefined);
  return name === undefined
    ? undefined
    : { name, isFinished: await exists(path.join(resultsFolder(), name, "SHA256SUMS")) };
}

/** Points results/latest to a set by a link that is replaced in one move. */
export async function pointLatest(set: ResultSet): Promise<void> {
  const latest = path.join(path.dirname(set.folder), "latest");
  const link = temporaryName(latest);
  await symlink(process.platform === "win32" ? set.folder : set.name, link, "junction");
  // Windows does not rename over a link, and nothing renames over a folder that someone made by this name.
  const old = await lstat(latest).catch(() => undefined);
  if (old?.isSymbolicLink() && process.platform === "win32") await rm(latest);
  await rename(link, latest).catch(async (error) => {
    await rm(link, { force: true });
    throw error;
  });
}

/** Writes SHA256SUMS (as `sha256sum -c` reads it) over all files of a result set but logs, the site and files in the making. */
export async function writeChecksums(folder: string): Promise<void> {
  const files = await filesBelow(folder);
  const lines: string[] = [];
  for (const file of files) lines.push(`${await sha256OfFile(path.join(folder, file))}  ${file}`);
  await writeFileAtomic(path.join(folder, "SHA256SUMS"), `${lines.join("\n")}\n`);
}

/** Writes SHA256SUMS again where it is there, so that it says of no file that has just been written that it is another. */
export async function refreshChecksums(folder: string): Promise<void> {
  if (await exists(path.join(folder, "SHA256SUMS"))) await writeChecksums(folder);
}

/** The files below a result set's folder, sorted, with `/` between folders: neither logs, nor the site, which has copies, nor files in the making. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).split(path.sep).join("/"))
    .filter((file) => !/^(logs\/|site\/|SHA256SUMS$)|\.tmp(\/|$)|checkpoint\.bin$/.test(file))
    .sort();
}
