import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { listTrainings } from "../../../src/experiment/results/training-list.js";
import { headerLine } from "../../../src/experiment/training/checkpoint-header.js";
import { trainingFolder } from "../../../src/experiment/training/folders.js";
import { smokeSpec, training, variation, writeResultSet } from "../../helpers/result-sets.js";

const root = mkdtempSync(path.join(tmpdir(), "snc-list-"));
after(() => rmSync(root, { recursive: true }));

/** Puts a checkpoint that begins with this into a training's folder. */
function begin(folder: string, beginning: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, "checkpoint.bin"), `${"0".repeat(64)}${beginning}and the state`);
}

const rows = async (folder: string) =>
  (await listTrainings(folder, smokeSpec({ layers: [6], runs: [0, 7], seeds: [42, 43] }))).map(
    ({ layer, run, seed, state, step, steps }) => [layer, run.name, seed, state, step, steps],
  );

test("what a specification wants is missing while there is nothing, not even a folder", async () => {
  assert.deepEqual(await rows(path.join(root, "nowhere")), [
    [6, "baseline", 42, "missing", null, null],
    [6, "baseline", 43, "missing", null, null],
    [6, "local-competition", 42, "missing", null, null],
    [6, "local-competition", 43, "missing", null, null],
  ]);
});

test("finished trainings and those in the making stand at their places; variations come after the run that they vary", async () => {
  const gamma = variation(7, "gamma-1");
  const trainings = [
    training(0, 6, 42, {}),
    training(9, 14, 7, {}),
    { ...training(7, 6, 43, {}), run: gamma },
    { ...training(7, 6, 42, {}), run: gamma },
    { ...training(7, 6, 42, {}), run: variation(7, "beta") },
  ];
  const folder = writeResultSet(path.join(root, "set"), { trainings });
  const run = { number: 7, name: "local-competition" };
  const header = { key: "k", layer: 6, seed: 43, step: 30, steps: 90 };
  begin(trainingFolder(folder, 6, run, 43), headerLine({ ...header, run }));
  begin(trainingFolder(folder, 6, gamma, 44), headerLine({ ...header, run: gamma, seed: 44, step: 15 }));
  begin(trainingFolder(folder, 6, gamma, 45), "of an earlier version\n");
  assert.deepEqual(await rows(folder), [
    [6, "run 0", 42, "finished", null, 1],
    [6, "baseline", 43, "missing", null, null],
    [6, "local-competition", 42, "missing", null, null],
    [6, "local-competition", 43, "in the making", 30, 90],
    [6, "beta", 42, "finished", null, 1],
    [6, "gamma-1", 42, "finished", null, 1],
    [6, "gamma-1", 43, "finished", null, 1],
    [6, "gamma-1", 44, "in the making", 15, 90],
    [14, "run 9", 7, "finished", null, 1],
  ]);
  const [first] = await listTrainings(folder, smokeSpec({ runs: [0] }));
  assert.equal(first.folder, path.join(folder, "runs", "layer-6", "run-0", "seed-42"));
});

test("a variation that a specification names is missing where none of its name is there; its folder is not known", async () => {
  const folder = writeResultSet(path.join(root, "named"), {
    trainings: [{ ...training(7, 6, 42, {}), run: variation(7, "gamma-1") }],
  });
  const named = (run: number, name: string) => ({ run, name, set: { penalty: "mean" } });
  const wanted = smokeSpec({
    layers: [6],
    runs: [7],
    seeds: [42],
    variations: [named(7, "gamma-1"), named(8, "gamma-1")],
  });
  assert.deepEqual(
    (await listTrainings(folder, wanted)).map(({ run, state, folder: at }) => [run.number, run.name, state, at]),
    [
      [7, "local-competition", "missing", path.join(folder, "runs", "layer-6", "run-7", "seed-42")],
      [7, "gamma-1", "finished", path.join(folder, "runs", "layer-6", "gamma-1-0123abcd", "seed-42")],
      [8, "gamma-1", "missing", null],
    ],
  );
});
