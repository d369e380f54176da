import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { artifactHash } from "../../../src/experiment/results/artifacts.js";

const root = mkdtempSync(path.join(tmpdir(), "snc-artifacts-"));
after(() => rmSync(root, { recursive: true }));

let sets = 0;
/** A result set with these files. */
function setOf(files: Record<string, string>) {
  const folder = path.join(root, `set-${sets++}`);
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), content);
  }
  return { name: "smoke-12345678", folder };
}

const run = (number: number | string, seed: number, content: string, seconds = 1): Record<string, string> => ({
  [`runs/layer-6/${typeof number === "string" ? number : `run-${number}`}/seed-${seed}/run.json`]: JSON.stringify({
    key: "k",
    seconds,
    secondsByPart: { pairs: seconds },
  }),
  [`runs/layer-6/${typeof number === "string" ? number : `run-${number}`}/seed-${seed}/metrics.arrow`]: content,
});

test("activations are named by what they are captured from, whether they are there or not", async () => {
  assert.equal(await artifactHash({ name: "smoke-12345678", folder: "nowhere" }, "activations"), "smoke-12345678");
});

test("nothing is there, nothing has a hash", async () => {
  for (const name of ["runs", "runs/run-0", "figures", "claims"])
    assert.equal(await artifactHash({ name: "x", folder: path.join(root, "none") }, name), undefined);
});

test("a run's hash changes with its bytes, not with the time it took, and not with another run", async () => {
  const hash = (...files: Record<string, string>[]) => artifactHash(setOf(Object.assign({}, ...files)), "runs/run-1");
  const before = await hash(run(1, 42, "a"));
  assert.match(before ?? "", /^[0-9a-f]{16}$/);
  assert.equal(await hash(run(1, 42, "a", 99), run(10, 42, "c"), run(0, 42, "d")), before);
  assert.notEqual(await hash(run(1, 42, "b")), before);
  assert.notEqual(await hash(run(1, 42, "a"), run(1, 43, "a")), before);
});

test("runs are all of them; a layer and a seed choose", async () => {
  const files = { ...run(0, 42, "a"), ...run(1, 42, "b"), ...run(1, 43, "c") };
  const all = await artifactHash(setOf(files), "runs");
  assert.notEqual(await artifactHash(setOf({ ...files, ...run(1, 43, "changed") }), "runs"), all);
  const chosen = { layer: 6, seed: 42 };
  const ofSeed = await artifactHash(setOf(files), "runs", chosen);
  assert.equal(await artifactHash(setOf({ ...files, ...run(1, 43, "changed") }), "runs", chosen), ofSeed);
  assert.equal(await artifactHash(setOf(files), "runs", { layer: 14 }), undefined);
});

test("a variation changes no hash of the runs; it has one of its own, by its name and its folder's", async () => {
  const runs = { ...run(1, 42, "a"), ...run(7, 42, "b") };
  const beside = setOf({ ...runs, ...run("gamma-1-0123abcd", 42, "c"), ...run("gamma-10-0123abcd", 42, "d") });
  for (const name of ["runs", "runs/run-1", "runs/run-7"])
    assert.equal(await artifactHash(beside, name), await artifactHash(setOf(runs), name), name);
  const own = await artifactHash(beside, "runs/gamma-1");
  assert.match(own ?? "", /^[0-9a-f]{16}$/);
  assert.equal(await artifactHash(beside, "runs/gamma-1-0123abcd"), own);
  assert.notEqual(await artifactHash(beside, "runs/gamma-10"), own);
  assert.equal(await artifactHash(setOf(run("gamma-1-0123abcd", 42, "c")), "runs"), undefined, "no run is there");
  for (const name of ["runs/gamma", "runs/undefined", "runs/gamma-1-0123abce"])
    assert.equal(await artifactHash(beside, name), undefined, name);
});

test("a training that is not finished does not count", async () => {
  const unfinished = { "runs/layer-6/run-0/seed-42/metrics.arrow": "a" };
  assert.equal(await artifactHash(setOf(unfinished), "runs/run-0"), undefined);
});

test("any other name: a file, a file with an extension, a folder, and nothing that only begins alike", async () => {
  const files = { "claims.json": "1", "figures/figure-1.svg": "2", "figures/figure-10.svg": "3" };
  const before = await artifactHash(setOf(files), "figures/figure-1");
  const other = { ...files, "claims.json": "x", "figures/figure-10.svg": "x" };
  assert.equal(await artifactHash(setOf(other), "figures/figure-1"), before);
  assert.notEqual(await artifactHash(setOf({ ...files, "figures/figure-1.svg": "x" }), "figures/figure-1"), before);
  for (const name of ["claims", "claims.json", "figures"])
    assert.notEqual(await artifactHash(setOf(files), name), await artifactHash(setOf(other), name), name);
  assert.equal(await artifactHash(setOf(files), "claim"), undefined);
});
