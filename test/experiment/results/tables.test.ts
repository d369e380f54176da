import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { type EvaluationValues, writeEvaluation } from "../../../src/experiment/results/evaluation.js";
import { readResultTables, type TrainedTables } from "../../../src/experiment/results/tables.js";
import { trainingFolder } from "../../../src/experiment/training/folders.js";
import { madeUp } from "../../helpers/made-up-claims.js";
import { writeTraining } from "../../helpers/write-training.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "tables-"));
});
afterEach(() => rm(folder, { recursive: true }));

test("all finished trainings are read as they were written, by layer, run and seed", async () => {
  const all = [
    madeUp({ layer: 6, run: 2, seed: 42 }),
    madeUp({ layer: 14, run: 0, seed: 43 }),
    madeUp({ layer: 14, run: 1, seed: 42 }),
  ];
  for (const tables of [...all].reverse()) await writeTraining(folder, tables);
  assert.deepEqual(await readResultTables(folder), all);
  const values = { l0: 3, ceSae: null } as unknown as EvaluationValues;
  const record = { key: "k", seconds: 1, probes: [] };
  await writeEvaluation(trainingFolder(folder, 14, 0, 43), { record, values });
  assert.deepEqual((await readResultTables(folder))[1], { ...all[1], evaluation: values });
});

test("a folder without trainings says what to run", async () => {
  await assert.rejects(readResultTables(folder), /expected finished trainings, found ENOENT\. Run: snc train/);
});

const whole = madeUp();
for (const [what, tables, message] of [
  ["no steps in its record", { record: { ...whole.record, steps: 0 } }, /run\.json[\s\S]*steps/],
  ["an empty log", { trace: [] }, /trace\.arrow: expected a log of 8 training steps, found an empty one/],
  ["a log cut short", { trace: whole.trace.slice(0, 5) }, /trace\.arrow: expected 8 training steps, found 5/],
  ["no measurement", { metrics: [] }, /metrics\.arrow: expected measurements from step 0 to 8, found steps none/],
  [
    "no last measurement",
    { metrics: whole.metrics.slice(0, 2) },
    /metrics\.arrow: expected measurements from step 0 to 8, found steps 0, 4/,
  ],
  ["lost features", { features: whole.features.slice(1) }, /features\.arrow: expected 20 features, found 19/],
] as [string, Partial<TrainedTables>, RegExp][])
  test(`a training with ${what} is refused, not measured`, async () => {
    await writeTraining(folder, { ...whole, ...tables });
    await assert.rejects(readResultTables(folder), message);
  });
