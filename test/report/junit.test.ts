import assert from "node:assert/strict";
import { test } from "node:test";
import { JSDOM } from "jsdom";
import { checkClaims } from "../../src/claims/check.js";
import type { Claim } from "../../src/claims/claim.js";
import type { NotebookFailure } from "../../src/notebook/run/outcome.js";
import { junitReport } from "../../src/report/junit.js";
import { madeUp, measurementOn } from "../helpers/made-up-claims.js";
import { outcomes } from "../helpers/outcomes.js";

const claimOn = (run: number): Claim => ({
  ...{ id: `claim-${run}`, quote: "made up", section: "6.1", unit: "1", layer: 12, runs: [run], notebook: "none" },
  ...{ reading: "made up", weight: "detail", evidence: "none", kind: "bound", operator: ">", value: 0 },
  quantity: "meanCorrelation",
});

const parsed = (xml: string): Document => new JSDOM(xml, { contentType: "text/xml" }).window.document;

test("JUnit: one test a notebook, counted by verdict", () => {
  const report = parsed(junitReport(outcomes));
  const suite = report.querySelector("testsuite")!;
  const counts = ["tests", "failures", "errors", "skipped"].map((name) => suite.getAttribute(name));
  assert.deepEqual(counts, ["5", "1", "1", "1"]);
  const tests = [...report.querySelectorAll("testcase")].map((element) => [
    element.getAttribute("name"),
    element.getAttribute("time"),
    [...element.children].map((child) => child.tagName).join(" "),
  ]);
  assert.deepEqual(tests, [
    ["good.ipynb", "2.5", ""],
    ["same.ipynb", "7", "system-out"],
    ["later.ipynb", null, "skipped system-out"],
    ["bad, or: worse.ipynb", "2.5", "failure"],
    ["slow.ipynb", "2.5", "error"],
  ]);
});

test("JUnit: any text comes out of the XML as it went in, without colours and what XML cannot hold", () => {
  const failure = parsed(junitReport(outcomes)).querySelector("failure")!;
  assert.equal(failure.getAttribute("message"), 'Error: <b> & "quotes" | ]]> 100%\nsecond line ::error::no');
  const text = failure.textContent ?? "";
  assert.ok(text.startsWith('notebooks/bad, or: worse.ipynb, cell [1]: Error: <b> & "quotes" | ]]> 100%\n'));
  assert.ok(text.includes("  red \ufffd \ufffd ```\n"));
});

test("JUnit: one test a claim, a failure where it is not as expected, and one for all else", () => {
  const checked = checkClaims([claimOn(0), claimOn(1)], [], measurementOn([madeUp({ run: 0 })]));
  const differences = [
    'claim-1: expected verdict "holds", found "differs"',
    "layer 6, Run 0, loss: expected 1, measured 2",
  ];
  const report = parsed(
    junitReport([], { checked, expectation: { file: "smoke.json", notCompared: "", differences } }),
  );
  const tests = [...report.querySelectorAll('testsuite[name="claims"] > testcase')];
  assert.deepEqual(
    tests.map((test) => [test.getAttribute("name"), test.querySelector("failure")?.getAttribute("message") ?? ""]),
    [
      ["claim-0", ""],
      ["claim-1", differences[0]],
      ["numbers and figures", differences[1]],
    ],
  );
  assert.match(tests[0].textContent ?? "", /^\s*inconclusive: 1 of at least 3 seeds/);
});

test("JUnit: claims that are compared with nothing do not fail, and say why", () => {
  const checked = checkClaims([claimOn(0)], [], measurementOn([madeUp({ run: 0 })]));
  const expectation = { file: "smoke.json", notCompared: "Not compared: other trainings.", differences: [] };
  const report = parsed(junitReport([], { checked, expectation }));
  assert.equal(report.querySelector("failure"), null);
  assert.match(report.querySelector("testcase")?.textContent ?? "", /Not compared: other trainings\.\s*$/);
});

test("JUnit: of an executed notebook a test for each cell, with its time, skipped where its tag says so", () => {
  const cells = [
    { cellIndex: 1, executionCount: 1, seconds: 0.5, state: "ok" as const },
    { cellIndex: 3, executionCount: null, seconds: 0, state: "skipped" as const },
    { cellIndex: 4, executionCount: 2, seconds: 1.5, state: "failed" as const },
  ];
  const bad = outcomes.find(({ kind }) => kind === "cellError") as NotebookFailure;
  const slow = outcomes.find(({ kind }) => kind === "timeout") as NotebookFailure;
  const report = parsed(
    junitReport([
      { ...bad, cells },
      { ...slow, cells: cells.slice(0, 1) },
    ]),
  );
  assert.deepEqual(
    [...report.querySelectorAll("testcase")].map((element) => [
      element.getAttribute("name"),
      element.getAttribute("time"),
      element.firstElementChild?.tagName,
    ]),
    [
      ["cell [1]", "0.5", undefined],
      ["cell at place 4", null, "skipped"],
      ["cell [2]", "1.5", "failure"],
      ["cell [1]", "0.5", undefined],
      ["the notebook", null, "error"],
    ],
  );
});

