import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { writeSealed } from "../../src/base/recorded.js";
import { checkClaims } from "../../src/claims/check.js";
import { readRegistry } from "../../src/claims/list.js";
import { readResultSet } from "../../src/experiment/results/saved.js";
import type { TrainedTables } from "../../src/experiment/results/tables.js";
import type { CompleteSpec } from "../../src/experiment/spec.js";
import { profiles } from "../../src/profiles.js";
import { gatherReport } from "../../src/report/content.js";
import { expectationMarkdown, expectationOf, verdictExpectation } from "../../src/report/expectation.js";
import { madeUp, measurementOn } from "../helpers/made-up-claims.js";
import { writeMadeUpSet } from "../helpers/made-up-report.js";
import { madeUpSpec } from "../helpers/result-sets.js";

const root = mkdtempSync(path.join(tmpdir(), "snc-expectation-"));
after(() => rmSync(root, { recursive: true }));

/** A result set of all trainings of the smoke profile, their numbers made up. */
async function smokeSet(name: string, tables: TrainedTables[], changes: Partial<CompleteSpec> = {}): Promise<string> {
  const folder = await writeMadeUpSet({ folder: path.join(root, name), tables, figures: () => false });
  await writeSealed(path.join(folder, "experiment.json"), { name, ...madeUpSpec("smoke", changes) });
  return folder;
}
const own = profiles.smoke.runs.map((run) => madeUp({ run, layer: 6 }));

test("a whole set of a profile is compared: verdicts and numbers, and with them every figure", async () => {
  const set = await readResultSet(await smokeSet("whole", own));
  const { claims } = await readRegistry();
  const checked = checkClaims(claims, claims, measurementOn(own));
  const { file, notCompared, differences } = await verdictExpectation(set, { checked, tables: own });
  assert.deepEqual([file, notCompared], [path.join("data-manifests", "expected", "smoke.json"), ""]);
  assert.ok(differences.some((line) => line.startsWith("layer 6, Run 9, loss: expected ")));
  const whole = await expectationOf(set, checked);
  assert.deepEqual(whole.differences.slice(0, differences.length), differences);
  const figures = whole.differences.slice(differences.length);
  assert.ok(figures.length > 3);
  for (const line of figures) assert.match(line, /^figures\/[\w-]+\.(svg|plotly\.json): .*Run: snc figures$/);
});

test("a set that lacks a training, or was made otherwise, is compared with nothing, its figures neither", async () => {
  for (const [name, tables, identity, why] of [
    ["few", own.slice(1), {}, "the trainings are not exactly the profile's"],
    ["precise", own, { precision: "bfloat16" }, "products were computed in bfloat16"],
  ] as const) {
    const set = await readResultSet(await smokeSet(name, [...tables], identity));
    const { notCompared, differences } = await expectationOf(set, []);
    assert.deepEqual([notCompared, differences], [`Not compared: ${why}.`, []]);
  }
});

test("as Markdown: not compared, all as expected, or a line for each difference", () => {
  const file = "smoke.json";
  assert.equal(expectationMarkdown({ file, notCompared: "Not compared.", differences: [] }), "Not compared.");
  assert.equal(expectationMarkdown({ file, notCompared: "", differences: [] }), "All is as `smoke.json` expects.");
  assert.equal(
    expectationMarkdown({ file, notCompared: "", differences: ["a", "b"] }),
    "Not as `smoke.json` expects:\n\n- a\n- b",
  );
});

test("the report's commands have the options by which a set differs from its profile, and no others", async () => {
  const optionsOf = async (name: string, changes: Partial<CompleteSpec> = {}) =>
    (await gatherReport(await smokeSet(name, own, changes))).commands;
  assert.deepEqual(await optionsOf("usual"), { profile: "smoke", readings: {}, options: [] });
  assert.deepEqual((await optionsOf("shorter", { steps: 20 })).options, [["steps", "20"]]);
  assert.deepEqual((await optionsOf("trains-less", { sequences: [3, 4] })).options, [["sequences", "3,4"]]);
  assert.deepEqual((await optionsOf("wider", { d_sae: 2304, interval: 30 })).options, [
    ["interval", "30"],
    ["d-sae", "2304"],
  ]);
  const other = await optionsOf("other", { precision: "bfloat16", readings: { importance: "rms" } });
  assert.deepEqual(other, { profile: "smoke", readings: { importance: "rms" }, options: [["precision", "bfloat16"]] });
});

test("each claim of the report has its layers, its notebook by name, its cell and its commands", async () => {
  const { claims, scope, runs, flags, paperTitle } = await gatherReport(await smokeSet("report", own));
  const byId = new Map(claims.map((row) => [row.claim.id, row]));
  const shown = byId.get("run-9-correlation")!;
  assert.deepEqual([shown.layers, shown.notebook?.name, shown.cell?.id], [[14], "run-9-reallocation", "names"]);
  assert.deepEqual(byId.get("abstract-correlation")!.layers, [6, 14, 22]);
  assert.equal(byId.get("run-0-correlation")!.notebook, undefined);
  assert.deepEqual(shown.commands.slice(-1), ["npx snc claims run-9-correlation --profile smoke"]);
  assert.match(shown.commands[0], /^npx snc train --run 9 --layer 14 /);
  assert.deepEqual(scope, shown.scope);
  assert.deepEqual([runs.length, flags.length > 0], [10, true]);
  assert.match(paperTitle, /:/);
});
