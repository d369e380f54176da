import assert from "node:assert/strict";
import { test } from "node:test";
import { placeText } from "../../../src/claims/report.js";
import type { ReportedClaim } from "../../../src/report/content.js";
import { ClaimDetails, Commands, Where } from "../../../src/report/page/claim-details.js";
import { rendered, textOf, textsOf } from "../../helpers/rendered.js";
import { reportedClaims } from "../../helpers/reported-claims.js";

const details = (row: ReportedClaim): [string, string][] => {
  const shown = rendered(ClaimDetails, { row });
  const [names, texts] = [textsOf(shown, "dt"), textsOf(shown, "dd")];
  return names.map((name, i) => [name, texts[i]]);
};

const executed = { name: "run-0-baseline", title: "Run 0", file: "notebooks/run-0.ipynb" };
const withNotebook = (cell: object | undefined) =>
  ({ ...reportedClaims.close, notebook: executed, cell }) as ReportedClaim;

test("behind a close claim: why, the reading, its tolerance, its scope, each seed with its value, and the commands", () => {
  assert.deepEqual(details(reportedClaims.close), [
    ["Why", "Because close."],
    ["Read as", "Read as close."],
    ["Other readings", "differs under 1 of 40 alternatives: init=kaiming"],
    ["Controls", "untrained: differs"],
    ["Significance", "p = 0.0123, false discovery rate 0.0456"],
    ["Tolerance", "Rounded so."],
    ["Scope", "at a small scale: layer 14 (for the paper's layer 12), Run 0, 3 seeds; share."],
    ["Each seed", "42: 0.2 · 7: 1"],
    ["Notebook", "run-0 is not among the executed notebooks of this result set."],
    ["Evidence", "Evidence one. The paper's own runs"],
    ["Again", "again close and again"],
  ]);
});

test("behind a claim on all layers, an order, a statement: what each has", () => {
  const of = (row: ReportedClaim) => new Map(details(row));
  const below = of(reportedClaims.below);
  assert.equal(
    below.get("Scope"),
    "at a small scale: layers 6, 14, 22 (for the paper's layers), Runs 8, 9, 3 seeds; share.",
  );
  assert.equal(below.get("Each seed"), "1: 0.86");
  assert.ok(!below.has("Tolerance") && !below.has("Test") && !below.has("Significance"));
  assert.equal(below.get("Other readings"), "not studied at this scale");
  assert.equal(below.get("Controls"), "untested: no control can make it fail");
  assert.match(of(reportedClaims.above).get("Scope")!, /, Run 0, 1 seed; share\.$/);
  assert.ok(!of(reportedClaims.order).has("Each seed"), "an order has its groups");
  const statement = of(reportedClaims.statement);
  assert.equal(statement.get("Test"), "Tested so.");
  assert.equal(statement.get("Scope"), "at a small scale: layer 14 (for the paper's layer 12); share.");
});

test("a notebook is named with its cell, by its count or where it did not run by its id, and linked to it", () => {
  const link = (cell: object | undefined) => {
    const [a] = rendered(ClaimDetails, { row: withNotebook(cell) }).querySelectorAll("a[href*=ipynb]");
    return [textOf(a), a.getAttribute("href")];
  };
  assert.deepEqual(link({ id: "a b", executionCount: 7 }), [
    "run-0-baseline, cell [7]",
    "notebooks/run-0.ipynb#cell-id=a%20b",
  ]);
  assert.deepEqual(link({ id: "ab", executionCount: null }), [
    "run-0-baseline, cell ab",
    "notebooks/run-0.ipynb#cell-id=ab",
  ]);
  assert.deepEqual(link(undefined), ["run-0-baseline", "notebooks/run-0.ipynb"]);
});

test("where a claim stands: its section, its weight, its place on the page, and its notebook", () => {
  const where = rendered(Where, { row: reportedClaims.below });
  assert.deepEqual(textsOf(where, "span, a"), ["Abstract", "detail", "below-one", "run-0: not executed"]);
  assert.equal(where.querySelector("a")!.getAttribute("href"), "#claim-below-one");
  assert.deepEqual(textsOf(rendered(Where, { row: withNotebook(undefined) }), "span, a"), [
    "§6.1",
    "detail",
    "close-one",
    "run-0-baseline",
  ]);
});

test("sections that are numbers have their sign, and commands a line each", () => {
  assert.deepEqual(["6.1", "7", "Figure 1", "Abstract"].map(placeText), ["§6.1", "§7", "Figure 1", "Abstract"]);
  assert.equal(rendered(Commands, { lines: ["one", "two"] }).querySelector("pre code")!.textContent, "one\ntwo");
});
