import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import timers from "node:timers/promises";
import { SncError } from "../../../src/base/errors.js";
import { KernelFailure } from "../../../src/notebook/kernel/channels.js";
import { executeNotebook } from "../../../src/notebook/run/execute.js";
import type { NotebookOutcome } from "../../../src/notebook/run/outcome.js";
import { fixture, newFolder } from "../../helpers/runner.js";
import { death, notebookOf, type Ran, runStub, type Sent, type StubCell } from "../../helpers/stub-kernel.js";

const stdout = (text: string): Sent => ["stream", { name: "stdout", text }];
const cells = (...sources: string[]): StubCell[] => sources.map((source) => ({ source }));
const mayRaise = ["raises-exception"];
/** The names of the errors in a cell's outputs. */
const errorsIn = ({ copy }: Ran, cell: number): string[] =>
  copy.cells[cell].outputs.filter((o: { output_type: string }) => o.output_type === "error").map(nameOf);
const nameOf = ({ ename }: { ename: string }): string => ename;
/** What a failure is of: kind, error, cell. */
const failureOf = (outcome: NotebookOutcome): unknown[] =>
  outcome.kind === "ok"
    ? ["ok"]
    : [outcome.kind, outcome.ename, "cell" in outcome ? outcome.cell?.cellIndex : undefined];
const limitOf = (outcome: NotebookOutcome): unknown[] =>
  outcome.kind === "timeout" ? [outcome.limit, outcome.limitSeconds, outcome.cell?.cellIndex] : [outcome.kind];

test("each cell's code is sent once, in order, and asks the kernel to go on after an error only where the cell may raise one", async (t) => {
  const { kernel, outcome } = await runStub(t, [
    { source: "a" },
    { source: "b", tags: mayRaise },
    { source: "c", tags: ["skip-execution"] },
    { source: " \n" },
    { source: "d", tags: ["other"] },
  ]);
  assert.deepEqual(kernel.requests, [
    { code: "a", content: { stop_on_error: true } },
    { code: "b", content: { stop_on_error: false } },
    { code: "d", content: { stop_on_error: true } },
    { code: "", content: { silent: true, store_history: false, settle_seconds: 60 } },
  ]);
  assert.equal(outcome.executedCells, 3);
});

test("what is reported of a good notebook: its seconds, each cell's, and those that are skipped", async (t) => {
  const { outcome, copy, kernel } = await runStub(
    t,
    [
      { source: "a", tags: ["skip-execution"] },
      { source: "b", seconds: 3 },
      { source: "c", seconds: 0.5 },
    ],
    { startSeconds: 2, settled: { seconds: 1 } },
  );
  const { notebook: _, output: __, ...record } = outcome;
  assert.deepEqual(record, {
    kind: "ok",
    logFile: null,
    seconds: 6.5,
    executedCells: 2,
    cells: [
      { cellIndex: 0, executionCount: null, seconds: 0, state: "skipped" },
      { cellIndex: 1, executionCount: 1, seconds: 3, state: "ok" },
      { cellIndex: 2, executionCount: 2, seconds: 0.5, state: "ok" },
    ],
  });
  assert.deepEqual(copy.metadata.snc, { verdict: "ok" });
  assert.deepEqual(copy.metadata.language_info, { name: "typescript", version: "5.9" });
  assert.equal(copy.metadata.kernelspec.name, "snc-tslab");
  assert.equal(kernel.interrupts, 0);
});

