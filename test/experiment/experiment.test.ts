import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { canonicalJson } from "../../src/base/files.js";
import { layerFile } from "../../src/data/activations/layer-files.js";
import { openActivations } from "../../src/data/activations/source.js";
import { openExperiment } from "../../src/experiment/experiment.js";
import { identityOf } from "../../src/experiment/training/place.js";
import { profiles } from "../../src/profiles.js";
import { readingChoices, readings } from "../../src/readings.js";
import { withBackend } from "../helpers/backend.js";

withBackend();

const root = mkdtempSync(path.join(tmpdir(), "snc-experiment-"));
after(() => rmSync(root, { recursive: true }));
before(() => {
  process.env.SNC_RESULTS = path.join(root, "results");
  process.env.SNC_CACHE = path.join(root, "cache"); // from here on: TensorFlow has come from the user's
});

test("Readings R6 and R17: τ starts where the reading says; the warm-up shrinks with the profile's steps, to one at least", async () => {
  const found: unknown[] = [];
  for (const profile of ["smoke", "default"])
    for (const [i, warmup] of readingChoices.warmup.entries()) {
      const tauStart = readingChoices.tauStart[i];
      const experiment = await openExperiment({ profile, readings: { warmup, tauStart } });
      found.push([profile, tauStart, experiment.profile.tauStart, warmup, experiment.profile.warmupSteps]);
    }
  assert.deepEqual(found, [
    ["smoke", "0.1", 0.1, "1000", 90],
    ["smoke", "0.01", 0.01, "100", 9],
    ["smoke", "0.5", 0.5, "1", 1],
    ["default", "0.1", 0.1, "1000", 1000],
    ["default", "0.01", 0.01, "100", 100],
    ["default", "0.5", 0.5, "1", 1],
  ]);
});

test("Reading R13: T_realloc shrinks with the profile's interval, which itself stays", async () => {
  const after: Record<string, unknown> = {};
  for (const reallocateAfter of readingChoices.reallocateAfter) {
    const { method } = (await openExperiment({ profile: "smoke", readings: { reallocateAfter } })).run(9);
    assert.equal(method.prune.options.every, 15);
    after[reallocateAfter] = method.reallocate.options.after;
  }
  assert.deepEqual(after, { "100": 15, "50": 8, "200": 30, "500": 75, "1000": 150 });
});

/** All that Run 9's training depends on under these readings; no vector is captured for it. */
async function identity(changes: Record<string, string>): Promise<string> {
  const { site, firstPosition } = readings(changes);
  const { folder } = await openActivations(profiles.smoke, { layers: [], readings: { site, firstPosition } });
  assert.ok(folder.startsWith(root), "nothing is written into the user's cache");
  mkdirSync(folder, { recursive: true });
  for (const file of [layerFile(folder, 6), `${layerFile(folder, 6)}.sha256`]) writeFileSync(file, "");
  const experiment = await openExperiment({ profile: "smoke", readings: changes }, { offline: true });
  return canonicalJson(await identityOf(await experiment.spec(9, 6, 42)));
}

test("a reading of what goes in, of how it starts or of the method changes what a training depends on", async () => {
  const method = ["penalty", "reallocateAfter"] as const; // one for all that runs.test.ts finds in a method, and R13
  const found = [await identity({})];
  for (const id of ["inputScale", "site", "firstPosition", "init", "tauStart", "warmup", ...method] as const)
    found.push(await identity({ [id]: readingChoices[id][1] }));
  assert.equal(new Set(found).size, found.length);
});

test("a cell that opens an experiment under an unknown reading, or an unknown choice of one, is told which there are", async () => {
  await assert.rejects(openExperiment({ profile: "smoke", readings: { importance: "l2" } }), {
    failure: "usage",
    message: 'reading importance: expected one of batchL2, meanAbs, rms, decoderNorm, frequency, found "l2"',
  });
  await assert.rejects(openExperiment({ profile: "smoke", readings: { norm: "l2" } }), {
    failure: "usage",
    message: /^reading "norm": expected one of correlation, pairCount, .*, firstPosition$/,
  });
});
