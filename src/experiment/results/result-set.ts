import { lstat, readdir, rename, rm, symlink } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { z } from "zod";
import type { Backend } from "../../backend/choose.js";
import { type Precision, precisions } from "../../backend/precision.js";
import { runProgram } from "../../base/command.js";
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

/** One folder of results: everything made from one set of inputs at one size. */
export interface ResultSet {
  /** `<profile>-<hash of inputs and options>`. */
  name: string;
  folder: string;
}

/** What a result set is made from; layers, runs and seeds are places inside it. */
export interface ResultSetIdentity {
  profile: Profile;
  /** sha256 of every input file by its name in the manifest. */
  inputs: Record<string, string>;
  /** Readings that differ from the default, by id. */
  readings: Record<string, string>;
  /** Of the products of training, where it is not float32. */
  precision?: Precision;
}

/**
 * The folder of all result sets: `SNC_RESULTS` unless it is empty; else results/ beside package.json in a checkout, and in the
 * working directory where the package lies in a project's node_modules.
 */
export const resultsFolder = (): string =>
  path.resolve(process.env.SNC_RESULTS || path.join(isDependency ? "" : packageFolder, "results"));

const identitySchema = z.object({
  name: z.string(),
  profile: z.looseObject({
    name: z.string(),
    layers: z.array(z.int()),
    runs: z.array(z.int()),
    seeds: z.array(z.int()),
  }) as unknown as z.ZodType<Profile>, // its other numbers are those of the profile, which `snc status` compares
  inputs: z.record(z.string(), z.string()),
  readings: z.record(z.string(), z.string()),
  precision: z.enum(precisions).optional(),
}) satisfies z.ZodType<ResultSetIdentity & { name: string }>;

/** Where the result set of these inputs and options lies; creates nothing. */
export function resultSetOf({ profile, inputs, readings, precision }: ResultSetIdentity): ResultSet {
  // Layers, runs and seeds are places inside it; inputs are named by their hashes, and passes by the activations' key.
  const { layers: _l, runs: _r, seeds: _s, inputs: _i, sequencesPerPass: _p, ...size } = profile;
  const name = `${profile.name}-${sha256(canonicalJson({ size, inputs, readings, ...(precision && { precision }) })).slice(0, 8)}`;
  return { name, folder: path.join(resultsFolder(), name) };
}

/** Creates the result set's folder, says in run.json and env.json what it is, and lets results/latest point to it. */
export async function openResultSet(identity: ResultSetIdentity, backend: Backend): Promise<ResultSet> {
  const set = resultSetOf(identity);
  await writeSealed(path.join(set.folder, "run.json"), { name: set.name, ...identity });
  await writeSealed(path.join(set.folder, "env.json"), await environment(backend));
  await pointLatest(set);
  return set;
}

/** What a result set is made from, and its name, as its run.json records it. */
export const readResultSetIdentity = (folder: string): Promise<ResultSetIdentity & { name: string }> =>
  requireSealed(path.join(folder, "run.json"), identitySchema, madeByOpening);

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

/** Points results/latest to a set by a link that is replaced in one move. */
async function pointLatest(set: ResultSet): Promise<void> {
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

/** Writes SHA256SUMS (as `sha256sum -c` reads it) over all files of a result set but logs and files in the making. */
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

/** The files below a result set's folder, sorted, with `/` between folders: neither logs nor files in the making. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).split(path.sep).join("/"))
    .filter((file) => !/^(logs\/|SHA256SUMS$)|\.tmp(\/|$)|checkpoint\.bin$/.test(file))
    .sort();
}