test("what is reported of a failed one: the cell that failed is the last that ran", async (t) => {
  const ran = await runStub(t, [
    { source: "a" },
    { source: "b", error: "E", sends: [stdout("said\n")] },
    { source: "c" },
  ]);
  const { outcome, copy } = ran;
  assert.ok(outcome.kind === "cellError");
  assert.deepEqual(outcome.cell, { cellIndex: 1, executionCount: 2, source: "b", outputTail: "said" });
  assert.deepEqual([outcome.ename, outcome.evalue, outcome.traceback], ["E", "bad", ["E: bad"]]);
  assert.deepEqual(
    outcome.cells?.map(({ cellIndex, state }) => [cellIndex, state]),
    [
      [0, "ok"],
      [1, "failed"],
    ],
  );
  assert.equal(outcome.executedCells, 1);
  assert.deepEqual(copy.metadata.snc, { verdict: "cellError", cell: 2, error: "E: bad" });
  assert.deepEqual(errorsIn(ran, 1), ["E"], "told once");
});

test("events: the start, each cell's begin and end, its output if it wrote any, and nothing after a failure's output", async (t) => {
  const { events } = await runStub(
    t,
    [
      { source: "// nothing", tags: ["skip-execution"] },
      { source: "a" },
      { source: "b", error: "E", sends: [stdout("x\ny\n")] },
    ],
    { startSeconds: 1.5 },
  );
  assert.deepEqual(events, [
    { type: "started", cells: 2, startSeconds: 1.5 },
    { type: "cellStart", cellIndex: 1, position: 0, cells: 2 },
    { type: "cellEnd", cellIndex: 1, position: 0, cells: 2 },
    { type: "cellStart", cellIndex: 2, position: 1, cells: 2 },
    { type: "output", cellIndex: 2, tail: "x\ny" },
  ]);
});

test("an error is that of the cell that it comes from, in whichever cell's time it arrives", async (t) => {
  for (const [firstTags, secondTags] of [
    [[], mayRaise],
    [[], []],
    [mayRaise, mayRaise],
    [mayRaise, []],
  ]) {
    const late = { error: "Late", lateErrorOf: "a" };
    const ran = await runStub(t, [
      { source: "a", tags: firstTags },
      { source: "b", tags: secondTags, ...late },
      { source: "c" },
    ]);
    const isExpected = firstTags.length > 0;
    assert.deepEqual(failureOf(ran.outcome), isExpected ? ["ok"] : ["cellError", "Late", 0]);
    assert.equal(ran.outcome.executedCells, isExpected ? 3 : 1);
    assert.deepEqual(errorsIn(ran, 0), isExpected ? [] : ["Late"], "the cell that it comes from has it");
  }
});

test("an error after the last cell is that of its cell, or else of the last", async (t) => {
  const first = await runStub(t, cells("a", "b", "c"), { settled: { error: "Late", lateErrorOf: "b" } });
  assert.deepEqual(failureOf(first.outcome), ["cellError", "Late", 1]);
  assert.deepEqual(errorsIn(first, 1), ["Late"]);
  const other = await runStub(t, cells("a", "b", "c"), { settled: { error: "Late" } });
  assert.deepEqual(failureOf(other.outcome), ["cellError", "Late", 2]);
});

test("a cell that the kernel did not run is an error, with the kernel's word for it", async (t) => {
  const { outcome } = await runStub(t, [{ source: "a", status: "aborted" }]);
  assert.ok(outcome.kind === "cellError");
  assert.deepEqual([outcome.ename, outcome.evalue], ["CellAborted", "the kernel answered aborted"]);
});

test("short cells that exceed the notebook's limit together end it in the cell in which it passes; the start counts", async (t) => {
  const short = ["a", "b", "c", "d"].map((source) => ({ source, seconds: 4 }));
  const limits = { notebookTimeoutSeconds: 10, cellTimeoutSeconds: 6 };
  const ran = await runStub(t, short, limits);
  assert.deepEqual(limitOf(ran.outcome), ["notebook", 10, 2]);
  assert.equal(ran.outcome.executedCells, 2);
  assert.deepEqual(errorsIn(ran, 2), ["Timeout"]);
  assert.deepEqual(limitOf((await runStub(t, short, { ...limits, startSeconds: 3 })).outcome), ["notebook", 10, 1]);
  assert.deepEqual(limitOf((await runStub(t, short, { ...limits, notebookTimeoutSeconds: 17 })).outcome), ["ok"]);
});

