import assert from "node:assert/strict";
import { test } from "node:test";
import { KernelFailure } from "../../../src/notebook/kernel/channels.js";
import { kernelFailure, limitFailure, pendingFailure, replyError } from "../../../src/notebook/run/failures.js";

const limits = { start: 1, cell: 2, notebook: 3, settle: 4 };
const cell = { cellIndex: 5, executionCount: 6, source: "a", outputTail: "b" };

test("a limit that passed is told with its seconds; what settles was busy, not long", () => {
  for (const [passed, limitSeconds, evalue] of [
    ["cell", 2, "the cell ran longer than 2 s"],
    ["notebook", 3, "the notebook ran longer than 3 s"],
    ["settle", 4, "code that cells left behind kept the kernel busy for more than 4 s after the last cell"],
  ] as const)
    assert.deepEqual(limitFailure(passed, limits, cell), {
      ...{ kind: "timeout", limit: passed, limitSeconds, ename: "Timeout", evalue, traceback: [], cell },
    });
  assert.deepEqual(limitFailure("stopped", limits, null), {
    ...{ kind: "stopped", ename: "Stopped", evalue: "stopped on request", traceback: [], cell: null },
  });
});

test("what is left pending is told in one line", () => {
  const warning = (what: string) => ({ cellIndex: 0, executionCount: 1, what });
  assert.deepEqual(pendingFailure([warning("a timer"), warning("a server")], cell), {
    kind: "cellError",
    ename: "StillPending",
    evalue: "still pending at the end: a timer, a server",
    traceback: [],
    cell,
  });
});

test("each end of a kernel is a failure of its own", () => {
  const of = (kind: KernelFailure["kind"], exit?: KernelFailure["exit"]) => {
    const { traceback: _, ...failure } = kernelFailure(new KernelFailure(kind, "why", exit), limits, cell);
    return failure;
  };
  const told = { evalue: "why", cell };
  assert.deepEqual(of("stopped"), { kind: "stopped", ename: "Stopped", ...told });
  assert.deepEqual(of("lostOutput"), { kind: "lostOutput", ename: "LostOutput", ...told });
  const dead = { kind: "deadKernel", ename: "DeadKernel", ...told };
  assert.deepEqual(of("dead", { code: 7, signal: null }), { ...dead, exitCode: 7, signal: null });
  assert.deepEqual(of("dead", { code: null, signal: "SIGKILL" }), { ...dead, exitCode: null, signal: "SIGKILL" });
  assert.deepEqual(of("dead"), { ...dead, exitCode: null, signal: null });
});

test("a start that takes too long passed its own limit, or the notebook's where that is shorter", () => {
  const passed = (start: number, notebook: number) => {
    const failure = kernelFailure(new KernelFailure("startTimeout", "why"), { ...limits, start, notebook }, null);
    return failure.kind === "timeout" && [failure.limit, failure.limitSeconds, failure.ename];
  };
  assert.deepEqual(passed(1, 3), ["start", 1, "Timeout"]);
  assert.deepEqual(passed(3, 3), ["start", 3, "Timeout"]);
  assert.deepEqual(passed(3, 1), ["notebook", 1, "Timeout"]);
});

test("in place of a stack: the last fifteen lines that the process wrote, without blank ones and native frames", () => {
  const stackOf = (said: string): string[] =>
    kernelFailure(new KernelFailure("dead", "why", undefined, said), limits, null).traceback;
  const lines = Array.from({ length: 20 }, (_, at) => `line ${at}`);
  assert.deepEqual(stackOf(lines.join("\n")), lines.slice(5));
  assert.deepEqual(stackOf("one\n\n  \ntwo\n"), ["one", "two"]);
  const report = [
    "FATAL ERROR: heap",
    " 1: 0xb9bc20 node::Abort() [node]",
    "12: 0x1a note",
    "1: 0xb no frame: no space before",
  ];
  assert.deepEqual(stackOf(report.join("\n")), ["FATAL ERROR: heap"]);
  assert.deepEqual(stackOf(""), []);
});

test("a reply that is no good has the kernel's error, or says what the kernel answered", () => {
  const error = { ename: "E", evalue: "bad", traceback: ["E: bad", 7] };
  assert.deepEqual(replyError({ status: "error", ...error }), { ...error, traceback: ["E: bad", "7"] });
  assert.deepEqual(replyError({ status: "aborted", traceback: "none" }), {
    ename: "CellAborted",
    evalue: "the kernel answered aborted",
    traceback: [],
  });
});
