/** One fixture notebook per fault, executed by the command line: verdict, exit code, saved copy, nothing left behind. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import path from "node:path";
import { describe, test } from "node:test";
import { type Fault, runFault } from "../../helpers/fault.js";
import { assertCleanEnd, commandLines, readCopy, streamOf } from "../../helpers/runner.js";

// biome-ignore lint/suspicious/noExplicitAny: the copy as in its file
const outputs = (copy: any, cell: number): any[] => copy.cells[cell].outputs;

const faults: Fault[] = [
  {
    fixture: "type-error",
    says: "a type error is an error, at the cell's own line and column",
    kind: "cellError",
    code: 3,
    cell: 2,
    error: /^TypeScriptError: 1:7 - TS2322/,
  },
  {
    fixture: "throws",
    says: "a throw ends the notebook; cells after it do not run",
    kind: "cellError",
    code: 3,
    cell: 2,
    error: /^RangeError: bad 1/,
    check: (copy) => assert.deepEqual([copy.cells[3].execution_count, outputs(copy, 3)], [null, []]),
  },
  {
    fixture: "stops-itself",
    says: "a stopped process is killed at the cell's limit",
    kind: "timeout",
    code: 4,
    cell: 1,
    args: ["--cell-timeout", "1"],
    check: (copy) => assert.equal(streamOf(copy, 1), "stopping\n"),
  },
  {
    fixture: "blocks",
    says: "a call that blocks outside JavaScript is ended at the cell's limit, with its child",
    kind: "timeout",
    code: 4,
    cell: 1,
    args: ["--cell-timeout", "1"],
  },
  {
    fixture: "module-cell",
    says: "a module cell works; a type error in one is an error",
    kind: "cellError",
    code: 3,
    cell: 3,
    error: /2:14 - TS2322/,
    check: (copy) => assert.deepEqual(outputs(copy, 2)[0].data["text/plain"], ["6"]),
  },
  {
    fixture: "rejection-in-function",
    says: "a rejection belongs to the cell that called, not to the one that defined the function",
    kind: "cellError",
    code: 3,
    cell: 2,
    error: /^Error: nobody waits$/,
  },
  { fixture: "browser-cell", says: "a cell for the browser is refused", kind: "cellError", code: 3, cell: 1 },
  {
    fixture: "rejection",
    says: "an unhandled rejection fails its cell",
    kind: "cellError",
    code: 3,
    cell: 1,
    error: /^Error: nobody waits/,
  },
  {
    fixture: "late-throw",
    says: "a late throw ends the notebook and names the cell that set the timer",
    kind: "cellError",
    code: 3,
    cell: 1,
    error: /^Error: too late/,
  },
  {
    fixture: "late-throw-last",
    says: "a throw after the last cell is no success",
    kind: "cellError",
    code: 3,
    cell: 2,
    error: /^Error: too late/,
  },
  {
    fixture: "loop",
    says: "an endless loop is stopped at its limit",
    kind: "timeout",
    code: 4,
    cell: 1,
    args: ["--cell-timeout", "1"],
    check: (copy) => assert.equal(streamOf(copy, 1), "looping\n"),
  },
  {
    fixture: "loop-after-await",
    says: "so is one after an await",
    kind: "timeout",
    code: 4,
    cell: 1,
    args: ["--cell-timeout", "1"],
    check: (copy) => assert.equal(streamOf(copy, 1), "looping\n"),
  },
  {
    fixture: "awaits-forever",
    says: "so is an await that never ends, by the notebook's limit",
    kind: "timeout",
    code: 4,
    cell: 1,
    args: ["--notebook-timeout", "10"],
  },
  {
    fixture: "ok",
    says: "a kernel that takes too long to start is a timeout",
    kind: "timeout",
    code: 4,
    args: ["--startup-timeout", "0.1"],
  },
  {
    fixture: "exits",
    says: "process.exit(0) is a dead kernel, with the output before it",
    kind: "deadKernel",
    code: 4,
    cell: 1,
    error: /exited with code 0/,
    check: (copy) => assert.equal(streamOf(copy, 1), "leaving\n"),
  },
  {
    fixture: "out-of-memory",
    says: "a kernel out of memory is dead, and V8's last words are told",
    kind: "deadKernel",
    code: 4,
    cell: 1,
    env: { NODE_OPTIONS: "--max-old-space-size=200" },
    error: /SIGABRT|code 134/,
    check: (_, { outcomes }) => assert.match(JSON.stringify(outcomes[0]), /heap/),
  },
  {
    fixture: "killed",
    says: "a killed kernel is dead, with the output before it",
    kind: "deadKernel",
    code: 4,
    cell: 1,
    error: /SIGKILL/,
    check: (copy) => assert.equal(streamOf(copy, 1), "last words\n"),
  },
  {
    fixture: "burst",
    says: "200 000 lines arrive, each and in order",
    kind: "ok",
    code: 0,
    check: (copy) => {
      assert.equal(streamOf(copy, 1), Array.from({ length: 200_000 }, (_, i) => `line ${i}\n`).join(""));
      assert.equal(streamOf(copy, 2), "after\n");
    },
  },
  {
    fixture: "error-burst",
    says: "an error after a burst arrives with all of it",
    kind: "cellError",
    code: 3,
    cell: 1,
    error: /after the burst/,
    check: (copy) => assert.match(streamOf(copy, 1), /line 4999\n$/),
  },
  {
    fixture: "large-output",
    says: "100 MB of output are cut with a mark, the rest is in the log",
    kind: "ok",
    code: 0,
    check: async (copy, { outcomes }) => {
      assert.match(
        streamOf(copy, 1, "stderr"),
        /output cut here: more than 10\.0 MB; 90\.0 MB left out, streams in large-output\.log/,
      );
      assert.equal(streamOf(copy, 1).length, 10_000_000);
      assert.ok((await stat(outcomes[0].logFile!)).size > 90_000_000);
      assert.equal(streamOf(copy, 2), "after\n");
    },
  },
  {
    fixture: "large-display",
    says: "a display of 60 MB is left out with a mark",
    kind: "ok",
    code: 0,
    check: (copy) => assert.match(streamOf(copy, 1, "stderr"), /60\.0 MB left out/),
  },
  {
    fixture: "children",
    says: "child processes, also in sessions of their own, end with the notebook",
    kind: "ok",
    code: 0,
    args: ["--settle-timeout", "1"],
    check: async () => {
      // One of them has another environment, so that no mark tells whose it is.
      const sleepers = (): string[] => commandLines().filter((line) => /^sleep 60[0-3]$/.test(line));
      for (let i = 0; i < 50 && sleepers().length > 0; i++) await new Promise((resolve) => setTimeout(resolve, 100));
      assert.deepEqual(sleepers(), []);
    },
  },
  {
    fixture: "open-timer",
    says: "live timers and servers keep the kernel as long as the runner waits for them",
    kind: "ok",
    code: 0,
    args: ["--settle-timeout", "1"],
  },
  {
    fixture: "asks-for-input",
    says: "asking for input is an error, not a wait",
    kind: "cellError",
    code: 3,
    cell: 1,
    error: /standard input/,
  },
  {
    fixture: "shorthand",
    says: "shorthand properties of earlier variables work, and types are still checked",
    kind: "cellError",
    code: 3,
    cell: 5,
    error: /1:34 - TS2322/,
    check: (copy) =>
      assert.deepEqual(
        [outputs(copy, 2)[0].data["text/plain"].join(""), outputs(copy, 4)[0].data["text/plain"][0]],
        ["{ svg: '<svg/>', count: 2, nested: [ { svg: '<svg/>' } ] }", "[ 4, 5 ]"],
      ),
  },
  {
    fixture: "await-first",
    says: "`for await` and `await (` first in a cell work",
    kind: "ok",
    code: 0,
    check: (copy) => {
      assert.equal(streamOf(copy, 2), "1\n2\n");
      assert.deepEqual(outputs(copy, 3)[0].data["text/plain"], ["'awaited'"]);
    },
  },
  {
    fixture: "raises-exception",
    says: "an error of a cell tagged raises-exception is recorded and passed",
    kind: "ok",
    code: 0,
    check: (copy) => {
      assert.equal(outputs(copy, 1)[0].ename, "Error");
      assert.equal(streamOf(copy, 2), "went on\n");
    },
  },
  {
    fixture: "nested-errors",
    says: "causes are told, and thrown values that are no errors",
    kind: "cellError",
    code: 3,
    cell: 2,
    error: /'just text'/,
    check: (copy) =>
      assert.match(outputs(copy, 1)[0].traceback.join("\n"), /^Error: outer\n.*\ncaused by TypeError: inner\n/),
  },
  {
    fixture: "skip-execution",
    says: "a cell tagged skip-execution does not run",
    kind: "ok",
    code: 0,
    check: (copy) => assert.deepEqual([copy.cells[1].execution_count, streamOf(copy, 2)], [null, "ran\n"]),
  },
  {
    fixture: "clear-output",
    says: "cleared output is gone, at once or with the next",
    kind: "ok",
    code: 0,
    check: (copy) =>
      assert.deepEqual(
        [2, 3, 4].map((i) => streamOf(copy, i)),
        ["two\n", "step 2\n", "kept\n"],
      ),
  },
  {
    fixture: "update-display",
    says: "updates reach the display of the earlier cell",
    kind: "ok",
    code: 0,
    check: (copy) => {
      assert.deepEqual(outputs(copy, 1)[0].data["text/plain"], ["100 %"]);
      assert.deepEqual(outputs(copy, 3), []);
    },
  },
  {
    fixture: "empty-cell",
    says: "cells without code are passed over",
    kind: "ok",
    code: 0,
    check: (copy) =>
      assert.deepEqual(
        [1, 2, 3, 4].map((i) => copy.cells[i].execution_count),
        [null, null, 1, 2],
      ),
  },
  {
    fixture: "carriage-return",
    says: "a line that writes over itself is kept once",
    kind: "ok",
    code: 0,
    check: (copy) => assert.equal(streamOf(copy, 1), "100 %\ndone\n"),
  },
  {
    fixture: "python",
    says: "a notebook of another language is refused",
    kind: "invalid",
    code: 5,
    error: /expected a TypeScript notebook, found python/,
  },
  {
    fixture: "missing",
    says: "so is one that is not there",
    kind: "invalid",
    code: 5,
    error: /there is no such notebook/,
  },
];

// Two at a time, on machines of two cores: each notebook has its own runner, folder and mark.
describe("a fixture per fault", { concurrency: 2 }, () => {
  for (const fault of faults) {
    test(`${fault.fixture}: ${fault.says}`, async (t) => {
      const { folder, result } = await runFault(t, fault);
      const saved = path.join(folder, `${fault.fixture}.ipynb`);
      if (fault.kind === "invalid") assert.equal(existsSync(saved), false);
      else {
        const copy = await readCopy(saved);
        assert.equal(copy.metadata.snc.verdict, fault.kind);
        await fault.check?.(copy, result);
      }
      assertCleanEnd(result, folder);
    });
  }
});
