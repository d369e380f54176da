import { realpath } from "node:fs/promises";
import path from "node:path";
import { SncError } from "../../base/errors.js";
import { packageFolder, sha256OfFile } from "../../base/files.js";
import type { GivenParameters, Parameters } from "../run/parameters.js";
import { type NotebookEntry, notebooksFolder } from "./manifest.js";
import { dependsOn, orderByDependency } from "./order.js";
import { localImports, type PartsContext, parametersFor, partsOf } from "./parts.js";
import { assertInside } from "./paths.js";
import { changedParts, type KeyParts, type RecordedExecution, readRecord } from "./record.js";

export interface PlanRequest {
  /** The package's notebooks; any other notebook reads and writes nothing known. */
  entries: readonly NotebookEntry[];
  files: readonly string[];
  /** The folder that nothing written leaves, also not by a link. */
  folder: string;
  /** Folders in it of the executed copies and of the logs. */
  out: string;
  logs: string;
  /** The parameters of a notebook, by its entry and by the file of its record; of several each gets those that it declares. */
  parametersOf(entry: NotebookEntry | undefined, recordFile: string): GivenParameters | Promise<GivenParameters>;
}

/** One notebook of a plan. */
export interface PlannedNotebook {
  /** The base name, which its executed copy, its record and its log share. */
  name: string;
  file: string;
  output: string;
  recordFile: string;
  logFile: string;
  parameters: Parameters;
  reads: readonly string[];
  writes: readonly string[];
  /** Names of the notebooks of this plan that write what it reads. */
  dependsOn: string[];
}

/** Whether a notebook is to be executed, and why (not). */
export interface Decision {
  execute: boolean;
  reason: string;
  /** Its last success, whatever has changed since: what it took then is the best estimate. */
  earlier?: RecordedExecution;
  /** What it depends on at present; undefined for a notebook that cannot be read. */
  parts?: KeyParts;
}

/**
 * The notebooks in the order of execution. Refused before anything runs: two of one name, parameters that one does not
 * take, and copies, records and logs that a link would lead out of their folder.
 */
export async function planNotebooks(request: PlanRequest): Promise<PlannedNotebook[]> {
  const { files, folder, out, logs, entries } = request;
  const planned: PlannedNotebook[] = [];
  const taken = new Map<string, boolean>();
  for (const file of files) {
    const name = path.basename(file, ".ipynb");
    const output = path.join(out, `${name}.ipynb`);
    const other = planned.find((notebook) => notebook.name === name);
    if (other) {
      throw new SncError(
        "usage",
        `${file} and ${other.file} would both be written to ${output}. Run them apart, with another --out`,
      );
    }
    const entry = await entryOf(file, entries);
    const { reads, writes } = entry ?? { reads: [], writes: [] };
    const [recordFile, logFile] = [path.join(out, `${name}.key.json`), path.join(logs, `${name}.log`)];
    const given = await request.parametersOf(entry, recordFile);
    const parameters = await parametersFor(file, given, files.length > 1);
    for (const key of Object.keys(given)) taken.set(key, taken.get(key) === true || Object.hasOwn(parameters, key));
    await Promise.all([output, recordFile, logFile].map((written) => assertInside(folder, written)));
    planned.push({ name, file, output, recordFile, logFile, parameters, reads, writes, dependsOn: [] });
  }
  const idle = [...taken].flatMap(([key, isTaken]) => (isTaken ? [] : [key]));
  if (idle.length > 0)
    throw new SncError("usage", `none of the ${files.length} notebooks has a parameter ${idle.join(", ")}`);
  for (const notebook of planned)
    notebook.dependsOn = planned.filter((other) => dependsOn(notebook, other)).map((other) => other.name);
  return orderByDependency(planned, (notebook) => notebook.name);
}

/** The entry of a notebook, found by where it lies: others may have the same name. Links may lead in, never out. */
async function entryOf(file: string, entries: readonly NotebookEntry[]): Promise<NotebookEntry | undefined> {
  const real = await realpath(file).catch(() => file);
  const entry = entries.find((e) =>
    [file, real].some((place) => path.resolve(place) === path.join(notebooksFolder, e.file)),
  );
  if (entry) await assertInside(packageFolder, file);
  return entry;
}

/** Whether a notebook has to be executed now; looks at files, changes nothing. */
export async function decide(notebook: PlannedNotebook, context: PartsContext, force = false): Promise<Decision> {
  const [parts, earlier] = await Promise.all([partsOf(notebook, context), readRecord(notebook.recordFile)]);
  const execute = (reason: string): Decision => ({ execute: true, reason, earlier, parts });
  if (!parts) return execute("it cannot be read");
  if (force) return execute("--force");
  if (!earlier) return execute("no successful execution is recorded");
  const copy = await sha256OfFile(notebook.output).catch(() => undefined);
  if (copy === undefined) return execute("its executed copy is missing");
  if (copy !== earlier.copy) return execute("its executed copy is not the recorded one: edited, or of a failure");
  const changes = changedParts(earlier.parts, parts);
  if (parts[localImports] !== undefined) changes.push(`it imports ${parts[localImports]}, which is not followed`);
  if (changes.length > 0) return execute(changes.join(", "));
  return { execute: false, reason: "unchanged", earlier, parts };
}
