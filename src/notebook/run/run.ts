import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { SncError } from "../../base/errors.js";
import { KernelFailure } from "../kernel/channels.js";
import { Kernel } from "../kernel/kernel.js";
import { kernelspecMetadata } from "../kernel/kernelspec.js";
import { isRecord, type Message } from "../kernel/protocol.js";
import { within } from "../kernel/waiting.js";
import { type CodeCell, type Notebook, writeNotebook } from "./document.js";
import { kernelFailure, type Limits, limitFailure, pendingFailure, replyError } from "./failures.js";
import { NotebookLog } from "./log.js";
import {
  type CellRecord,
  cellName,
  describeWarning,
  type ExecuteOptions,
  type ExecutionRecord,
  type FailedCell,
  type FailureCause,
  type NotebookOutcome,
  type PendingWarning,
} from "./outcome.js";
import { type Displays, OutputCollector } from "./outputs.js";
import { cellsToRun, mayRaise, prepareNotebook, skippedCells } from "./prepare.js";

/** How long an interrupted cell may take to end before the kernel is ended with it. */
const interruptSeconds = 2;
/** How long, after its limit, the kernel may take to say what is still pending. */
const settleGraceSeconds = 10;
/** A longer timer would fire at once. */
const longestTimerMs = 2 ** 31 - 1;

type Limit = "cell" | "notebook" | "settle";
type Verdict = "done" | Limit | "stopped";

/** A cell that was sent to the kernel; its output may come late, from a timer, while a later cell runs. */
interface SentCell {
  cell: CodeCell;
  index: number;
  collector: OutputCollector;
  times: Record<string, string>;
  seconds: number;
}

/** One execution of one notebook: read, start, run the cells, settle, save. */
export class NotebookRun {
  private readonly startedAt = Date.now();
  private readonly log: NotebookLog;
  private readonly limits: Limits;
  private readonly displays: Displays = new Map();
  private readonly sent = new Map<string, SentCell>();
  private kernel: Kernel | undefined;
  private notebook: Notebook | undefined;
  private executedCells = 0;
  private warnings: PendingWarning[] = [];
  /** The notebook has its verdict: what comes now, from what the kernel's end cuts off, is no part of it. */
  private isJudged = false;

  constructor(
    private readonly file: string,
    private readonly options: ExecuteOptions,
  ) {
    this.log = new NotebookLog(options.logFile ?? null);
    this.limits = {
      cell: options.cellTimeoutSeconds ?? 600,
      notebook: options.notebookTimeoutSeconds ?? 3600,
      start: options.startupTimeoutSeconds ?? 60,
      settle: options.settleTimeoutSeconds ?? 60,
    };
  }

  async execute(): Promise<NotebookOutcome> {
    this.log.event(`start of ${path.resolve(this.file)}`);
    const failure = await this.attempt();
    this.isJudged = true;
    await this.kernel?.shutdown();
    if (this.notebook) await this.save(this.notebook, failure);
    this.log.event(failure ? `${failure.kind}: ${failure.ename}: ${failure.evalue}` : "ok");
    const record: ExecutionRecord = {
      notebook: this.file,
      output: this.notebook ? this.options.output : null,
      logFile: this.log.file,
      seconds: (Date.now() - this.startedAt) / 1000,
      executedCells: this.executedCells,
      ...(this.notebook && { cells: this.cellRecords(this.notebook, failure) }),
    };
    if (failure) return { ...record, ...failure };
    return { ...record, kind: "ok", ...(this.warnings.length > 0 ? { warnings: this.warnings } : {}) };
  }

  private cellRecords(notebook: Notebook, failure: FailureCause | null): CellRecord[] {
    const failed = failure && "cell" in failure ? failure.cell?.cellIndex : undefined;
    const ran = [...this.sent.values()].map(
      ({ cell, index, seconds }): CellRecord => ({
        cellIndex: index,
        executionCount: cell.execution_count,
        seconds,
        state: index === failed ? "failed" : "ok",
      }),
    );
    const skipped = skippedCells(notebook).map(
      (cellIndex): CellRecord => ({ cellIndex, executionCount: null, seconds: 0, state: "skipped" }),
    );
    return [...ran, ...skipped].sort((a, b) => a.cellIndex - b.cellIndex);
  }

  /** Nothing of the kernel is left behind, whatever happened. */
  async close(): Promise<void> {
    await this.kernel?.shutdown();
    await this.log.close();
  }

  private async attempt(): Promise<FailureCause | null> {
    try {
      this.notebook = await prepareNotebook(this.file, this.options.parameters ?? {});
      await this.startKernel();
      return (await this.runCells()) ?? (await this.settle()) ?? this.stoppedAtEnd();
    } catch (error) {
      if (error instanceof KernelFailure) return kernelFailure(error, this.limits, null);
      if (!(error instanceof SncError) || error.failure !== "input") throw error;
      return { kind: "invalid", ename: "InvalidNotebook", evalue: error.message, traceback: [] };
    }
  }

