import { realpath, rm } from "node:fs/promises";
import path from "node:path";
import { SncError } from "../../base/errors.js";
import { makeFolder } from "../../base/files.js";
import { systemFault } from "../../base/system-errors.js";
import type { ExecuteOptions, NotebookOutcome } from "./outcome.js";
import { NotebookRun } from "./run.js";

/**
 * Executes a notebook in a fresh kernel and writes the executed copy. What goes wrong with the notebook is an outcome;
 * thrown are misuse (`usage`) and a machine that cannot do it (`environment`).
 */
export async function executeNotebook(file: string, options: ExecuteOptions): Promise<NotebookOutcome> {
  const output = path.resolve(options.output);
  const [from, to] = await Promise.all([file, output].map((f) => realpath(f).catch(() => path.resolve(f))));
  if (from === to) {
    throw new SncError(
      "usage",
      `${file}: the executed copy would overwrite the notebook. Choose another folder: --out DIR`,
    );
  }
  try {
    await makeFolder(path.dirname(output));
    await rm(output, { force: true }); // a copy of an earlier run must not pass for this one's
  } catch (error) {
    throw systemFault(error, output) ?? error;
  }
  const run = new NotebookRun(file, { ...options, output });
  try {
    return await run.execute();
  } finally {
    await run.close();
  }
}
