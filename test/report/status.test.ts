import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { resultSetOf } from "../../src/experiment/results/result-set.js";
import { readResultSet } from "../../src/experiment/results/saved.js";
import { activationStatus, identityStatus, trainingStatus, variationStatus } from "../../src/report/status.js";
import { smokeSpec, training, variation, writeResultSet } from "../helpers/result-sets.js";

const root = mkdtempSync(path.join(tmpdir(), "snc-status-"));
after(() => rmSync(root, { recursive: true }));

test("trainings: for each run and layer the seeds that are there and those that lack, others too", async () => {
  const trainings = [training(0, 6, 42, {}), training(0, 6, 43, {}), training(1, 6, 43, {}), training(9, 14, 7, {})];
  const rows = trainingStatus(await readResultSet(writeResultSet(path.join(root, "trainings"), { trainings })));
  assert.deepEqual(
    rows.map(({ name, state, detail }) => [name, state, detail]),
    [
      ["run 0, layer 6", "present", "seeds 42, 43"],
      ["run 1, layer 6", "missing", "seeds 43; missing: seeds 42"],
      ["run 9, layer 14", "present", "seeds 7"],
    ],
  );
});

test("variations: a row for each on each layer, beside the runs, which do not count them", async () => {
  const run = variation(1, "sparse");
  const trainings = [
    { layer: 6, seed: 42 },
    { layer: 6, seed: 43 },
    { layer: 14, seed: 42 },
  ].map((at) => ({
    ...training(1, at.layer, at.seed, {}),
    run,
  }));
  const set = await readResultSet(writeResultSet(path.join(root, "variations"), { trainings }));
  assert.deepEqual(variationStatus(set), [
    { stage: "variation", name: "sparse-0123abcd, of Run 1, layer 6", state: "present", detail: "seeds 42, 43" },
    { stage: "variation", name: "sparse-0123abcd, of Run 1, layer 14", state: "present", detail: "seeds 42" },
  ]);
  assert.deepEqual(
    trainingStatus(set).map(({ name, detail }) => [name, detail]),
    [
      ["run 0, layer 6", "missing: seeds 42, 43"],
      ["run 1, layer 6", "missing: seeds 42, 43"],
    ],
  );
});

test("activations: present while the file that a training saw is in the cache", async () => {
  const set = await readResultSet(writeResultSet(path.join(root, "activations")));
  process.env.SNC_CACHE = path.join(root, "cache");
  assert.deepEqual(
    (await activationStatus(set)).map(({ state }) => state),
    ["missing"],
  );
  mkdirSync(path.join(root, "cache", "activations", "abc"), { recursive: true });
  writeFileSync(path.join(root, "cache", "activations", "abc", "layer-6.arrow"), "");
  assert.deepEqual(
    (await activationStatus(set)).map(({ state }) => state),
    ["present"],
  );
  delete process.env.SNC_CACHE;
});

test("options and inputs: what this version would name or have otherwise is said", async () => {
  const { name } = resultSetOf(smokeSpec({ steps: 80 }));
  const other = await readResultSet(writeResultSet(path.join(root, "another"), { steps: 80 }));
  assert.deepEqual(
    identityStatus(other, { model: "j" }).map(({ stage, state, detail }) => [stage, state, detail]),
    [
      ["options", "changed", `they make ${name} now`],
      ["inputs", "changed", "model"],
    ],
  );
  const same = await readResultSet(writeResultSet(path.join(root, name), { steps: 80 }));
  assert.deepEqual(
    identityStatus(same, { model: "i" }).map(({ state }) => state),
    ["up to date", "up to date"],
  );
});

test("trainings: what the profile has of a run on another layer is wanted there, and no other seed is missing", async () => {
  const trainings = [training(0, 14, 42, {}), training(7, 6, 42, {}), training(0, 6, 42, {})];
  const rows = trainingStatus(await readResultSet(writeResultSet(path.join(root, "wanted"), { trainings })));
  assert.deepEqual(
    rows.map(({ stage, name, state, detail }) => [stage, name, state, detail]),
    [
      ["training", "run 0, layer 6", "missing", "seeds 42; missing: seeds 43"],
      ["training", "run 1, layer 6", "missing", "missing: seeds 42, 43"],
      ["training", "run 7, layer 6", "present", "seeds 42"], // not a run of the profile
      ["training", "run 0, layer 14", "present", "seeds 42"], // not a layer of it
    ],
  );
});

test("activations: each file is named once with its key; a folder of pieces counts as well", async () => {
  const cache = path.join(root, "pieces");
  const other = { ...training(1, 6, 42, {}), data: "abc/layer-6/normalized" };
  const trainings = [training(0, 6, 42, {}), other, training(0, 14, 42, {})];
  const set = await readResultSet(writeResultSet(path.join(root, "stored"), { trainings }));
  mkdirSync(path.join(cache, "activations", "abc", "layer-14"), { recursive: true });
  process.env.SNC_CACHE = cache;
  const rows = await activationStatus(set);
  delete process.env.SNC_CACHE;
  assert.deepEqual(rows.map(({ name, state, detail }) => [name, state, detail]).sort(), [
    ["layer-14", "present", "abc"],
    ["layer-6", "missing", "abc"],
  ]);
});
