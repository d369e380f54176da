import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { checkClaims } from "../../src/claims/check.js";
import { readRegistry } from "../../src/claims/list.js";
import { isFailure } from "../../src/notebook/plan/outcome.js";
import { annotation, markdownSummary, reportClaimsToGitHub, withoutCommands } from "../../src/report/github.js";
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
