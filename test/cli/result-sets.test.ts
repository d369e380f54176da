import assert from "node:assert/strict";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { snc } from "../helpers/command-line.js";
import { training, writeResultSet } from "../helpers/result-sets.js";

const results = mkdtempSync(path.join(tmpdir(), "snc-sets-"));
after(() => rmSync(results, { recursive: true }));
const env = { SNC_RESULTS: results };

writeResultSet(path.join(results, "a"));
writeResultSet(path.join(results, "same"));
writeResultSet(path.join(results, "b"), { cores: 8, trainings: [training(0, 6, 42, { loss: 2.5, dead: 0 })] });

test("snc diff: 0 for equal result sets, by name or by folder", async () => {
  const equal = await snc(["diff", "a", path.join(results, "same")], env);
  assert.deepEqual([equal.code, equal.stdout], [0, "equal\n"]);
});

test("snc diff: 1 and what differs, for people and for machines", async () => {
  const text = await snc(["diff", "a", "b"], env);
  assert.equal(text.code, 1);
  assert.match(text.stdout, /^environment +A +B\ncores +2 +8\n\nrun +layer +seed +metric +A +B +B − A +relative\n/);
  assert.match(text.stdout, /\n0 +6 +42 +loss +2\.00000 +2\.50000 +0\.500 +25\.0 %\n$/);
  const json = JSON.parse((await snc(["diff", "a", "b", "--format", "json"], env)).stdout);
  assert.equal(json.equal, false);
  assert.deepEqual(json.metrics, [
    { run: 0, layer: 6, seed: 42, metric: "loss", a: 2, b: 2.5, difference: 0.5, relative: 0.25 },
  ]);
});

test("snc diff --only compares no more than that", async () => {
  const { code, stdout } = await snc(["diff", "a", "b", "--only", "options", "--only", "inputs"], env);
  assert.deepEqual([code, stdout], [0, "equal\n"]);
});

test("a result set that is not there: exit code 5, those that are, and the next command", async () => {
  for (const command of [
    ["diff", "a", "nowhere"],
    ["status", "nowhere"],
  ]) {
    const { code, stdout, stderr } = await snc(command, env);
    assert.deepEqual([code, stdout], [5, ""]);
    assert.match(stderr, /^nowhere: no result set there, .*\(a, b, same\)\. Run: snc reproduce\n$/);
  }
});

test("snc status: a row for each stage and notebook, with what changed or is missing", async () => {
  const { code, stdout, stderr } = await snc(["status", "a", "--format", "json"], env);
  assert.equal(code, 0, stderr);
  const rows: { stage: string; name: string; state: string; detail: string }[] = JSON.parse(stdout);
  const row = (stage: string) => rows.find((candidate) => candidate.stage === stage);
  assert.equal(row("inputs")?.state, "changed", "made up, so not those of the manifest");
  assert.deepEqual(row("training"), {
    stage: "training",
    name: "run 0, layer 6",
    state: "missing",
    detail: "seeds 42; missing: seeds 43",
  });
  assert.equal(row("notebook")?.detail, "no successful execution is recorded");
});

test("without a name or a profile, commands take the newest result set and say which", async () => {
  symlinkSync("a", path.join(results, "latest"));
  for (const command of [["status"], ["report"], ["export", "ro-crate"]]) {
    const { stderr } = await snc(command, env);
    assert.match(stderr, /^result set a, the newest$/m, command.join(" "));
  }
  for (const command of [["claims"], ["figures"]]) {
    const { code, stderr } = await snc(command, env);
    assert.equal(code, 5);
    assert.match(
      stderr,
      /^result set a, the newest\nmodel: expected i, as the experiment's specification says, found none\./m,
    );
  }
});

test("what chooses an experiment is refused without its profile", async () => {
  const { code, stderr } = await snc(["claims", "--steps", "10"], env);
  assert.equal(code, 2);
  assert.match(stderr, /^--steps: expected --profile or --experiment beside it/m);
});
