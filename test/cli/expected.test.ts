import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import type { Precision } from "../../src/backend/precision.js";
import { packageFolder } from "../../src/base/files.js";
import { silent } from "../../src/base/progress.js";
import { checkClaims } from "../../src/claims/check.js";
import { readRegistry } from "../../src/claims/list.js";
import { scopeOf } from "../../src/claims/scope.js";
import { differenceFromExpected } from "../../src/cli/expected.js";
import { profiles } from "../../src/profiles.js";
import { readings } from "../../src/readings.js";
import { madeUp } from "../helpers/made-up-claims.js";

const own = profiles.smoke.runs.map((run) => madeUp({ run, layer: 6 }));

/** What the main job would say of these trainings at a profile: an error, or a line. */
async function said(
  tables = own,
  { changedReadings = {}, profile = profiles.smoke, precision = "float32" as Precision } = {},
) {
  const { claims } = await readRegistry();
  const measurement = {
    tables,
    readings: readings(),
    scope: scopeOf(profile, { inputs: {}, readings: {}, spec: { d_in: 576, d_sae: 576 } }, {}),
  };
  const experiment = {
    profile,
    changedReadings,
    backend: { precision },
    resultSet: { name: "made-up", folder: "/nowhere" },
  };
  const lines: string[] = [];
  const report = { ...silent, line: (text: string) => lines.push(text) };
  const found = { checked: checkClaims(claims, claims, measurement), tables };
  return { error: await differenceFromExpected(experiment, found, report), lines };
}

test("the main job's exit code is 1 where numbers, claims or figures are not as recorded of the profile, and each is named", async () => {
  const { error, lines } = await said();
  assert.equal(error?.exitCode, 1);
  assert.match(error.message, /not as .*smoke\.json expects:/);
  assert.match(error.message, /\n {2}layer 6, Run 9, loss: expected .*, measured 1\n/);
  assert.match(error.message, /\n {2}\/nowhere\/figures\/training-loss-layer-6\.plotly\.json: /);
  assert.deepEqual(lines, []);
});

test("another reading, precision or size, a training more or less, and a profile without expectations are not compared, and it says why", async () => {
  for (const [found, why] of [
    [await said(own, { changedReadings: { importance: "rms" } }), /another reading/],
    [await said(own, { precision: "bfloat16" }), /computed in bfloat16/],
    [await said(own, { profile: { ...profiles.smoke, steps: 3 } }), /size is not the profile's/],
    [await said([...own, madeUp({ layer: 6, seed: 43 })]), /not exactly the profile's/],
    [await said(own.slice(1)), /not exactly the profile's/],
    [await said(own, { profile: profiles.paper }), /nothing is recorded/],
  ] as const) {
    assert.equal(found.error, undefined);
    assert.equal(found.lines.length, 1);
    assert.match(found.lines[0], why);
  }
});

test("expectations are recorded of the profiles that can be run", () => {
  const folder = path.join(packageFolder, "data-manifests", "expected");
  assert.deepEqual(readdirSync(folder).sort(), ["default.json", "smoke.json"]);
});
