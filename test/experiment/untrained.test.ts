import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { sha256 } from "../../src/base/files.js";
import { stream } from "../../src/base/random.js";
import { computeUntrained } from "../../src/claims/result-set.js";
import { type Experiment, openExperiment } from "../../src/experiment/experiment.js";
import { artifactHash } from "../../src/experiment/results/artifacts.js";
import { filesBelow } from "../../src/experiment/results/result-set.js";
import { readResultSet } from "../../src/experiment/results/saved.js";
import { readResultTables } from "../../src/experiment/results/tables.js";
import { untrainedFolder } from "../../src/experiment/training/folders.js";
import { ensureTrained } from "../../src/experiment/training/training.js";
import { openSafetensors } from "../../src/model/safetensors.js";
import { withBackend } from "../helpers/backend.js";
import { npyBytes } from "../helpers/own-files.js";

withBackend();

/* The controls that learn nothing, on made-up activations: no model and no text is needed. */

const root = mkdtempSync(path.join(tmpdir(), "snc-untrained-"));
after(() => rmSync(root, { recursive: true }));
const d_in = 12;
const [layer, seed] = [6, 42];
let experiment: Experiment;
let controls: string;

/** An experiment of Runs 0, 1 and 9 on made-up vectors, in a result set of its own. */
function opened(steps = 10): Promise<Experiment> {
  const activations = { files: [{ layer, file: path.join(root, "layer-6.npy") }] };
  const sizes = { steps, interval: 5, batchSize: 20, warmupSteps: steps };
  return openExperiment({ profile: "smoke", ...sizes, activations, layers: [layer], runs: [0, 1, 9], seeds: [seed] });
}

before(async () => {
  process.env.SNC_RESULTS = path.join(root, "results");
  const random = stream(9, "activations");
  const vectors = Array.from({ length: 400 }, () => Array.from({ length: d_in }, () => random.normal()));
  writeFileSync(path.join(root, "layer-6.npy"), npyBytes(vectors));
  experiment = await opened();
  controls = untrainedFolder(experiment.resultSet.folder);
});

async function tensor(folder: string, name: string): Promise<number[]> {
  const weights = await openSafetensors(path.join(folder, "weights.safetensors"));
  const values = await weights.readFloat32(name);
  await weights.close();
  return Array.from(values);
}

test("a control takes every step of its run, with its mechanisms, and moves no weight", async () => {
  for (const run of [0, 9]) {
    const { folder, record } = await experiment.train(run, layer, seed, { untrained: true });
    assert.equal(folder, path.join(controls, "runs", `layer-${layer}`, `run-${run}`, `seed-${seed}`));
    assert.deepEqual([record.run.number, record.optimization.learningRate, record.steps], [run, 0, 10]);
    const first = await opened(1); // after one step at a learning rate of 0 the weights are those of the start
    const start = await first.train(run, layer, seed, { untrained: true });
    for (const name of ["W_enc", "b_enc"])
      assert.deepEqual(await tensor(folder, name), await tensor(start.folder, name));
    const [rows, before] = [await tensor(folder, "W_dec"), await tensor(start.folder, "W_dec")];
    // Decoder rows are scaled to length 1 in every step, which rounds.
    for (const [i, value] of rows.entries()) assert.ok(Math.abs(value - before[i]) < 1e-5, `${value}, ${before[i]}`);
  }
  const tables = await readResultTables(controls);
  assert.deepEqual(
    tables.map(({ record }) => record.run.number),
    [0, 9],
  );
  const [run0, run9] = tables;
  assert.equal(run0.trace.length, 10);
  assert.ok(new Set(run0.trace.map(({ loss }) => loss)).size > 1, "batches differ");
  assert.ok(new Set(run9.trace.map(({ tau }) => tau)).size > 1, "τ adapts: every run has its own mechanisms");
  assert.ok(run9.trace.some(({ meanRadius }) => meanRadius > 0));
  assert.notDeepEqual(run9.metrics.at(-1), run0.metrics.at(-1));
});

test("controls are nowhere among the trainings of a result set, and the set's own are not among them", async () => {
  const { resultSet } = experiment;
  const none = await readResultSet(resultSet.folder);
  assert.deepEqual([none.trainings, none.variations], [[], []]);
  assert.equal(await artifactHash(resultSet, "runs"), undefined, "no notebook sees one as a training");
  const trained = await experiment.train(9, layer, seed);
  assert.equal(trained.isNew, true, "the control is not taken for it");
  assert.equal(trained.record.optimization.learningRate, 3e-4);
  assert.notDeepEqual(
    await tensor(trained.folder, "W_enc"),
    await tensor(path.join(controls, "runs/layer-6/run-9/seed-42"), "W_enc"),
  );
  const set = await readResultSet(resultSet.folder);
  assert.deepEqual([set.trainings.map(({ run }) => run.number), set.variations], [[9], []]);
  assert.deepEqual(set.trainings[0].optimization.learningRate, 3e-4);
  assert.deepEqual(
    (await readResultTables(resultSet.folder)).map(({ record }) => record.key),
    [trained.record.key],
  );
  const runs = await artifactHash(resultSet, "runs");
  await experiment.train(1, layer, seed, { untrained: true });
  assert.equal(await artifactHash(resultSet, "runs"), runs, "another control changes no artifact");
  assert.equal((await readResultTables(controls)).length, 3);
  assert.deepEqual((await experiment.train(9, layer, seed)).isNew, false);
});