  private async startKernel(): Promise<void> {
    const { cwd = path.dirname(path.resolve(this.file)), env, signal } = this.options;
    this.kernel = await Kernel.start({
      cwd,
      env,
      signal,
      startupTimeoutSeconds: Math.min(this.limits.start, this.limits.notebook),
      onIopub: (message) => this.collect(message),
      onProcessOutput: (text) => this.log.kernelSays(text),
    });
    const startSeconds = (Date.now() - this.startedAt) / 1000;
    this.log.event(`kernel ${this.kernel.pid} ready after ${startSeconds.toFixed(1)} s`);
    this.options.onEvent?.({ type: "started", cells: cellsToRun(this.notebook!).length, startSeconds });
  }

  private async runCells(): Promise<FailureCause | null> {
    const cells = cellsToRun(this.notebook!);
    for (const [position, { cell, index }] of cells.entries()) {
      const event = { cellIndex: index, position, cells: cells.length };
      this.options.onEvent?.({ type: "cellStart", ...event });
      const failure = await this.runCell(cell, index);
      if (failure) return failure;
      this.executedCells++;
      this.options.onEvent?.({ type: "cellEnd", ...event });
    }
    return null;
  }

  private async runCell(cell: CodeCell, index: number): Promise<FailureCause | null> {
    const name = cellName(this.executedCells + 1);
    const overflow = (text: string): void => this.log.overflow(name, text);
    const logName = this.log.file ? path.basename(this.log.file) : "no log";
    const limit = this.options.outputLimitBytes ?? 10_000_000;
    const collector = new OutputCollector(cell, this.displays, limit, overflow, logName);
    const { messageId, reply } = this.kernel!.execute(cell.source, { stop_on_error: !mayRaise(cell) });
    const startedAt = performance.now();
    const sent: SentCell = { cell, index, collector, times: {}, seconds: 0 };
    this.sent.set(messageId, sent);
    this.log.event(`${name}: start`);
    const result = reply.catch((error: unknown) => error);
    const verdict = await this.waitFor(result, this.cellLimit());
    if (verdict !== "done") {
      collector.ignoreErrors = true; // the runner's own error says more than "interrupted"
      this.kernel!.interrupt();
      await within(interruptSeconds, result);
    }
    this.log.cellEnd(name);
    sent.seconds = (performance.now() - startedAt) / 1000;
    this.finish(sent);
    if (collector.outputTail !== "")
      this.options.onEvent?.({ type: "output", cellIndex: index, tail: collector.outputTail });
    if (verdict !== "done") return this.recorded(sent, limitFailure(verdict, this.limits, failedCell(sent)));
    const message = await result;
    if (message instanceof KernelFailure)
      return this.recorded(sent, kernelFailure(message, this.limits, failedCell(sent)));
    if (message instanceof Error) throw message;
    return this.judge(message as Message, sent);
  }

  private get secondsLeft(): number {
    return Math.max(0, this.limits.notebook - (Date.now() - this.startedAt) / 1000);
  }

  /** The limit that comes first, the cell's or the notebook's. */
  private cellLimit(): { limit: Limit; seconds: number } {
    const { cell } = this.limits;
    return cell < this.secondsLeft
      ? { limit: "cell", seconds: cell }
      : { limit: "notebook", seconds: this.secondsLeft };
  }

  /** Waits for a result, a limit or the caller's signal, whichever comes first. */
  private async waitFor(
    result: Promise<unknown>,
    { limit, seconds }: ReturnType<typeof this.cellLimit>,
  ): Promise<Verdict> {
    const { signal } = this.options;
    if (signal?.aborted) return "stopped";
    const done = new AbortController();
    const stopped = new Promise<Verdict>((resolve) => {
      signal?.addEventListener("abort", () => resolve("stopped"), { once: true, signal: done.signal });
    });
    const late = sleep<Verdict>(Math.min(seconds * 1000, longestTimerMs), limit, { signal: done.signal });
    try {
      return await Promise.race([result.then((): Verdict => "done"), late, stopped]);
    } finally {
      late.catch(() => {}); // cancelling the timer rejects it
      done.abort();
    }
  }

  /** What a reply means: fine, or a failure of this cell or of an earlier one, whose error came late. */
  private judge(reply: Message, sent: SentCell): FailureCause | null {
    if (reply.content.status === "ok") return null;
    const culprit = this.sent.get(String(reply.metadata.late_error_of)) ?? sent;
    return mayRaise(culprit.cell) ? null : this.cellError(reply, culprit);
  }

