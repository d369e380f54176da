import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { executePlan } from "../../../src/notebook/plan/execution.js";
import { planNotebooks } from "../../../src/notebook/plan/plan.js";
import { newFolder } from "../../helpers/runner.js";
import { answersOf, fakeClock, notebookOf, type StubCell, stubKernels } from "../../helpers/stub-kernel.js";

const limits = { cellTimeoutSeconds: 10, notebookTimeoutSeconds: 25, settleTimeoutSeconds: 5 };

/** A notebook of three cells, `first` of which goes wrong and `second` of which takes too long. */
interface Combination {
  firstMayRaise: boolean;
  secondMayRaise: boolean;
  /** When the first cell's error comes: in its own reply, in the next one, or, of a child, after the last cell. */
  error: "none" | "own" | "late" | "of a child";
  skipped: "none" | "first" | "second";
  passes: "no limit" | "cell" | "notebook" | "settle";
}

const choices = {
  firstMayRaise: [false, true],
  secondMayRaise: [false, true],
  error: ["none", "own", "late", "of a child"],
  skipped: ["none", "first", "second"],
  passes: ["no limit", "cell", "notebook", "settle"],
} as const;

const combinations = Object.entries(choices).reduce<object[]>(
  (all, [name, values]) => all.flatMap((one) => values.map((value) => ({ ...one, [name]: value }))),
  [{}],
) as Combination[];

const tagsOf = (mayRaise: boolean, isSkipped: boolean): string[] => [
  ...(mayRaise ? ["raises-exception"] : []),
  ...(isSkipped ? ["skip-execution"] : []),
];

/** The cells of a combination and the kernel's answer after the last, "". */
function cellsOf({ firstMayRaise, secondMayRaise, error, skipped, passes }: Combination): StubCell[] {
  const seconds = passes === "notebook" ? 9 : 1;
  const happens = (when: Combination["error"]): boolean => error === when && skipped !== "first";
  const late = happens("late") ? { error: "Late", lateErrorOf: "first" } : {};
  // Of a child's error that is expected a kernel says nothing after the last cell.
  const ofChild = happens("of a child") && !firstMayRaise ? { error: "Child", lateErrorOf: "first" } : {};
  return [
    {
      source: "first",
      tags: tagsOf(firstMayRaise, skipped === "first"),
      seconds,
      ...(happens("own") && { error: "Own" }),
    },
    {
      source: "second",
      tags: tagsOf(secondMayRaise, skipped === "second"),
      seconds: passes === "cell" ? 11 : seconds,
      ...late,
    },
    { source: "third", seconds, ...(skipped === "second" && late) },
    { source: "", seconds: passes === "settle" ? 16 : 0, ...ofChild },
  ];
}

/** What has to become of it: what comes first in time decides. */
function expected({ firstMayRaise, error, skipped, passes }: Combination): string {
  const fails = (when: Combination["error"]): boolean => error === when && skipped !== "first" && !firstMayRaise;
  if (fails("own")) return "cellError Own in 0";
  if (passes === "cell" && skipped !== "second") return "timeout cell in 1";
  if (fails("late")) return "cellError Late in 0";
  if (passes === "notebook" && skipped === "none") return "timeout notebook in 2"; // 27 s, and with one skipped 18 s
  if (passes === "settle") return "timeout settle in none";
  return fails("of a child") ? "cellError Child in 0" : "ok";
}

/** What becomes of notebooks that are executed one after another. */
async function verdictsOf(t: TestContext, notebooks: StubCell[][], keepGoing: boolean): Promise<string[]> {
  const files = notebooks.map((cells, at) => notebookOf(cells.slice(0, -1), `n${at}`));
  const out = newFolder();
  const plan = await planNotebooks({ files, folder: out, out, logs: out, entries: [], parametersOf: () => ({}) });
  const stub = { answers: {} };
  stubKernels(t, fakeClock(t), stub);
  const outcomes = await executePlan(plan, {
    ...limits,
    context: { artifactHash: async () => undefined, backend: async () => "native" },
    jobs: 1,
    keepGoing,
    force: false,
    onEvent(event) {
      if (event.type === "started") stub.answers = answersOf(notebooks[files.indexOf(event.notebook)]);
    },
  });
  t.mock.timers.reset();
  t.mock.restoreAll();
  return outcomes.map((outcome) => {
    if (outcome.kind === "cellError") return `cellError ${outcome.ename} in ${outcome.cell.cellIndex}`;
    if (outcome.kind === "timeout") return `timeout ${outcome.limit} in ${outcome.cell?.cellIndex ?? "none"}`;
    return outcome.kind;
  });
}

test("tags, errors, skipped cells and limits in every combination, with --keep-going", async (t) => {
  const verdicts = await verdictsOf(t, combinations.map(cellsOf), true);
  for (const [at, combination] of combinations.entries())
    assert.equal(verdicts[at], expected(combination), JSON.stringify(combination));
});

test("without --keep-going whatever fails a notebook leaves out the next, and nothing else does", async (t) => {
  const byVerdict = new Map(combinations.map((combination) => [expected(combination), combination]));
  assert.equal(byVerdict.size, 7, [...byVerdict.keys()].join(", "));
  const good = combinations.filter((combination) => expected(combination) === "ok").slice(0, 3);
  for (const [verdict, combination] of byVerdict) {
    const verdicts = await verdictsOf(t, [...good, combination, good[0]].map(cellsOf), false);
    assert.deepEqual(verdicts, ["ok", "ok", "ok", verdict, verdict === "ok" ? "ok" : "notExecuted"]);
  }
});