test("a cell's limit is for each anew, and where both limits pass at once it is the notebook's", async (t) => {
  const limits = { notebookTimeoutSeconds: 100, cellTimeoutSeconds: 6 };
  const lasting = (...seconds: number[]): StubCell[] => seconds.map((s, at) => ({ source: `cell ${at}`, seconds: s }));
  assert.deepEqual(limitOf((await runStub(t, lasting(5, 5, 5, 7), limits)).outcome), ["cell", 6, 3]);
  assert.deepEqual(limitOf((await runStub(t, lasting(5, 5, 5), limits)).outcome), ["ok"]);
  const equal = { notebookTimeoutSeconds: 6, cellTimeoutSeconds: 6 };
  assert.deepEqual(limitOf((await runStub(t, lasting(7), equal)).outcome), ["notebook", 6, 0]);
});

test("by default: 600 s for a cell, 3600 s for a notebook, 60 s to start and 60 s to settle", async (t) => {
  const lasting = (...seconds: number[]): StubCell[] => seconds.map((s, at) => ({ source: `cell ${at}`, seconds: s }));
  const good = await runStub(t, lasting(599.5, 599.5, 599.5, 599.5, 599.5, 599.5));
  assert.deepEqual(limitOf(good.outcome), ["ok"], "3597 s");
  assert.equal(good.kernel.options.startupTimeoutSeconds, 60);
  assert.deepEqual(limitOf((await runStub(t, lasting(600.5))).outcome), ["cell", 600, 0]);
  const long = await runStub(t, lasting(599.5, 599.5, 599.5, 599.5, 599.5, 599.5, 3.5));
  assert.deepEqual(limitOf(long.outcome), ["notebook", 3600, 6]);
  const before = await runStub(t, lasting(599.5, 599.5, 599.5, 599.5, 599.5, 599.5, 2.5));
  assert.deepEqual(limitOf(before.outcome), ["ok"]);
  assert.equal(before.kernel.requests.at(-1)?.content.settle_seconds, 0.5, "no more than what is left");
});

test("the start gets no more time than the notebook", async (t) => {
  const { kernel } = await runStub(t, cells("a"), { startupTimeoutSeconds: 30, notebookTimeoutSeconds: 20 });
  assert.equal(kernel.options.startupTimeoutSeconds, 20);
  const other = await runStub(t, cells("a"), { startupTimeoutSeconds: 5, notebookTimeoutSeconds: 20 });
  assert.equal(other.kernel.options.startupTimeoutSeconds, 5);
});

test("a notebook whose time was used up by its start has none left for cells, not less than none", async (t) => {
  const options = { startSeconds: 12, notebookTimeoutSeconds: 10 };
  const { outcome, kernel } = await runStub(t, [{ source: "a", seconds: 1 }], options);
  assert.deepEqual(limitOf(outcome), ["notebook", 10, 0]);
  assert.equal(kernel.interrupts, 1);
  const empty = await runStub(t, [], options);
  assert.equal(empty.kernel.requests[0].content.settle_seconds, 0);
});

test("after the last cell the kernel has its limit and ten seconds more to answer", async (t) => {
  const settled = async (seconds: number) =>
    limitOf((await runStub(t, cells("a"), { settleTimeoutSeconds: 5, settled: { seconds } })).outcome);
  assert.deepEqual(await settled(14.5), ["ok"]);
  assert.deepEqual(await settled(15.5), ["settle", 5, undefined]);
});

test("a limit of more than a timer's longest, 2³¹ − 1 ms, waits as long as a timer can", async (t) => {
  const waits: unknown[] = [];
  const onEvent = ({ type }: { type: string }): void => {
    if (type !== "cellStart") return;
    const { setTimeout: wait } = timers;
    t.mock.method(timers, "setTimeout", (ms: number, ...more: unknown[]) => {
      waits.push(ms);
      return wait(ms, ...(more as []));
    });
  };
  const limits = { cellTimeoutSeconds: 1e9, notebookTimeoutSeconds: 1e10, settleTimeoutSeconds: 7 };
  const { outcome } = await runStub(t, cells("a"), { ...limits, onEvent });
  assert.equal(outcome.kind, "ok");
  assert.deepEqual(waits, [2_147_483_647, 17_000]);
});

