import type { PlanOutcome } from "../../src/notebook/plan/outcome.js";

const record = { output: null, logFile: null, seconds: 2.5, executedCells: 1 };

/** One outcome of each sort, with text that a report has to escape. */
export const outcomes: PlanOutcome[] = [
  { kind: "ok", notebook: "notebooks/good.ipynb", ...record },
  { kind: "unchanged", notebook: "notebooks/same.ipynb", output: "same.ipynb", seconds: 7, executedCells: 4 },
  { kind: "notExecuted", notebook: "notebooks/later.ipynb", reason: "it needs bad, which did not succeed" },
  {
    kind: "cellError",
    notebook: "notebooks/bad, or: worse.ipynb",
    ...record,
    ename: "Error",
    evalue: '<b> & "quotes" | ]]> 100%\nsecond line ::error::no',
    traceback: ["Error: bad", "    at cell [1]:2:7"],
    cell: {
      cellIndex: 1,
      executionCount: 1,
      source: 'const a = "é";\nfail(a);',
      outputTail: "\u001b[31mred\u001b[0m \u0000 \ud800 ```",
    },
  },
  {
    kind: "timeout",
    limit: "cell",
    limitSeconds: 3,
    notebook: "notebooks/slow.ipynb",
    ...record,
    ename: "Timeout",
    evalue: "the cell ran longer than 3 s",
    traceback: [],
    cell: null,
  },
];
