/** Notebooks executed by the runner with a kernel that answers as a test says, on a clock that only its answers move. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { TestContext } from "node:test";
import { KernelFailure } from "../../src/notebook/kernel/channels.js";
import { type Execution, Kernel, type KernelOptions } from "../../src/notebook/kernel/kernel.js";
import type { Content, Message } from "../../src/notebook/kernel/protocol.js";
import { executeNotebook } from "../../src/notebook/run/execute.js";
import type { ExecuteOptions, NotebookEvent, NotebookOutcome } from "../../src/notebook/run/outcome.js";
import { newFolder, readCopy } from "./runner.js";

/** A message on iopub: its type and content. */
export type Sent = [msgType: string, content: Content];

/** How the kernel answers one request. */
export interface Answer {
  /** Time until the reply; 0 by default. */
  seconds?: number;
  /** What it sends on iopub before. */
  sends?: Sent[];
  /** The error in its reply, which comes on iopub too; its name, "E" for example. */
  error?: string;
  /** The source of the cell whose late error it is. */
  lateErrorOf?: string;
  /** The status in its reply, where it is neither "ok" nor "error". */
  status?: string;
  /** It cannot answer any more. */
  fails?: Error;
  /** It answers only when it is interrupted, and then after so many seconds. */
  secondsAfterInterrupt?: number;
  metadata?: Content;
  /** What else happens meanwhile. */
  does?(kernel: StubKernel): void;
}

/** A code cell by its source, and how the kernel answers it. */
export interface StubCell extends Answer {
  source: string;
  tags?: string[];
}

/** What a test's kernel was asked and told. */
export interface StubKernel {
  options: KernelOptions;
  requests: { code: string; content: Content }[];
  interrupts: number;
  shutdowns: number;
  /** Sends a message as output of the cell with this source. */
  send(source: string, message: Sent): void;
}

export interface Stub {
  /** How it answers the cell with this source; the request after the last cell has none, "". */
  answers: Record<string, Answer>;
  startSeconds?: number;
  startFails?: Error;
  /** What happens when it is asked to end. */
  atShutdown?(kernel: StubKernel): void;
}

/** Puts the clock into the test's hand: the returned function lets seconds pass. */
export function fakeClock(t: TestContext): (seconds: number) => void {
  t.mock.timers.enable({ apis: ["setTimeout", "Date"], now: Date.UTC(2026, 0, 1) });
  t.mock.method(performance, "now", () => Date.now());
  return (seconds) => t.mock.timers.tick(1000 * seconds);
}

/** Every kernel that is started from now on answers as `stub`, which may be changed, says; they are listed. */
export function stubKernels(t: TestContext, wait: (seconds: number) => void, stub: Stub): StubKernel[] {
  const started: StubKernel[] = [];
  t.mock.method(Kernel, "start", async (options: KernelOptions) => {
    wait(stub.startSeconds ?? 0);
    if (stub.startFails) throw stub.startFails;
    const kernel = kernelOf(options, stub, wait);
    started.push(kernel);
    return kernel;
  });
  return started;
}

