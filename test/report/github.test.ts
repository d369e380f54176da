import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { checkClaims } from "../../src/claims/check.js";
import { readRegistry } from "../../src/claims/list.js";
import { isFailure } from "../../src/notebook/plan/outcome.js";
import {
  annotation,
  markdownSummary,
  reportClaimsToGitHub,
  reportToGitHub,
  withoutCommands,
} from "../../src/report/github.js";
import { everyTraining, measurementOn } from "../helpers/made-up-claims.js";
import { outcomes } from "../helpers/outcomes.js";

const [cellError, timeout] = outcomes.filter(isFailure);

const notebook = `{
 "cells": [
  {
   "source": [
    "const a = \\"é\\";\\n",
    "another cell"
   ]
  },
  {
   "source": [
    "const a = \\"é\\";\\n",
    "fail(a);"
   ]
  }
 ]
}`;

test("an annotation points at the line of the cell that the stack names, and is one line whatever the error says", () => {
  assert.equal(
    annotation(cellError, notebook, process.cwd()),
    "::error file=notebooks/bad%2C or%3A worse.ipynb,line=12,title=bad%2C or%3A worse.ipynb%2C cell [1]::" +
      'Error: <b> & "quotes" | ]]> 100%25%0Asecond line ::error::no',
  );
});

test("an error of the compiler is annotated at its own line; one of no cell, or of an injected one, at the first", () => {
  const typeError = { ...cellError, evalue: "1:7 - TS2322: no", traceback: [] };
  assert.match(annotation(typeError, notebook, process.cwd()), /,line=11,/);
  assert.match(
    annotation(timeout, notebook, process.cwd()),
    /^::error file=notebooks\/slow\.ipynb,line=1,title=slow\.ipynb::/,
  );
  assert.match(annotation(typeError, "{}", process.cwd()), /,line=1,/);
});

test("what a notebook printed is not taken as a command", () => {
  assert.equal(withoutCommands("::add-mask::x", "t0k"), "::stop-commands::t0k\n::add-mask::x\n::t0k::");
});

test("the summary: a row a notebook, with no character that would break the table or become HTML", () => {
  const lines = markdownSummary(outcomes).split("\n");
  const rows = lines.filter((line) => line.startsWith("| "));
  assert.equal(rows.length, 1 + outcomes.length);
  const cells = rows.map((row) => row.split(/(?<!\\)\|/).length);
  assert.deepEqual(new Set(cells), new Set([6]), "four cells between five bars");
  assert.ok(rows.some((row) => row.includes('&#60;b&#62; &#38; "quotes" \\| ')));
  assert.ok(!rows.some((row) => row.includes("<b>")));
});

test("the summary: a failure in full stands between fences that its text cannot close", () => {
  const summary = markdownSummary(outcomes);
  const fences = summary.split("\n").filter((line) => /^`+(text)?$/.test(line));
  assert.deepEqual(fences, ["````text", "````", "```text", "```"]);
});

test("the summary has the verdict table, and what is not as expected", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "summary-"));
  try {
    const file = path.join(folder, "summary.md");
    const expectation = { file: "smoke.json", notCompared: "", differences: ["a: expected holds, found differs"] };
    const checked = await madeUpClaims();
    await reportClaimsToGitHub({ checked, expectation }, { GITHUB_STEP_SUMMARY: file });
    const text = await readFile(file, "utf8");
    assert.match(text, /Not as `smoke\.json` expects:\n\n- a: expected holds, found differs\n/);
    assert.equal(text.split("\n").filter((line) => line.startsWith("| ")).length, 2 + checked.length);
    await reportClaimsToGitHub({ checked, expectation }, {}); // elsewhere nothing is written
  } finally {
    await rm(folder, { recursive: true });
  }
});

async function madeUpClaims() {
  const { claims } = await readRegistry();
  return checkClaims(claims.slice(0, 3), claims, measurementOn(everyTraining()));
}

test("an error in a cell whose source is one string is annotated at the line of that string", () => {
  const source = 'const a = "é";\nfail(a);';
  const oneString = `{\n "cells": [\n  { "source": "another" },\n  {\n   "source": ${JSON.stringify(source)}\n  }\n ]\n}`;
  assert.match(annotation(cellError, oneString, process.cwd()), /,line=5,/);
});

test("the summary: each notebook with its verdict, its seconds and why", () => {
  const rows = markdownSummary(outcomes)
    .split("\n")
    .filter((line) => line.startsWith("| "))
    .map((line) => line.slice(2, -2).split(/(?<!\\)\s\|\s?/));
  assert.deepEqual(rows.slice(1, 4), [
    ["notebooks/good.ipynb", "ok", "2.5", ""],
    ["notebooks/same.ipynb", "unchanged", "7.0", ""],
    ["notebooks/later.ipynb", "notExecuted", "", "it needs bad, which did not succeed"],
  ]);
  assert.deepEqual(rows[5], ["notebooks/slow.ipynb", "timeout", "2.5", "Timeout: the cell ran longer than 3 s"]);
});

test("an annotation of a cell whose first line stands in several cells is at its own, by the line that failed", () => {
  const lines = ['const a = "é";\n', "ok(a);\n", "fail(a);"];
  const written = (source: string[]): string =>
    source.map((line, i) => `    ${JSON.stringify(line)}${i < source.length - 1 ? "," : ""}`).join("\n");
  const file = `{\n${written(lines.slice(0, 2))}\n ]\n${written(lines)}\n}`;
  const failed = {
    ...cellError,
    cell: { ...("cell" in cellError && cellError.cell!), source: lines.join("") },
    traceback: ["Error: bad", "    at cell [2]:9:7", "    at cell [1]:3:7"],
  } as typeof cellError;
  // One line for "{", two of the first cell, one that closes it; of the second cell the third.
  assert.match(annotation(failed, file, process.cwd()), /,line=7,/);
  const unnamed = { ...failed, traceback: [] } as typeof cellError;
  assert.match(annotation(unnamed, file, process.cwd()), /,line=5,/);
});

test("GitHub is told where it runs this: an annotation for each failure, also of a file that is gone, and the summary", async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), "job-"));
  const { mock } = t.mock.method(process.stderr, "write", () => true);
  try {
    const file = path.join(folder, "summary.md");
    const env = { GITHUB_WORKSPACE: process.cwd(), GITHUB_STEP_SUMMARY: file };
    await reportToGitHub(outcomes, { ...env, GITHUB_ACTIONS: "true" });
    assert.deepEqual(
      mock.calls.map((call) => call.arguments[0]),
      [cellError, timeout].map((failure) => `${annotation(failure, "", process.cwd())}\n`),
    );
    const summary = markdownSummary(outcomes).replace("\ud800", "\ufffd"); // which UTF-8 cannot hold
    assert.equal(await readFile(file, "utf8"), `${summary}\n`);
    await reportToGitHub(outcomes, { GITHUB_ACTIONS: "false" });
    assert.equal(mock.callCount(), 2, "elsewhere nothing is said");
  } finally {
    await rm(folder, { recursive: true });
  }
});
