import path from "node:path";
import { exitCodes, SncError } from "../errors.js";
import type { NotebookEvent, NotebookOutcome, Parameters } from "../notebook/execute.js";
import type { Bar, Reporter } from "../progress.js";
import { type GlobalOptions, reporterFor } from "./options.js";
import { stopSignal } from "./stop.js";

/** Which notebooks to execute, and how. */
export interface NotebooksRequest extends Pick<GlobalOptions, "format" | "quiet"> {
  files: string[];
  /** Folder of the executed copies. */
  out: string;
  /** Folder of the logs; logs/ below `out` by default. */
  logs?: string;
  parameters: Parameters;
  cellTimeout?: number;
  notebookTimeout?: number;
  startupTimeout?: number;
  keepGoing?: boolean;
}

/**
 * Executes notebooks one after another, each in a kernel of its own, and prints a line for each (unless `--format json`,
 * which wants one document). Returns what became of them, and the exit code: 0, or that of the first failure.
 */
export async function executeNotebooks(
  request: NotebooksRequest,
): Promise<{ outcomes: NotebookOutcome[]; code: number }> {
  const copies = copyNames(request.files, request.out);
  const { executeNotebook } = await import("../notebook/execute.js");
  const reporter = reporterFor(request);
  const outcomes: NotebookOutcome[] = [];
  for (const [file, output] of copies) {
    const progress = cellProgress(reporter, file);
    const logs = request.logs ?? path.join(request.out, "logs");
    const outcome = await executeNotebook(file, {
      output,
      parameters: request.parameters,
      logFile: path.join(logs, `${path.basename(file, ".ipynb")}.log`),
      cellTimeoutSeconds: request.cellTimeout,
      notebookTimeoutSeconds: request.notebookTimeout,
      startupTimeoutSeconds: request.startupTimeout,
      signal: stopSignal,
      onEvent: progress.onEvent,
    }).finally(progress.finish);
    outcomes.push(outcome);
    await report(outcome, request.format);
    if (outcome.kind === "stopped" || (outcome.kind !== "ok" && !request.keepGoing)) break;
  }
  const failed = outcomes.find((outcome) => outcome.kind !== "ok");
  return { outcomes, code: failed ? exitCodeOf(failed) : exitCodes.ok };
}

/** The copy of each notebook, by the base name: two notebooks must not write the same one. */
function copyNames(files: string[], out: string): Map<string, string> {
  const copies = new Map<string, string>();
  const taken = new Map<string, string>();
  for (const file of files) {
    const output = path.join(out, `${path.basename(file, ".ipynb")}.ipynb`);
    const other = taken.get(output);
    if (other !== undefined) {
      throw new SncError(
        "usage",
        `${file} and ${other} would both be written to ${output}. Run them apart, with another --out`,
      );
    }
    taken.set(output, file);
    copies.set(file, output);
  }
  return copies;
}

/** A bar over the cells of one notebook. */
function cellProgress(reporter: Reporter, file: string): { onEvent(event: NotebookEvent): void; finish(): void } {
  let bar: Bar | undefined;
  return {
    onEvent(event) {
      if (event.type === "started") bar = reporter.bar(path.basename(file), event.cells, "cells");
      if (event.type === "cellEnd") bar?.advance();
    },
    finish: () => bar?.finish(),
  };
}

async function report(outcome: NotebookOutcome, format: GlobalOptions["format"]): Promise<void> {
  if (format === "ndjson") process.stdout.write(`${JSON.stringify(outcome)}\n`);
  if (format === "json" || format === "ndjson") return;
  const verdict = outcome.kind === "ok" ? "ok" : `failed (${outcome.kind})`;
  process.stdout.write(
    `${outcome.notebook}: ${verdict}, ${outcome.executedCells} cells, ${outcome.seconds.toFixed(1)} s\n`,
  );
  if (outcome.kind === "ok") return;
  const { describeFailure } = await import("../notebook/execute.js");
  process.stderr.write(`${describeFailure(outcome)}\n`);
}

function exitCodeOf(outcome: NotebookOutcome): number {
  switch (outcome.kind) {
    case "ok":
      return exitCodes.ok;
    case "cellError":
      return exitCodes.notebook;
    case "invalid":
      return exitCodes.input;
    case "stopped":
      return stopSignal.reason instanceof SncError ? stopSignal.reason.exitCode : exitCodes.interrupted;
    default:
      return exitCodes.timeout;
  }
}
