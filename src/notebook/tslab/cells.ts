import { inspect } from "node:util";
import { interruptWork } from "../interrupt.js";
import { getCodeMetadata } from "./compiler.js";
import { type Completion, complete, inspectAt } from "./completion.js";
import { cellOfContext, runInCell } from "./context.js";
import { NotebookExecution } from "./execution.js";
import { noteExitCode } from "./exit-code.js";
import type { Interruptible } from "./interruptible.js";
import { queueMicrotask, setImmediate } from "./originals.js";
import {
  beginCell,
  cellFilename,
  type ErrorReport,
  interrupted,
  reportDiagnostics,
  reportThrown,
  throwingCell,
  traceCell,
} from "./traceback.js";

/** One execution of a cell. */
interface Cell {
  request: number;
  count: number;
  done: boolean;
  silent: boolean;
  /** An error of this cell is expected, also a late one. */
  mayRaise: boolean;
  code: string;
  /** Gives the cell its result; only the first call counts. */
  end(error: ErrorReport | null, lateErrorOf?: number): void;
}

export interface CellResult {
  error: ErrorReport | null;
  count: number;
  /** The request of an earlier cell whose late error this is; the cell asked for was not run, or not to its end. */
  lateErrorOf?: number;
}

/** Where a cell's output goes. */
export interface CellOutput {
  executeResult(request: number, count: number, text: string): void;
  /** Text for people about an error that came after its cell was done. */
  notice(request: number, text: string): void;
  /** A late error of a cell that may raise one. */
  expectedError(request: number, error: ErrorReport): void;
}

interface LateError {
  cause: Cell;
  report: ErrorReport;
}

type Ending = Omit<CellResult, "count">;

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Runs cells one after another, and knows which cell an error comes from. */
export class CellRunner {
  private readonly execution: NotebookExecution;
  /** Every cell that ran, by its request: functions it defined may throw much later. */
  private readonly cells = new Map<number, Cell>();
  private running: Cell | null = null;
  private last: Cell | null = null;
  private late: LateError[] = [];
  private count = 0;

  constructor(
    folder: string,
    interruptible: Interruptible,
    private readonly output: CellOutput,
  ) {
    this.execution = new NotebookExecution(folder, interruptible);
    process.on("uncaughtException", (error) => this.failLater(error));
    process.on("unhandledRejection", (reason) => this.failLater(reason));
    process.on("SIGINT", () => this.running && this.interrupt(this.running.request));
  }

  /** The request of the cell that output belongs to: whose code runs, else that of the cell that runs or ran last. */
  get outputRequest(): number | undefined {
    return cellOfContext() ?? (this.running ?? this.last)?.request;
  }

  get isRunning(): boolean {
    return this.running !== null;
  }

  get executionCount(): number {
    return this.count;
  }

  async run(
    request: number,
    code: string,
    { silent, mayRaise }: Pick<Cell, "silent" | "mayRaise">,
    onStart: (count: number) => void,
  ): Promise<CellResult> {
    if (!silent) this.count++;
    const count = this.count;
    const late = this.takeLate();
    if (late) return late;
    onStart(count);
    return { ...(await this.execute(request, code, { silent, mayRaise, count })), count };
  }

  /** The first error that came after its cell was done and that no other cell has told of yet. */
  takeLate(): CellResult | null {
    const late = this.late.shift();
    return late ? { error: late.report, count: this.count, lateErrorOf: late.cause.request } : null;
  }

  get hasLate(): boolean {
    return this.late.length > 0;
  }

  /** Whether an error of this request's cell is expected. */
  mayRaise(request: number | undefined): boolean {
    return request !== undefined && this.cells.get(request)?.mayRaise === true;
  }

  /** Ends the cell of this request with an `Interrupted` error, if it still runs, and the work that cells have started. */
  interrupt(request: number): void {
    interruptWork();
    if (this.running?.request === request) this.running.end(interrupted());
  }

  /** The value of an expression as text, or why it has none: what a client asks for beside a cell. */
  async evaluate(code: string): Promise<{ text: string } | { error: ErrorReport }> {
    try {
      const executed = await this.execution.execute(code, "user-expression", () => {});
      if (executed.diagnostics) return { error: reportDiagnostics(executed.diagnostics, code) };
      return { text: inspect(executed.value) };
    } catch (error) {
      return { error: reportThrown(error) };
    }
  }

  /** What is known about the name at this place, as text; places count code points. */
  inspect(code: string, cursor: number): string | undefined {
    return inspectAt(this.execution.compiler, code, cursor);
  }

  complete(code: string, cursor: number): Completion {
    return complete(this.execution.compiler, code, cursor);
  }

  private execute(request: number, code: string, how: Pick<Cell, "silent" | "mayRaise" | "count">): Promise<Ending> {
    return new Promise((resolve) => {
      const end: Cell["end"] = (error, lateErrorOf) => {
        if (cell.done) return;
        cell.done = true;
        this.running = null;
        noteExitCode(() => request);
        resolve({ error, lateErrorOf });
      };
      const cell: Cell = { request, ...how, done: false, code, end };
      this.running = this.last = cell;
      this.cells.set(request, cell);
      beginCell(request, how.count);
      // In a microtask of its own: when an interrupt terminates the cell's JavaScript, no frame of ours is lost with it
      // (and Node's bookkeeping survives, which it does not when a timer or immediate is terminated).
      runInCell(request, () => queueMicrotask(() => void this.callCell(cell)));
    });
  }

  private async callCell(cell: Cell): Promise<void> {
    const error = await this.errorOf(cell);
    await turn(); // unhandled rejections surface within two turns
    await turn();
    cell.end(error);
  }

  /** Runs the cell and shows its value; what it throws, also long after an interrupt has ended it, is its own. */
  private async errorOf(cell: Cell): Promise<ErrorReport | null> {
    try {
      const { mode, module } = getCodeMetadata(cell.code);
      if (mode === "browser" && !module) throw new Error("cells for the browser (@browser) are not run by this kernel");
      const executed = await this.execution.execute(cell.code, cellFilename(cell.request), (maps, shift) =>
        traceCell(cell.request, maps, shift),
      );
      if (executed.diagnostics) return reportDiagnostics(executed.diagnostics, cell.code);
      const { value } = executed;
      const isShown = value !== undefined && value !== null && !cell.done && !cell.silent;
      if (isShown) this.output.executeResult(cell.request, cell.count, inspect(value));
      return null;
    } catch (error) {
      return reportThrown(error);
    }
  }

  /** An error outside the cell's own call ends the cell that caused it, else the one that runs, else the next one. */
  private failLater(thrown: unknown): void {
    const cause = this.cells.get(cellOfContext() ?? throwingCell(thrown) ?? 0) ?? this.running ?? this.last;
    const report = reportThrown(thrown);
    if (!cause) this.output.notice(0, report.traceback.join("\n"));
    else if (cause.done) this.failLate(cause, report);
    else cause.end(report);
  }

  private failLate(cause: Cell, report: ErrorReport): void {
    const note = `(thrown by code of cell [${cause.count}], after that cell had finished)`;
    report.evalue += ` ${note}`;
    report.traceback.push(note);
    if (cause.mayRaise) {
      this.output.expectedError(cause.request, report);
      return;
    }
    this.output.notice(cause.request, `${report.ename}: ${report.evalue}\n`);
    if (this.running) this.running.end(report, cause.request);
    else this.late.push({ cause, report });
  }
}