test("a cell over its limit is interrupted once, has two seconds to end, and its own word about that is left out", async (t) => {
  const limits = { cellTimeoutSeconds: 6 };
  const over = { seconds: 7, sends: [stdout("said\n")], error: "Interrupted" };
  const obeys = await runStub(t, [{ source: "a", ...over, secondsAfterInterrupt: 1.5 }], limits);
  assert.deepEqual(failureOf(obeys.outcome), ["timeout", "Timeout", 0]);
  assert.deepEqual(errorsIn(obeys, 0), ["Timeout"]);
  assert.equal(obeys.kernel.interrupts, 1);
  assert.equal(obeys.outcome.cells?.[0].seconds, 8.5, "waited for");
  assert.ok(obeys.outcome.kind === "timeout");
  assert.deepEqual(
    [obeys.outcome.evalue, obeys.outcome.cell?.outputTail, obeys.copy.cells[0].outputs[1].traceback],
    ["the cell ran longer than 6 s", "said", ["Timeout: the cell ran longer than 6 s"]],
  );
  const stuck = await runStub(t, [{ source: "a", ...over, secondsAfterInterrupt: 60 }], limits);
  assert.deepEqual(limitOf(stuck.outcome), ["cell", 6, 0]);
  assert.equal(stuck.outcome.cells?.[0].seconds, 9, "given up after two");
  assert.deepEqual(stuck.copy.metadata.snc, {
    verdict: "timeout",
    cell: 1,
    error: "Timeout: the cell ran longer than 6 s",
  });
});

test("the caller's signal stops a cell, one that is about to begin, and what settles", async (t) => {
  const stopping = async (place: "a" | "b" | "") => {
    const stop = new AbortController();
    const does = (): void => stop.abort();
    const at = (source: string) => (source === place ? { does, seconds: 1 } : {});
    const { outcome, kernel } = await runStub(
      t,
      ["a", "b"].map((source) => ({ source, ...at(source) })),
      { signal: stop.signal, settled: at("") },
    );
    assert.equal(kernel.options.signal, stop.signal);
    return [...failureOf(outcome), kernel.requests.length];
  };
  assert.deepEqual(await stopping("a"), ["stopped", "Stopped", 0, 1]);
  assert.deepEqual(await stopping("b"), ["stopped", "Stopped", 1, 2]);
  assert.deepEqual(await stopping(""), ["stopped", "Stopped", undefined, 3]);
});

test("a signal during the start lets no cell run to its end, and one after the last cell's answer still counts", async (t) => {
  const early = await runStub(t, [{ source: "a", seconds: 1 }], { signal: AbortSignal.abort() });
  assert.deepEqual(failureOf(early.outcome), ["stopped", "Stopped", 0]);
  assert.equal(early.kernel.interrupts, 1);
  const stop = new AbortController();
  const options = { signal: stop.signal, onEvent: ({ type }: { type: string }) => type === "cellEnd" && stop.abort() };
  const late = await runStub(t, cells("a"), options);
  assert.deepEqual(failureOf(late.outcome), ["stopped", "Stopped", undefined]);
  const last = new AbortController();
  const what = { toString: () => String(last.abort()) }; // read when the kernel has answered
  const settled = { metadata: { pending: [{ cell: null, what }] } };
  const { outcome } = await runStub(t, cells("a"), { signal: last.signal, settled });
  assert.deepEqual(failureOf(outcome), ["stopped", "Stopped", undefined]);
});

