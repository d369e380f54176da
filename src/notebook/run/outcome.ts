import type { Parameters } from "./parameters.js";

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
  /** How long, after the last cell, what cells left behind may take to end. Default 60. */
  settleTimeoutSeconds?: number;
  /** What is still pending then, unreferenced or a listening server is a failure, not a warning. Default false. */
  strict?: boolean;
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

/** Where a notebook failed, and with what. `cellIndex` counts all cells from 0; people are told the execution count. */
export interface FailedCell {
  cellIndex: number;
  executionCount: number | null;
  source: string;
  outputTail: string;
}

/** What every execution reports, good or bad. */
export interface ExecutionRecord {
  notebook: string;
  /** The executed copy; null when there is none, because the notebook could not even be read. */
  output: string | null;
  logFile: string | null;
  seconds: number;
  executedCells: number;
  /** The cells that ran, or that a tag skips, in order. */
  cells?: CellRecord[];
}

/** What became of one cell. */
export interface CellRecord {
  cellIndex: number;
  /** Null for a cell that is skipped. */
  executionCount: number | null;
  seconds: number;
  state: "ok" | "failed" | "skipped";
}

/** Something that a cell had started and that was still pending when its notebook was called good. */
export interface PendingWarning {
  /** Null where the cell is not known. */
  cellIndex: number | null;
  executionCount: number | null;
  what: string;
}

interface Thrown {
  ename: string;
  evalue: string;
  traceback: string[];
}

/** Why a notebook failed; `cell` is null where no cell was running. */
export type FailureCause = Thrown &
  (
    | { kind: "cellError"; cell: FailedCell }
    | {
        kind: "timeout";
        limit: "start" | "cell" | "notebook" | "settle" | "total";
        limitSeconds: number;
        cell: FailedCell | null;
      }
    | { kind: "deadKernel"; exitCode: number | null; signal: string | null; cell: FailedCell | null }
    | { kind: "lostOutput"; cell: FailedCell | null }
    | { kind: "invalid" }
    | { kind: "stopped"; cell: FailedCell | null }
  );

/**
 * What became of one notebook; only `ok` is a success. `cellError`: a cell did not compile, threw, or left an unhandled
 * rejection or a late error, set an exit code or, with `strict`, left something pending. `deadKernel`: its process ended by itself. `lostOutput`: it answered, but messages are
 * missing. `invalid`: the notebook cannot be executed as it is. `stopped`: the caller's signal.
 */
export type NotebookOutcome = ExecutionRecord & ({ kind: "ok"; warnings?: PendingWarning[] } | FailureCause);
export type NotebookFailure = ExecutionRecord & FailureCause;

/** A cell as Jupyter numbers it beside its source, and as stacks name it: "cell [3]"; "cell [*]" before it has its number. */
export const cellName = (executionCount: number | null): string => `cell [${executionCount ?? "*"}]`;

/** A warning for people, as a sentence without its end. */
export const describeWarning = ({ cellIndex, executionCount, what }: PendingWarning): string =>
  `still pending at the end: ${what}${cellIndex === null ? "" : ` of ${cellName(executionCount)}`}`;

const numbered = (source: string): string => {
  const lines = source.replace(/\n$/, "").split("\n");
  const width = String(lines.length).length;
  return lines.map((line, i) => `  ${String(i + 1).padStart(width)} │ ${line}`.trimEnd()).join("\n");
};

const indented = (text: string): string =>
  text
    .split("\n")
    .map((line) => `  ${line}`.trimEnd())
    .join("\n");

/** A failure for people: notebook, cell and error on the first line, then the cell, the end of its output, the stack. */
export function describeFailure(outcome: NotebookFailure): string {
  const cell = "cell" in outcome ? outcome.cell : null;
  const place = cell ? `${outcome.notebook}, ${cellName(cell.executionCount)}` : outcome.notebook;
  const [firstLine, ...moreLines] = outcome.evalue.split("\n");
  const parts = [outcome.kind === "invalid" ? outcome.evalue : `${place}: ${outcome.ename}: ${firstLine}`];
  if (moreLines.length > 0 && outcome.kind !== "invalid") parts.push(indented(moreLines.join("\n")));
  if (cell) parts.push(numbered(cell.source));
  if (cell?.outputTail) parts.push("output:", indented(cell.outputTail));
  const stack = outcome.traceback.join("\n").trimEnd();
  if (stack !== "" && stack !== `${outcome.ename}: ${outcome.evalue}`) parts.push("stack:", indented(stack));
  if (outcome.output) parts.push(`executed so far: ${outcome.output}`);
  if (outcome.logFile) parts.push(`log: ${outcome.logFile}`);
  return parts.join("\n");
}