test("the files of controls are among a result set's, for its checksums", async () => {
  const files = await filesBelow(experiment.resultSet.folder);
  assert.ok(files.includes("controls/untrained/runs/layer-6/run-9/seed-42/run.json"));
  assert.ok(files.includes("runs/layer-6/run-9/seed-42/run.json"));
});

test("a control that is there and unchanged is not computed again, and one that was stopped goes on to the same bytes", async () => {
  const folder = path.join(controls, "runs", "layer-6", "run-9", "seed-42");
  const hashes = (): string[] =>
    ["metrics.arrow", "trace.arrow", "features.arrow", "weights.safetensors"].map((file) =>
      sha256(readFileSync(path.join(folder, file))),
    );
  const whole = hashes();
  assert.equal((await experiment.train(9, layer, seed, { untrained: true })).isNew, false);
  rmSync(folder, { recursive: true });
  const stop = new AbortController();
  let seen = 0;
  const advance = (): void => {
    if (++seen === 7) stop.abort();
  };
  const report = { line() {}, bar: () => ({ advance, finish() {} }) };
  const options = { untrained: true, signal: stop.signal, report };
  await assert.rejects(experiment.train(9, layer, seed, options), { failure: "interrupted" });
  assert.deepEqual(readdirSync(folder), ["checkpoint.bin"]);
  const resumed = await experiment.train(9, layer, seed, { untrained: true });
  assert.deepEqual([resumed.isNew, hashes()], [true, whole]);
});

test("side by side in processes of their own controls give the same bytes, in the same place", async () => {
  const files = (): string[] =>
    [0, 1, 9].map((run) => sha256(readFileSync(path.join(controls, `runs/layer-6/run-${run}/seed-42/trace.arrow`))));
  const alone = files();
  rmSync(controls, { recursive: true });
  const trained = await readResultTables(experiment.resultSet.folder);
  const trainings = await experiment.trainAll({ untrained: true, jobs: 2 });
  assert.deepEqual(
    trainings.map(({ record, isNew }) => [record.run.number, record.optimization.learningRate, isNew]),
    [
      [0, 0, true],
      [1, 0, true],
      [9, 0, true],
    ],
  );
  assert.deepEqual(files(), alone);
  assert.deepEqual(await readResultTables(experiment.resultSet.folder), trained, "the set's own are as they were");
  assert.ok(!existsSync(path.join(experiment.resultSet.folder, "runs/layer-6/run-0")));
});

test("a control made by another version of the package is computed again, like every training of a result set", async () => {
  const spec = { ...(await experiment.spec(9, layer, seed)), learningRate: 0 };
  const folder = path.join(controls, "runs", "layer-6", "run-9", "seed-42");
  const file = path.join(folder, "run.json");
  const { writeTrainingRecord, readTrainingRecord } = await import("../../src/experiment/training/record.js");
  const record = (await readTrainingRecord(folder))!;
  await writeTrainingRecord(folder, {
    ...record,
    key: "of another version",
    method: { ...record.method, tau: "older" },
  });
  assert.equal((await ensureTrained(controls, spec)).isNew, true);
  assert.equal((await readTrainingRecord(folder))!.key, record.key, file);
});

test("what learns does not go among the controls, nor a control among the trainings", async () => {
  const spec = await experiment.spec(0, layer, seed);
  await assert.rejects(ensureTrained(controls, spec), {
    failure: "usage",
    message: /^learningRate: expected 0, as .*experiment\.json says of its trainings, found 0\.0003\./,
  });
  await assert.rejects(ensureTrained(experiment.resultSet.folder, { ...spec, learningRate: 0 }), {
    failure: "usage",
    message: /^learningRate: expected 0\.0003, .*, found 0\./,
  });
});

test("controls that decide a verdict are computed, those of claims that hold; or all that claims are put to", async () => {
  const apart = await opened(15);
  await apart.trainAll();
  const folder = untrainedFolder(apart.resultSet.folder);
  await computeUntrained(apart);
  assert.equal(existsSync(folder), false, "one seed decides nothing: no claim holds");
  await computeUntrained(apart, { all: true });
  assert.deepEqual(readdirSync(path.join(folder, "runs", `layer-${layer}`)), ["run-9"], "§6.2 speaks of Run 9 here");
});
