import assert from "node:assert/strict";
import { test } from "node:test";
import { JSDOM } from "jsdom";
import { checkClaims } from "../../src/claims/check.js";
import type { Claim } from "../../src/claims/claim.js";
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
