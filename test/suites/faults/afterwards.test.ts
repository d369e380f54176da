/** What cells leave behind: errors that come late, output that comes late, and work that never ends. */
import assert from "node:assert/strict";
import path from "node:path";
import { describe, test } from "node:test";
import { type Fault, runFault } from "../../helpers/fault.js";
import { assertCleanEnd, readCopy, streamOf } from "../../helpers/runner.js";

const failing = { kind: "cellError", code: 3 };
const good = { kind: "ok", code: 0 };

const cases: Fault[] = [
  {
    fixture: "late-child",
    says: "a child that fails after its cell",
    ...failing,
    cell: 1,
    error: /export step failed/,
  },
  {
    fixture: "late-request",
    says: "a request that fails, although the server goes on listening",
    ...failing,
    cell: 2,
    error: /fetch failed/,
  },
  { fixture: "late-worker", says: "a worker that fails", ...failing, cell: 1, error: /worker failed/ },
  { fixture: "failing-test", says: "a failing test of node:test", ...failing, cell: 2, error: /exitCode is 1/ },
  { fixture: "exit-code", says: "an exit code that is not 0", ...failing, cell: 1, error: /exitCode is 2/ },
  {
    fixture: "late-exit",
    says: "a handler that ends the process",
    kind: "deadKernel",
    code: 4,
    cell: 1,
    error: /exited with code 1/,
    check: (copy) => assert.equal(copy.cells[1].outputs.at(-1).ename, "KernelExit"),
  },
  {
    fixture: "late-expected",
    says: "a late error of a cell tagged raises-exception stands in that cell and disturbs no other",
    ...good,
    check(copy) {
      assert.match(copy.cells[1].outputs.at(-1).evalue, /^late, as said/);
      assert.equal(streamOf(copy, 3), "runs 1\n");
    },
  },
  {
    fixture: "busy-afterwards",
    says: "a timer that never returns, after the last cell",
    kind: "timeout",
    code: 4,
    args: ["--settle-timeout", "1"],
    error: /kept the kernel busy/,
  },
  {
    fixture: "late-output",
    says: "late output goes to the cell that started it",
    ...good,
    check(copy) {
      assert.equal(streamOf(copy, 2), "timer of cell 3\n");
      assert.equal(streamOf(copy, 2, "stderr"), "promise of cell 3\n");
      assert.equal(streamOf(copy, 3), "cell 4\n");
    },
  },
  {
    fixture: "descriptors",
    says: "what is printed past the console arrives, in order and whole",
    ...good,
    check(copy) {
      assert.equal(streamOf(copy, 1), "1\n2\n3\n4\n5\n6\n7\n");
      assert.equal(streamOf(copy, 2, "stderr"), "error 1\nerror 2\n");
      assert.equal(streamOf(copy, 2), "a stream\n");
      assert.equal(streamOf(copy, 3), `${Array.from({ length: 20_000 }, (_, i) => `line ${i}\n`).join("")}last\n`);
    },
  },
  {
    fixture: "mock-timers",
    says: "mocked timers and replaced functions do not reach the kernel",
    ...good,
    check: (copy) =>
      assert.deepEqual(
        [1, 2, 4].map((cell) => streamOf(copy, cell)),
        ["fired 1\n", "next cell\n", "last cell\n"],
      ),
  },
  {
    fixture: "left-listening",
    says: "servers and unreferenced children are not waited for, and a warning names them",
    ...good,
    check(copy, { outcomes, stderr }) {
      const warnings = ["a listening server of cell [1]", "a child process that was unreferenced of cell [2]"];
      const said = warnings.map((warning) => `still pending at the end: ${warning}`);
      assert.deepEqual(copy.metadata.snc, { verdict: "ok", warnings: said });
      assert.deepEqual(
        (outcomes[0] as { warnings?: { cellIndex: number }[] }).warnings?.map((w) => w.cellIndex),
        [1, 2],
      );
      assert.deepEqual(copy.cells[1].outputs, [], "its outputs are what the cell printed");
      assert.equal(stderr, "");
    },
  },
  {
    fixture: "left-pending",
    says: "what is pending at the limit is a warning",
    ...good,
    args: ["--settle-timeout", "1"],
    check: (copy) =>
      assert.deepEqual(copy.metadata.snc.warnings, [
        "still pending at the end: a listening server of cell [1]",
        "still pending at the end: a timer that was unreferenced of cell [2]",
        "still pending at the end: an interval of cell [3]",
      ]),
  },
  {
    fixture: "left-pending",
    says: "with --strict it is a failure",
    ...failing,
    cell: 1,
    args: ["--settle-timeout", "1", "--strict"],
    error: /^StillPending: .*a listening server, a timer that was unreferenced, an interval/,
  },
];

describe("after its cell", { concurrency: 2 }, () => {
  for (const fault of cases) {
    test(`${[fault.fixture, ...(fault.args ?? [])].join(" ")}: ${fault.says}`, async (t) => {
      const { folder, result } = await runFault(t, fault);
      const copy = await readCopy(path.join(folder, `${fault.fixture}.ipynb`));
      assert.equal(copy.metadata.snc.verdict, fault.kind);
      await fault.check?.(copy, result);
      assertCleanEnd(result, folder);
    });
  }
});
