import { inspect } from "node:util";
import type { Converter, ConvertResult } from "tslab/dist/converter.js";
import type { Executor } from "tslab/dist/executor.js";
import { createConverter, createExecutor, getCodeMetadata } from "./compiler.js";
import { cellOfContext, runInCell, runOutsideCells } from "./context.js";
import { noteExitCode } from "./exit-code.js";
import { queueMicrotask, setImmediate } from "./originals.js";
import { type PreparedSource, prepareSource } from "./source.js";
import {
  beginCell,
  type Diagnostic,
  type ErrorReport,
  interrupted,
  reportDiagnostics,
  reportThrown,
  throwingCell,
} from "./traceback.js";

/** One execution of a cell. */
interface Cell {
  request: number;
  count: number;
  done: boolean;
  silent: boolean;
  /** An error of this cell is expected, also a late one. */
  mayRaise: boolean;
  source: PreparedSource;
  diagnostics: Diagnostic[];
  thrown: ErrorReport[];
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

/** Runs cells one after another with tslab's converter and executor, and knows which cell an error comes from. */
export class CellRunner {
  private readonly executor: Executor;
  /** Every cell that ran, by its request: functions it defined may throw much later. */
  private readonly cells = new Map<number, Cell>();
  private running: Cell | null = null;
  private last: Cell | null = null;
  private late: LateError[] = [];
  private count = 0;

  constructor(
    folder: string,
    private readonly output: CellOutput,
  ) {
    const node = this.collectDiagnostics(createConverter({ isJS: false, isBrowser: false }));
    const converters = {
      node,
      get browser(): Converter {
        throw new Error("cells for the browser (@browser) are not run here");
      },
      close: () => node.close(),
    };
    this.executor = createExecutor(folder, converters, {
      log: (value: unknown) => this.showResult(value),
      error: (...values: unknown[]) => this.noteThrown(values),
    });
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

  /** Ends the cell of this request with an `Interrupted` error, if it still runs. */
  interrupt(request: number): void {
    if (this.running?.request === request) this.running.end(interrupted());
  }

  inspect(code: string, cursor: number): ReturnType<Executor["inspect"]> {
    return this.executor.inspect(code, cursor);
  }

  complete(code: string, cursor: number): ReturnType<Executor["complete"]> {
    return this.executor.complete(code, cursor);
  }

  private execute(request: number, code: string, how: Pick<Cell, "silent" | "mayRaise" | "count">): Promise<Ending> {
    return new Promise((resolve) => {
      const end: Cell["end"] = (error, lateErrorOf) => {
        if (cell.done) return;
        cell.done = true;
        this.running = null;
        noteExitCode(() => request);
        this.executor.interrupt(); // what still awaits inside must not report into the next cell
        resolve({ error, lateErrorOf });
      };
      const source = prepareSource(code);
      const cell: Cell = { request, ...how, done: false, source, diagnostics: [], thrown: [], end };
      this.running = this.last = cell;
      this.cells.set(request, cell);
      beginCell(request, how.count, source);
      // In a microtask of its own: when an interrupt terminates the cell's JavaScript, no frame of ours is lost with it
      // (and Node's bookkeeping survives, which it does not when a timer or immediate is terminated).
      runInCell(request, () => queueMicrotask(() => void this.callExecutor(cell)));
    });
  }

  private async callExecutor(cell: Cell): Promise<void> {
    try {
      const { mode, module } = getCodeMetadata(cell.source.text);
      if (mode === "browser" && !module) throw new Error("cells for the browser (@browser) are not run by this kernel");
      const ok = await this.executor.execute(cell.source.text);
      await turn(); // unhandled rejections surface within two turns
      await turn();
      cell.end(this.verdict(cell, ok));
    } catch (error) {
      cell.end(reportThrown(error));
    }
  }

  private verdict(cell: Cell, ok: boolean): ErrorReport | null {
    if (cell.diagnostics.length > 0) return reportDiagnostics(cell.diagnostics, cell.source);
    if (cell.thrown.length > 0) return cell.thrown[0];
    return ok ? null : reportThrown(new Error("tslab could not run the cell and did not say why"));
  }

  private showResult(value: unknown): void {
    const cell = this.running;
    if (cell && !cell.silent) this.output.executeResult(cell.request, cell.count, inspect(value));
  }

  private noteThrown(values: unknown[]): void {
    const cell = this.running;
    const isDiagnostic = values.length > 1 && typeof values[0] === "string"; // collected by `collectDiagnostics`
    if (cell && !isDiagnostic) cell.thrown.push(reportThrown(values[0]));
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

  /** tslab prints what the compiler says; we keep it with the cell, and its verdict on top-level `await`. */
  private collectDiagnostics(converter: Converter): Converter {
    const note = (diagnostics: Diagnostic[]): Diagnostic[] => {
      this.running?.diagnostics.push(...diagnostics);
      return diagnostics;
    };
    return {
      ...converter,
      convert: (declarations, source): ConvertResult => {
        const result = runOutsideCells(() => converter.convert(declarations, source));
        note(result.diagnostics as Diagnostic[]);
        // tslab overlooks `await` and `for await` that stand first in a statement. An async function without `await`
        // runs like a plain one, so every cell becomes one.
        return { ...result, hasToplevelAwait: true };
      },
      addModule: (name, content, metadata) => {
        const found = runOutsideCells(() => converter.addModule(name, content, metadata));
        note(found as Diagnostic[]);
        return found;
      },
    };
  }
}
