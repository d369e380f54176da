import path from "node:path";
import { z } from "zod";
import { SncError } from "../../base/errors.js";
import { packageFolder, readJson } from "../../base/files.js";
import { orderByDependency, overlap } from "./order.js";

/** Says of each of the package's notebooks what it reads, what it writes, and which parameters `snc reproduce` sets. */
const notebookManifestFile: string = path.join(packageFolder, "data-manifests", "notebooks.json");

/** The folder of the package's notebooks. */
export const notebooksFolder: string = path.join(packageFolder, "notebooks");

const file = z.string().regex(/^[a-z0-9][a-z0-9-]*\.ipynb$/, "expected a notebook's file name, without a folder");
const artifact = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]*(\/[a-z0-9][a-z0-9-]*)*$/, "expected a name inside a result set, as in runs/run-3");
const parameter = z.string().regex(/^[A-Za-z_$][\w$]*$/, "expected a variable's name");

const entrySchema = z.strictObject({
  file,
  reads: z.array(artifact),
  writes: z.array(artifact),
  parameters: z.array(parameter),
  /** Of what it reads, that without which `snc reproduce` leaves it out, by the command that makes it. */
  needs: z.record(artifact, z.string()).optional(),
});

const manifestSchema = z.strictObject({ notebooks: z.array(entrySchema) });

export type NotebookEntry = z.infer<typeof entrySchema>;

/** The entries of the manifest at `manifestFile`, in dependency order; one that contradicts itself is an input error. */
export async function readNotebookManifest(manifestFile: string = notebookManifestFile): Promise<NotebookEntry[]> {
  const fail = (problem: string): never => {
    throw new SncError("input", `${manifestFile}: ${problem}`);
  };
  const content = await readJson(manifestFile).catch((error: Error) => fail(`expected JSON, found: ${error.message}`));
  const parsed = manifestSchema.safeParse(content);
  if (!parsed.success) return fail(z.prettifyError(parsed.error));
  const entries = parsed.data.notebooks;
  const problem = contradiction(entries);
  if (problem) fail(problem);
  try {
    return orderByDependency(entries, (entry) => entry.file);
  } catch (error) {
    return fail((error as Error).message);
  }
}

/** What two entries cannot both say; undefined when they agree. */
function contradiction(entries: readonly NotebookEntry[]): string | undefined {
  for (const [i, a] of entries.entries()) {
    for (const b of entries.slice(i + 1)) {
      if (a.file === b.file) return `${a.file} has two entries`;
      const both = a.writes.find((written) => b.writes.some((other) => overlap(written, other)));
      if (both) return `${a.file} and ${b.file} both write ${both}`;
    }
  }
  return undefined;
}

/** Throws unless each of these notebooks has an entry and each entry its notebook. */
export function assertComplete(entries: readonly NotebookEntry[], files: readonly string[]): void {
  const missing = files.filter((name) => !entries.some((entry) => entry.file === name));
  const superfluous = entries.filter((entry) => !files.includes(entry.file)).map((entry) => entry.file);
  if (missing.length > 0)
    throw new SncError(
      "input",
      `${notebookManifestFile}: no entry for ${missing.join(", ")}. Say there what it reads and writes (docs/runner.md)`,
    );
  if (superfluous.length > 0)
    throw new SncError(
      "input",
      `${notebookManifestFile}: an entry for ${superfluous.join(", ")}, found no such file in ${notebooksFolder}. Remove it`,
    );
}
