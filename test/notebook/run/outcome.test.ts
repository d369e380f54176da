import assert from "node:assert/strict";
import { test } from "node:test";
import { cellName, describeFailure, describeWarning, type NotebookFailure } from "../../../src/notebook/run/outcome.js";

const failed = (more: object = {}, cell: object = {}): NotebookFailure => ({
  ...{ notebook: "n.ipynb", output: null, logFile: null, seconds: 1, executedCells: 0 },
  ...{ kind: "cellError", ename: "E", evalue: "bad", traceback: [] },
  cell: { cellIndex: 4, executionCount: 2, source: "a", outputTail: "", ...cell },
  ...more,
});

test("a cell is named by the number that Jupyter shows beside it, also before it has one", () => {
  assert.equal(cellName(3), "cell [3]");
  assert.equal(cellName(null), "cell [*]");
});

test("a warning names its cell, where that is known", () => {
  const what = "a timer";
  assert.equal(
    describeWarning({ cellIndex: 0, executionCount: 3, what }),
    "still pending at the end: a timer of cell [3]",
  );
  assert.equal(describeWarning({ cellIndex: null, executionCount: null, what }), "still pending at the end: a timer");
});

test("a failure: place and error, the cell with numbers, the end of its output, its stack, the copy, the log", () => {
  const source = `${Array.from({ length: 10 }, (_, at) => (at === 1 ? "" : `line(${at})`)).join("\n")}\n`;
  const traceback = ["E: bad", "    at cell [2]:1:1", ""];
  const files = { output: "out/n.ipynb", logFile: "n.log" };
  assert.deepEqual(
    describeFailure(
      failed({ evalue: "bad\n  more\n\nmost", traceback, ...files }, { source, outputTail: "said\n\nlast" }),
    ).split("\n"),
    [
      "n.ipynb, cell [2]: E: bad",
      "    more",
      "",
      "  most",
      "   1 │ line(0)",
      "   2 │",
      ...[2, 3, 4, 5, 6, 7, 8].map((at) => `   ${at + 1} │ line(${at})`),
      "  10 │ line(9)",
      "output:",
      "  said",
      "",
      "  last",
      "stack:",
      "  E: bad",
      "      at cell [2]:1:1",
      "executed so far: out/n.ipynb",
      "log: n.log",
    ],
  );
});

test("what is not there is not told: output, a stack that only repeats the error, files, a cell", () => {
  assert.equal(describeFailure(failed()), "n.ipynb, cell [2]: E: bad\n  1 │ a");
  assert.equal(describeFailure(failed({ traceback: ["E: bad\n"] })), "n.ipynb, cell [2]: E: bad\n  1 │ a");
  assert.equal(describeFailure(failed({ evalue: "bad\nmore" })), "n.ipynb, cell [2]: E: bad\n  more\n  1 │ a");
  assert.equal(describeFailure(failed({ kind: "deadKernel", cell: null })), "n.ipynb: E: bad");
});

test("an invalid notebook is told in its error's own words, which name the file", () => {
  const invalid = failed({ kind: "invalid", evalue: "n.ipynb: no notebook:\n  cells", cell: undefined });
  assert.equal(describeFailure(invalid), "n.ipynb: no notebook:\n  cells");
});