test("a kernel that dies in a cell ends the notebook there, with its last words, whatever the cell may raise", async (t) => {
  for (const tags of [[], mayRaise]) {
    const ran = await runStub(t, [
      { source: "a" },
      { source: "b", tags, fails: death("one\n\ntwo\n") },
      { source: "c" },
    ]);
    const { outcome } = ran;
    assert.ok(outcome.kind === "deadKernel");
    assert.deepEqual([outcome.exitCode, outcome.signal, outcome.cell?.cellIndex], [1, null, 1]);
    assert.deepEqual(outcome.traceback, ["one", "two"]);
    assert.deepEqual(errorsIn(ran, 1), ["DeadKernel"]);
    assert.equal(outcome.executedCells, 1);
  }
});

test("lost output ends the notebook in its cell", async (t) => {
  const fails = new KernelFailure("lostOutput", "2 of 3 messages of output were lost");
  const ran = await runStub(t, [{ source: "a", fails }]);
  assert.deepEqual(failureOf(ran.outcome), ["lostOutput", "LostOutput", 0]);
});

test("a kernel that dies after the last cell is told of the untagged cell with an error, if there is one", async (t) => {
  const late: Sent = ["error", { ename: "Late", evalue: "bad", traceback: [] }];
  const dying = async (from: string, tags: string[] = []) => {
    const two = [{ source: "a", tags }, { source: "b" }];
    const does = (kernel: Ran["kernel"]): void => (from === "" ? undefined : kernel.send(from, late));
    return failureOf((await runStub(t, two, { settled: { does, fails: death() } })).outcome);
  };
  assert.deepEqual(await dying(""), ["deadKernel", "DeadKernel", undefined]);
  assert.deepEqual(await dying("b"), ["deadKernel", "DeadKernel", 1]);
  assert.deepEqual(await dying("a"), ["deadKernel", "DeadKernel", 0]);
  assert.deepEqual(await dying("a", mayRaise), ["deadKernel", "DeadKernel", undefined]);
});

test("a kernel that does not start is the notebook's failure, without a cell, and its copy is saved", async (t) => {
  const startFails = new KernelFailure("startTimeout", "the kernel did not answer within 60 s of its start");
  const { outcome, copy } = await runStub(t, cells("a"), { startFails });
  assert.deepEqual(limitOf(outcome), ["start", 60, undefined]);
  assert.deepEqual(copy.metadata.snc, { verdict: "timeout", cell: null, error: `Timeout: ${startFails.message}` });
  assert.deepEqual(outcome.cells, []);
});

test("what is no fault of the notebook is thrown: of the machine, of its use, or ours", async (t) => {
  const fault = new SncError("environment", "no space");
  await assert.rejects(runStub(t, cells("a"), { startFails: fault }), fault);
  const ours = new TypeError("ours");
  await assert.rejects(runStub(t, [{ source: "a", fails: ours }]), ours);
  await assert.rejects(runStub(t, cells("a"), { settled: { fails: ours } }), ours);
  await assert.rejects(runStub(t, cells("a"), { parameters: { none: 1 } }), { failure: "usage" });
});

test("a notebook that cannot be read is invalid, has no copy and starts no kernel", async () => {
  const output = path.join(newFolder(), "python.ipynb");
  const outcome = await executeNotebook(fixture("python"), { output });
  assert.ok(outcome.kind === "invalid");
  assert.match(outcome.evalue, /expected a TypeScript notebook, found python/);
  assert.deepEqual(
    [outcome.ename, outcome.output, outcome.cells, outcome.traceback],
    ["InvalidNotebook", null, undefined, []],
  );
  await assert.rejects(readFile(output), { code: "ENOENT" });
});

const pending = (...left: [cell: number | null, what: string][]) => ({
  metadata: { pending: left.map(([cell, what]) => ({ cell: cell === null ? null : `message ${cell}`, what })) },
});