  /** After the last cell: waits until nothing is pending that can still fail, and says what is left. */
  private async settle(): Promise<FailureCause | null> {
    const seconds = Math.min(this.limits.settle, this.secondsLeft);
    const content = { silent: true, store_history: false, settle_seconds: seconds };
    const result = this.kernel!.execute("", content).reply.catch((error: unknown) => error);
    const verdict = await this.waitFor(result, { limit: "settle", seconds: seconds + settleGraceSeconds });
    if (verdict !== "done") return limitFailure(verdict, this.limits, null);
    const message = await result;
    if (message instanceof KernelFailure) return this.deathAfterwards(message);
    if (message instanceof Error) throw message;
    const { content: reply, metadata } = message as Message;
    const culprit = this.sent.get(String(metadata.late_error_of)) ?? [...this.sent.values()].at(-1);
    if (reply.status !== "ok" && culprit) return this.cellError(message as Message, culprit);
    this.isJudged = true;
    return this.judgePending(Array.isArray(metadata.pending) ? metadata.pending.filter(isRecord) : []);
  }

  /** The kernel's end after the last cell: of the cell whose code ended it, where that is known. */
  private deathAfterwards(error: KernelFailure): FailureCause {
    const culprit = [...this.sent.values()].find(({ cell, collector }) => collector.hasError && !mayRaise(cell));
    return kernelFailure(error, this.limits, culprit ? failedCell(culprit) : null);
  }

  private judgePending(pending: Record<string, unknown>[]): FailureCause | null {
    for (const { cell, what } of pending) {
      const sent = this.sent.get(String(cell));
      this.warnings.push({
        cellIndex: sent?.index ?? null,
        executionCount: sent?.cell.execution_count ?? null,
        what: String(what),
      });
    }
    for (const warning of this.warnings) this.log.event(describeWarning(warning));
    const [first] = this.warnings;
    if (!first || !this.options.strict) return null;
    const cells = [...this.sent.values()];
    const sent = cells.find(({ index }) => index === first.cellIndex) ?? cells.at(-1)!;
    return this.recorded(sent, pendingFailure(this.warnings, failedCell(sent)));
  }

  private stoppedAtEnd(): FailureCause | null {
    return this.options.signal?.aborted ? limitFailure("stopped", this.limits, null) : null;
  }

  private cellError({ content }: Message, sent: SentCell): FailureCause {
    const error = replyError(content);
    if (!sent.collector.hasError) sent.collector.addError(error);
    this.finish(sent);
    return { kind: "cellError", ...error, cell: failedCell(sent) };
  }

  /** Puts the runner's own error into the cell, as a kernel would. */
  private recorded({ collector }: SentCell, failure: FailureCause): FailureCause {
    collector.ignoreErrors = false;
    collector.addError({
      ename: failure.ename,
      evalue: failure.evalue,
      traceback: [`${failure.ename}: ${failure.evalue}`],
    });
    return failure;
  }

  private collect({ header, parent, content }: Message): void {
    const sent = this.sent.get(parent.msg_id ?? "");
    if (!sent || this.isJudged) return;
    const { msg_type } = header;
    if (msg_type === "status") sent.times[`iopub.status.${String(content.execution_state)}`] = header.date;
    if (msg_type === "execute_input") sent.times["iopub.execute_input"] = header.date;
    if (msg_type === "update_display_data")
      this.log.displayChanged(cellName(sent.cell.execution_count), plainText(content));
    sent.collector.add(msg_type, content);
  }

  private finish({ cell, collector, times }: SentCell): void {
    collector.finish();
    if (!this.options.recordTiming) return;
    cell.metadata.execution = { ...times, "shell.execute_reply": new Date().toISOString() };
  }

  private async save(notebook: Notebook, failure: FailureCause | null): Promise<void> {
    for (const sent of this.sent.values()) sent.collector.finish();
    notebook.metadata.kernelspec ??= kernelspecMetadata;
    if (isRecord(this.kernel?.info.language_info)) notebook.metadata.language_info = this.kernel.info.language_info;
    const cell = failure && "cell" in failure ? failure.cell : null;
    // The verdict travels with the copy, also where no cell could hold an error.
    notebook.metadata.snc = failure
      ? { verdict: failure.kind, cell: cell ? cell.executionCount : null, error: `${failure.ename}: ${failure.evalue}` }
      : { verdict: "ok", ...(this.warnings.length > 0 ? { warnings: this.warnings.map(describeWarning) } : {}) };
    await writeNotebook(this.options.output, notebook);
  }
}

function failedCell({ cell, index, collector }: SentCell): FailedCell {
  return {
    cellIndex: index,
    executionCount: cell.execution_count,
    source: cell.source,
    outputTail: collector.outputTail,
  };
}

const plainText = ({ data }: Message["content"]): string => (isRecord(data) ? String(data["text/plain"] ?? "") : "");
