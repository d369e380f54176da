import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { readJson } from "../../src/base/files.js";
import { recordHashes } from "../../src/base/recorded.js";
import { snc } from "../helpers/command-line.js";
import { madeUp } from "../helpers/made-up-claims.js";
import { writeTraining } from "../helpers/write-training.js";

const results = mkdtempSync(path.join(tmpdir(), "snc-claims-"));
after(() => rmSync(results, { recursive: true }));
const latest = path.join(results, "latest");
const expected = path.join(results, "expected.json");
const ofSmoke = (command: string, ...args: string[]) =>
  snc([command, "--profile", "smoke", ...args], { SNC_RESULTS: results });

const trainings = [42, 43, 44].flatMap((seed) => [
  madeUp({ run: 8, layer: 6, seed }),
  madeUp({ run: 9, layer: 6, seed, last: { meanActivationCosine: 0.11, utilizationImportance: 0.94 } }),
]);

before(async () => {
  const nothing = await ofSmoke("claims");
  assert.equal(nothing.code, 5, nothing.stderr);
  assert.match(nothing.stderr, /expected finished trainings, found ENOENT\. Run: snc train/);
  for (const tables of trainings) await writeTraining(latest, tables);
  const figures = await ofSmoke("figures");
  assert.equal(figures.code, 0, figures.stderr);
});

test("snc figures writes four forms of every figure", async () => {
  for (const id of ["training-loss", "feature-usage", "sparsity-over-training", "per-run"]) {
    const file = path.join(latest, "figures", `${id}-layer-6`);
    assert.match(await readFile(`${file}.svg`, "utf8"), /^<svg/);
    assert.match(await readFile(`${file}.html`, "utf8"), /^<!DOCTYPE html>/);
    assert.equal((await readFile(`${file}.png`)).toString("latin1", 1, 4), "PNG");
    assert.ok(Object.hasOwn((await readJson(`${file}.plotly.json`)) as object, "layout"));
  }
});

test("snc claims prints the verdict table and writes claims.json and summary.md; as expected by what it recorded", async () => {
  const { code, stdout, stderr } = await ofSmoke("claims", "--write-expected", expected, "--expect", expected);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^claim +paper +measured/);
  assert.match(stdout, /layer-5-correlation +0\.11, within 0\.01 +0\.11 \[0\.11, 0\.11\] +0\.06 +3 +holds/);
  assert.match(stdout, /run-9-correlation +0\.09, within 0\.01 +– +– +– +not measurable here/);
  assert.match(stderr, /87 sentences \(\d+ distinct tests\) at the scale of SmolLM2-135M, 90 steps: \d+ holds \(\d+\)/);
  assert.match(
    await readFile(path.join(latest, "summary.md"), "utf8"),
    /\| layer-5-correlation \| 0\.11, within 0\.01 .*\| holds \|/,
  );
  const { claims } = (await readJson(path.join(latest, "claims.json"))) as {
    claims: { id: string; evidence: string }[];
  };
  assert.match(claims.find(({ id }) => id === "layer-5-correlation")!.evidence, /training_steps: 0/);
});

test("snc claims ID prints one claim, as JSON with all that was measured, and refuses an unknown one", async () => {
  const { stdout } = await ofSmoke("claims", "layer-5-utilization", "--format", "json");
  const { claims } = JSON.parse(stdout);
  assert.deepEqual(
    claims.map(({ id, verdict }: { id: string; verdict: string }) => [id, verdict]),
    [["layer-5-utilization", "holds"]],
  );
  assert.deepEqual(claims[0].measured.seeds, [42, 43, 44]);
  const wrong = await ofSmoke("claims", "layer-7");
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /claim "layer-7": expected one of/);
});

test("snc claims --self-test turns every verdict", async () => {
  const { code, stdout, stderr } = await ofSmoke("claims", "--self-test");
  assert.equal(code, 0, stderr);
  assert.match(stderr, /self-test: \d+ mutations, every verdict as it must be/);
  assert.match(stdout, /layer-5-correlation +contrary +differs +differs/);
  assert.match(stdout, /^claim +verdict +controls +could fail +failed/m);
  assert.match(stdout, /^layer-5-correlation +holds +2 +2 +0 +survived/m);
  assert.match(stdout, /^results-hyperparameters +not measurable here +0 +0 +0 +untested/m);
  assert.match(stderr, /; \d+ of 87 claims are untested by any control/);
});

test("snc claims --expect names a changed number, a blank figure and a training that took no step, exit code 1", async () => {
  const [, run9] = trainings;
  await writeTraining(latest, {
    ...run9,
    metrics: run9.metrics.map((row) => ({ ...row, meanActivationCosine: 0.3 })),
  });
  const svg = path.join(latest, "figures", "per-run-layer-6.svg");
  await writeFile(svg, (await readFile(svg, "utf8")).replaceAll(/class="trace scatter[^"]*"/g, 'class="blank"'));
  const damaged = await ofSmoke("claims", "--expect", expected);
  assert.match(damaged.stderr, /per-run-layer-6\.svg: expected sha256 .*, as snc figures wrote it/);
  await recordHashes(path.join(latest, "figures"), ["per-run-layer-6.svg"]); // as if it had been drawn so
  const changed = await ofSmoke("claims", "--expect", expected);
  assert.equal(changed.code, 1);
  assert.match(changed.stderr, /layer-5-correlation: expected verdict "holds", found "inconclusive"/);
  assert.match(changed.stderr, /layer-5-correlation: expected 0\.105 to 0\.115 \(.*\), measured 0\.1733/);
  assert.match(changed.stderr, /per-run-layer-6\.svg: figure: .*traces drawn, found 0/);
  assert.doesNotMatch(changed.stderr, /layer-5-utilization/);
  await writeTraining(latest, { ...run9, trace: [] });
  const untrained = await ofSmoke("claims", "--expect", expected);
  assert.equal(untrained.code, 1);
  assert.match(untrained.stderr, /trace\.arrow: expected a log of 8 training steps, found an empty one/);
});