function kernelOf(options: KernelOptions, stub: Stub, wait: (seconds: number) => void): StubKernel & Partial<Kernel> {
  const ids = new Map<string, string>();
  let count = 0;
  const publish = (id: string, [msg_type, content]: Sent): void => {
    const header = { msg_id: "", session: "", username: "", version: "", msg_type, date: new Date().toISOString() };
    options.onIopub?.({ identities: [], header, parent: { msg_id: id }, metadata: {}, content } as unknown as Message);
  };
  let interrupted = (): void => {};
  const reply = async (id: string, code: string): Promise<Message> => {
    const answer = stub.answers[code] ?? {};
    publish(id, ["status", { execution_state: "busy" }]);
    if (code !== "") publish(id, ["execute_input", { code, execution_count: ++count }]);
    for (const message of answer.sends ?? []) publish(id, message);
    answer.does?.(kernel);
    wait(answer.seconds ?? 0);
    if (answer.fails) throw answer.fails;
    if (answer.secondsAfterInterrupt !== undefined)
      await new Promise<void>((resolve) => {
        interrupted = resolve;
      });
    const error = answer.error && { ename: answer.error, evalue: "bad", traceback: [`${answer.error}: bad`] };
    if (error) publish(id, ["error", error]);
    publish(id, ["status", { execution_state: "idle" }]);
    const late = answer.lateErrorOf === undefined ? {} : { late_error_of: ids.get(answer.lateErrorOf) };
    const content = error ? { status: "error", ...error } : { status: answer.status ?? "ok" };
    return { content, metadata: { ...answer.metadata, ...late } } as unknown as Message;
  };
  /** Lets the time until the interrupted cell ends pass in steps, in which its caller may give it up. */
  const obey = async (seconds: number): Promise<void> => {
    for (let passed = 0; passed < seconds && kernel.shutdowns === 0; passed += 0.5) {
      await new Promise((resolve) => setImmediate(resolve));
      if (kernel.shutdowns === 0) wait(0.5);
    }
    interrupted();
  };
  const kernel = {
    options,
    requests: [] as StubKernel["requests"],
    interrupts: 0,
    shutdowns: 0,
    pid: 4711,
    info: { language_info: { name: "typescript", version: "5.9" } },
    send: (source: string, message: Sent): void => publish(ids.get(source)!, message),
    execute(code: string, content: Content = {}): Execution {
      const messageId = `message ${kernel.requests.push({ code, content })}`;
      ids.set(code, messageId);
      // After the caller waits for it: then its limits run.
      return { messageId, reply: Promise.resolve().then(() => reply(messageId, code)) };
    },
    interrupt(): void {
      kernel.interrupts++;
      void obey(stub.answers[kernel.requests.at(-1)!.code]?.secondsAfterInterrupt ?? 0);
    },
    async shutdown(): Promise<void> {
      if (kernel.shutdowns++ === 0) stub.atShutdown?.(kernel);
    },
  };
  return kernel;
}

/** A notebook of these code cells in a file of its own. */
export function notebookOf(cells: readonly StubCell[], name = "n", metadata: Content = {}): string {
  const folder = newFolder();
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, `${name}.ipynb`);
  const code = cells.map(({ source, tags }, at) => ({
    cell_type: "code",
    id: `cell-${at}`,
    metadata: tags ? { tags } : {},
    source,
    outputs: [],
    execution_count: null,
  }));
  writeFileSync(file, JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata, cells: code }));
  return file;
}

/** How the kernel answers these cells. */
export const answersOf = (cells: readonly StubCell[]): Record<string, Answer> =>
  Object.fromEntries(cells.map(({ source, ...answer }) => [source, answer]));

export interface Ran {
  outcome: NotebookOutcome;
  /** The executed copy, if there is one. */
  // biome-ignore lint/suspicious/noExplicitAny: a notebook as in its file, read by assertions
  copy: any;
  kernel: StubKernel;
  events: NotebookEvent[];
}

/** Beside the runner's own options: the notebook's metadata, how the kernel starts, ends, and answers after the last cell. */
interface StubOptions extends Partial<ExecuteOptions>, Omit<Stub, "answers"> {
  metadata?: Content;
  settled?: Answer;
}

/** Executes a notebook of these cells. */
export async function runStub(
  t: TestContext,
  cells: readonly StubCell[],
  { metadata, settled = {}, startSeconds, startFails, atShutdown, ...options }: StubOptions = {},
): Promise<Ran> {
  const stub = { answers: { ...answersOf(cells), "": settled }, startSeconds, startFails, atShutdown };
  const kernels = stubKernels(t, fakeClock(t), stub);
  const events: NotebookEvent[] = [];
  const output = path.join(newFolder(), "n.ipynb");
  try {
    const outcome = await executeNotebook(notebookOf(cells, "n", metadata), {
      output,
      ...options,
      onEvent(event) {
        events.push(event);
        options.onEvent?.(event);
      },
    });
    for (const { shutdowns } of kernels) assert.ok(shutdowns > 0, "the kernel is ended");
    const copy = outcome.output && existsSync(outcome.output) ? await readCopy(outcome.output) : undefined;
    return { outcome, copy, kernel: kernels[0], events };
  } finally {
    t.mock.timers.reset();
    t.mock.restoreAll();
  }
}

/** The failure of a kernel whose process has ended. */
export const death = (said = ""): KernelFailure =>
  new KernelFailure("dead", "the kernel exited with code 1", { code: 1, signal: null }, said);