test("what is still pending at the end is a warning with its cell, where that is known", async (t) => {
  const { outcome, copy } = await runStub(t, cells("a", "b"), { settled: pending([2, "a timer"], [null, "a server"]) });
  assert.ok(outcome.kind === "ok");
  assert.deepEqual(outcome.warnings, [
    { cellIndex: 1, executionCount: 2, what: "a timer" },
    { cellIndex: null, executionCount: null, what: "a server" },
  ]);
  assert.deepEqual(copy.metadata.snc, {
    verdict: "ok",
    warnings: ["still pending at the end: a timer of cell [2]", "still pending at the end: a server"],
  });
  const one = await runStub(t, cells("a"), { settled: pending([1, "a timer"]) });
  assert.ok(one.outcome.kind === "ok");
  assert.deepEqual(one.outcome.warnings, [{ cellIndex: 0, executionCount: 1, what: "a timer" }]);
  assert.deepEqual(one.copy.metadata.snc.warnings, ["still pending at the end: a timer of cell [1]"]);
  const odd = { metadata: { pending: [null, "a server", ...pending([1, "a timer"]).metadata.pending] } };
  const warned = (await runStub(t, cells("a"), { settled: odd })).outcome;
  assert.equal(warned.kind === "ok" && warned.warnings?.length, 1, "what is none in the reply is passed over");
  const nothing = await runStub(t, cells("a"), { settled: pending() });
  assert.ok(nothing.outcome.kind === "ok" && !("warnings" in nothing.outcome));
});

test("with strict it is a failure of the first one's cell, or of the last that ran; nothing pending is none", async (t) => {
  const strict = async (...left: Parameters<typeof pending>) =>
    runStub(t, cells("a", "b", "c"), { strict: true, settled: pending(...left) });
  const first = await strict([2, "a timer"], [1, "a server"]);
  assert.deepEqual(failureOf(first.outcome), ["cellError", "StillPending", 1]);
  assert.ok(first.outcome.kind === "cellError");
  assert.equal(first.outcome.evalue, "still pending at the end: a timer, a server");
  assert.deepEqual(errorsIn(first, 1), ["StillPending"]);
  assert.deepEqual(failureOf((await strict([null, "a server"])).outcome), ["cellError", "StillPending", 2]);
  assert.deepEqual(failureOf((await strict()).outcome), ["ok"]);
});

test("output that comes late is its own cell's until the verdict; then nothing of what the kernel's end cuts off is", async (t) => {
  const { copy } = await runStub(
    t,
    [{ source: "a" }, { source: "b", does: (kernel) => kernel.send("a", stdout("later\n")) }],
    {
      settled: { does: (kernel) => kernel.send("a", stdout("last\n")) },
      atShutdown: (kernel) => kernel.send("b", stdout("cut off\n")),
    },
  );
  assert.deepEqual(
    copy.cells.map(({ outputs }: { outputs: { text: string[] }[] }) => outputs.map(({ text }) => text)),
    [[["later\n", "last\n"]], []],
  );
  const failed = await runStub(t, [{ source: "a", error: "E" }], {
    atShutdown: (kernel) => kernel.send("a", stdout("cut off\n")),
  });
  assert.deepEqual(failed.copy.cells[0].outputs.length, 1);
});

test("when each cell ran is recorded on request: busy, its input, idle, and the reply", async (t) => {
  const two = [
    { source: "a", seconds: 2 },
    { source: "b", seconds: 3 },
  ];
  const { copy } = await runStub(t, two, { recordTiming: true });
  const at = (seconds: number): string => `2026-01-01T00:00:0${seconds}.000Z`;
  const times = (from: number, to: number) => ({
    "iopub.status.busy": at(from),
    "iopub.execute_input": at(from),
    "iopub.status.idle": at(to),
    "shell.execute_reply": at(to),
  });
  assert.deepEqual(copy.cells[0].metadata, { execution: times(0, 2) });
  assert.deepEqual(copy.cells[1].metadata, { execution: times(2, 5) });
  const without = await runStub(t, two);
  assert.deepEqual(without.copy.cells[0].metadata, {});
});