const attributesOf = (element: Element, ...names: string[]): (string | null)[] =>
  names.map((name) => element.getAttribute(name));

test("JUnit: what ended a notebook, where it lies and why it did not run, in full", () => {
  const report = parsed(junitReport(outcomes));
  const suites = [...report.querySelectorAll("testsuite")];
  assert.deepEqual(
    suites.map((suite) => suite.getAttribute("name")),
    ["notebooks"],
  );
  const test_ = (name: string) => report.querySelector(`testcase[name="${name}"]`)!;
  assert.deepEqual(attributesOf(test_("good.ipynb"), "classname", "file"), ["notebooks", "notebooks/good.ipynb"]);
  assert.equal(test_("same.ipynb").textContent?.trim(), "unchanged since its last execution");
  assert.match(test_("later.ipynb").textContent ?? "", /it needs bad, which did not succeed/);
  const error = test_("slow.ipynb").querySelector("error")!;
  assert.deepEqual(attributesOf(error, "message", "type"), ["Timeout: the cell ran longer than 3 s", "timeout"]);
  assert.match(error.textContent ?? "", /slow\.ipynb.*the cell ran longer than 3 s/);
  assert.equal(report.querySelector("failure")!.getAttribute("type"), "Error");
});

test("JUnit: of executed cells a suite for each notebook, with its time; where a cell failed the notebook has no test", () => {
  const cells = [
    { cellIndex: 0, executionCount: 1, seconds: 0.25, state: "ok" as const },
    { cellIndex: 2, executionCount: 2, seconds: 1, state: "failed" as const },
  ];
  const bad = outcomes.find(({ kind }) => kind === "cellError") as NotebookFailure;
  const good = { ...outcomes[0], cells: cells.slice(0, 1) } as (typeof outcomes)[number];
  const report = parsed(junitReport([{ ...bad, cells }, good, outcomes[1]]));
  const suites = [...report.querySelectorAll("testsuite")].map((suite) => [
    ...attributesOf(suite, "name", "time", "tests", "failures"),
    ...[...suite.querySelectorAll("testcase")].map((element) => element.getAttribute("name")),
  ]);
  assert.deepEqual(suites, [
    ["notebooks/bad, or: worse.ipynb", "2.5", "2", "1", "cell [1]", "cell [2]"],
    ["notebooks/good.ipynb", "2.5", "1", "0", "cell [1]"],
    ["notebooks", null, "1", "0", "same.ipynb"],
  ]);
  assert.deepEqual(
    [...report.querySelectorAll("testcase")].slice(0, 2).map((test_) => test_.querySelector("failure") !== null),
    [false, true],
  );
  const [first] = report.querySelectorAll("testcase");
  assert.deepEqual(attributesOf(first, "classname", "file"), [
    "bad, or: worse.ipynb",
    "notebooks/bad, or: worse.ipynb",
  ]);
});

test("JUnit: each claim says its verdict and why; a difference belongs to the claim of its whole id, or to all else", () => {
  const claims = [claimOn(0), { ...claimOn(0), id: "claim-0-more" }];
  const checked = checkClaims(claims, [], measurementOn([madeUp({ run: 0 })]));
  const differences = [
    "claim-0-more: expected a",
    "claim-0: expected b",
    "claim-0: expected c",
    "claim-0x: expected d",
  ];
  const report = parsed(
    junitReport([], { checked, expectation: { file: "smoke.json", notCompared: "", differences } }),
  );
  const said = [...report.querySelectorAll("testcase")].map((test_) => [
    ...attributesOf(test_, "classname", "name"),
    test_.querySelector("failure")?.getAttribute("message") ?? null,
    test_.querySelector("system-out")?.textContent?.trim(),
  ]);
  const why = "inconclusive: 1 of at least 3 seeds.";
  assert.deepEqual(said, [
    ["claims", "claim-0", "claim-0: expected b\nclaim-0: expected c", why],
    ["claims", "claim-0-more", "claim-0-more: expected a", why],
    ["claims", "numbers and figures", "claim-0x: expected d", "smoke.json"],
  ]);
});
