import { readFile } from "node:fs/promises";
import path from "node:path";
import { SncError } from "../../base/errors.js";
import { canonicalJson, packageFolder } from "../../base/files.js";
import { sourceHash } from "../../base/source-hash.js";
import type { Notebook } from "../run/document.js";
import {
  declaredParameters,
  type GivenParameters,
  injectParameters,
  type Parameters,
  plainParameters,
  typedParameters,
} from "../run/parameters.js";
import { prepareNotebook } from "../run/prepare.js";
import { exportsOf, importsOf } from "./modules.js";
import { changedParts, hashOf, type KeyParts } from "./record.js";

/** What the planner is told by those who know what the notebooks are about. */
export interface PartsContext {
  /** The hash of something that notebooks read or write, as one with these parameters sees it; undefined if it is not there. */
  artifactHash(artifact: string, parameters: Parameters): Promise<string | undefined>;
  /** What the package computes with, for people and for comparing; asked only for notebooks that use the package. */
  backend(): Promise<string>;
}

/** The part that names imported files whose own imports are not followed. */
export const localImports = "local imports";
const written = "(written)";

/** All that a notebook's executed copy depends on, as it is now; undefined for one that cannot be read as a notebook. */
export async function partsOf(
  notebook: { file: string; parameters: Parameters; reads: readonly string[]; writes: readonly string[] },
  { artifactHash, backend }: PartsContext,
): Promise<KeyParts | undefined> {
  const { file, parameters } = notebook;
  const content = await readForParts(file);
  if (!content) return undefined;
  const parts: KeyParts = {
    // Named from the package's folder: a checkout that was moved has not changed.
    notebook: path.relative(packageFolder, path.resolve(file)).split(path.sep).join("/"),
    cells: hashOf({ cells: content.cells, metadata: content.metadata }),
    runner: sourceHash("notebook/run/execute", "notebook/tslab/launcher", "notebook/tslab/socket-thread"),
    node: process.versions.node,
  };
  for (const [name, value] of Object.entries(parameters)) parts[`parameter ${name}`] = canonicalJson(value);
  const manifest = require(path.join(packageFolder, "package.json"));
  const { modules, local } = importsOf(codeOf(content), manifest.name, exportsOf(await packageIndex()));
  if (local.length > 0) parts[localImports] = local.join(", ");
  if (modules.length > 0) {
    parts["package source"] = sourceHash(...modules);
    parts["package dependencies"] = hashOf(manifest.dependencies);
    parts.backend = await backend();
  }
  const addArtifact = async (artifact: string, role: string): Promise<void> => {
    const hash = await artifactHash(artifact, parameters);
    if (hash !== undefined) parts[`${artifact} ${role}`] = hash;
  };
  for (const artifact of notebook.reads) await addArtifact(artifact, "(read)");
  for (const artifact of notebook.writes) await addArtifact(artifact, written);
  return parts;
}

/** What changed while a notebook ran; what it writes, and what was not there before, it may have made itself. */
export function changedMeanwhile(before: KeyParts, after: KeyParts): string[] {
  const given = Object.keys(before).filter((name) => !name.endsWith(written));
  const only = (parts: KeyParts): KeyParts =>
    Object.fromEntries(Object.entries(parts).filter(([name]) => given.includes(name)));
  return changedParts(only(before), only(after));
}

/**
 * The values that a notebook gets of those that are given, typed as it declares them; `some`: only those that it declares.
 * Others, and parameters it does not take, are a usage error.
 */
export async function parametersFor(file: string, given: GivenParameters, some: boolean): Promise<Parameters> {
  const notebook = await readForParts(file);
  if (!notebook) return plainParameters(given);
  const declared = await declaredParameters(notebook);
  const own = Object.entries(given).filter(([key]) => !some || declared.has(key));
  const parameters = await typedParameters(file, notebook, Object.fromEntries(own));
  await injectParameters(file, notebook, parameters); // refuses what it does not take
  return parameters;
}

/** The notebook without outputs and parameters, which are parts of their own; undefined for one that cannot be executed. */
async function readForParts(file: string): Promise<Notebook | undefined> {
  try {
    return await prepareNotebook(file, {});
  } catch (error) {
    if (error instanceof SncError && error.failure === "input") return undefined; // executing it says what is wrong
    throw error;
  }
}

const codeOf = ({ cells }: Notebook): string =>
  cells.flatMap((cell) => (cell.cell_type === "code" ? [cell.source] : [])).join("\n");

/** The package's index: its source when run from src/, its declarations when built. */
const packageIndex = (): Promise<string> =>
  readFile(path.join(__dirname, "..", "..", __filename.endsWith(".ts") ? "index.ts" : "index.d.ts"), "utf8");
