import assert from "node:assert/strict";
import { test } from "node:test";
import { JSDOM } from "jsdom";
import { junitReport } from "../../src/report/junit.js";
import { outcomes } from "./outcomes.js";

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
  assert.ok(text.startsWith('notebooks/bad, or: worse.ipynb, cell 2: Error: <b> & "quotes" | ]]> 100%\n'));
  assert.ok(text.includes("  red \ufffd \ufffd ```\n"));
});