test("a cell's output is limited to 10 MB by default, and the mark says where the rest is", async (t) => {
  const of = (length: number): StubCell[] => [{ source: "a", sends: [stdout("x".repeat(length))] }];
  const most = await runStub(t, of(10_000_000));
  assert.equal(most.copy.cells[0].outputs.length, 1);
  const more = await runStub(t, of(10_000_001));
  assert.match(more.copy.cells[0].outputs[1].text[0], /more than 10\.0 MB; 1 bytes left out, streams in no log\]/);
  const logFile = path.join(newFolder(), "n.log");
  const limited = await runStub(t, of(12), { outputLimitBytes: 10, logFile });
  assert.match(limited.copy.cells[0].outputs[1].text[0], /more than 10 bytes; 2 bytes left out, streams in n\.log\]/);
});

/** What a log says, without its times. */
const logOf = async (file: string): Promise<string[]> =>
  (await readFile(file, "utf8"))
    .trimEnd()
    .split("\n")
    .map((line) => line.replace(/^\d{4}-\S+ /, ""));

test("the log: start, kernel, each cell's begin and end, its changing displays, what is pending, the verdict", async (t) => {
  const update: Sent = ["update_display_data", { data: { "text/plain": "9 %" }, metadata: {}, transient: {} }];
  const image: Sent = ["update_display_data", { data: { "image/png": "" }, metadata: {}, transient: {} }];
  const logFile = path.join(newFolder(), "n.log");
  const two = [{ source: "a" }, { source: "b", sends: [update] }, { source: "c", sends: [image] }];
  const settled = pending([1, "a timer"]);
  const { outcome } = await runStub(t, two, { logFile, startSeconds: 2.04, settled });
  assert.equal(outcome.logFile, logFile);
  assert.deepEqual(await logOf(logFile), [
    `start of ${outcome.notebook}`,
    "kernel 4711 ready after 2.0 s",
    "cell [1]: start",
    "cell [1]: end",
    "cell [2]: start",
    "cell [2]: 9 %",
    "cell [2]: end",
    "cell [3]: start",
    "cell [3]: ",
    "cell [3]: end",
    "still pending at the end: a timer of cell [1]",
    "ok",
  ]);
  const failing = await runStub(t, [{ source: "a", error: "E" }], { logFile });
  assert.equal((await logOf(logFile)).at(-1), "cellError: E: bad");
  assert.equal(failing.outcome.logFile, logFile);
});

test("the kernel runs in the notebook's folder unless told otherwise, with the environment it is given", async (t) => {
  const { kernel, outcome } = await runStub(t, cells("a"), { env: { A: "1" } });
  assert.equal(kernel.options.cwd, path.dirname(outcome.notebook));
  assert.deepEqual(kernel.options.env, { A: "1" });
  const elsewhere = await runStub(t, cells("a"), { cwd: "/elsewhere" });
  assert.equal(elsewhere.kernel.options.cwd, "/elsewhere");
});

test("the copy keeps the kernel that a notebook names", async (t) => {
  const kernelspec = { name: "tslab", display_name: "mine", language: "typescript" };
  const { copy } = await runStub(t, cells("a"), { metadata: { kernelspec } });
  assert.equal(copy.metadata.kernelspec.display_name, "mine");
});

test("a copy may not overwrite its notebook, under whatever name, and one of an earlier run is gone before", async (t) => {
  const file = notebookOf(cells("a"));
  await assert.rejects(executeNotebook(file, { output: file }), /would overwrite the notebook.*--out DIR/);
  const startFails = new SncError("environment", "no space");
  const first = await runStub(t, cells("a"));
  const again = runStub(t, cells("a"), { startFails, output: first.outcome.output! });
  await assert.rejects(again, startFails);
  await assert.rejects(readFile(first.outcome.output!), { code: "ENOENT" });
});
