import { mkdir, realpath, rm } from "node:fs/promises";
import path from "node:path";
import { SncError } from "../../base/errors.js";
import type { NotebookOutcome } from "./outcome.js";
import type { Parameters } from "./parameters.js";
import { NotebookRun } from "./run.js";

export { describeFailure, type FailedCell, type NotebookFailure, type NotebookOutcome } from "./outcome.js";
export type { Parameters, ParameterValue } from "./parameters.js";

export type NotebookEvent =
  | { type: "started"; cells: number; startSeconds: number }
  /** Cell `position` (from 0) of the `cells` that run begins or is done; `cellIndex` counts all cells of the notebook. */
  | { type: "cellStart" | "cellEnd"; cellIndex: number; position: number; cells: number }
  /** The last lines of the text that a cell wrote, if it wrote any. */
  | { type: "output"; cellIndex: number; tail: string };

export interface ExecuteOptions {
  /** The executed copy; written whole or not at all, with what ran so far also after a failure. */
  output: string;
  parameters?: Parameters;
  /** Default 600. */
  cellTimeoutSeconds?: number;
  /** Default 3600; includes the kernel's start. */
  notebookTimeoutSeconds?: number;
  /** Default 60. */
  startupTimeoutSeconds?: number;
  /** Of one cell, default 10 MB; the rest goes to the log. */
  outputLimitBytes?: number;
  env?: NodeJS.ProcessEnv;
  /** Where the kernel runs; default: the notebook's folder. */
  cwd?: string;
  logFile?: string;
  /** Records when each cell ran in its metadata, as nbclient does. Default false: equal runs give equal files. */
  recordTiming?: boolean;
  signal?: AbortSignal;
  onEvent?(event: NotebookEvent): void;
}

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
    await mkdir(path.dirname(output), { recursive: true });
    await rm(output, { force: true }); // a copy of an earlier run must not pass for this one's
  } catch (error) {
    throw new SncError("environment", `${output}: cannot be written: ${(error as Error).message}`, { cause: error });
  }
  const run = new NotebookRun(file, { ...options, output });
  try {
    return await run.execute();
  } finally {
    await run.close();
  }
}
