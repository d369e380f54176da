import assert from "node:assert/strict";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { stabilityOfRuns } from "../../src/evaluate/seeds.js";
import { evaluateTrainings } from "../../src/evaluate/stage.js";
import type { Experiment } from "../../src/experiment/experiment.js";
import { readEvaluation } from "../../src/experiment/results/evaluation.js";
import { readTrainingRecord } from "../../src/experiment/training/record.js";
import type { Training } from "../../src/experiment/training/spec.js";
import { ensureTrained } from "../../src/experiment/training/training.js";
import { profiles } from "../../src/profiles.js";
import { readings } from "../../src/readings.js";
import { withBackend } from "../helpers/backend.js";
import { smallSpec } from "../helpers/small-training.js";

withBackend();

/*
 * Small trainings on vectors of no text: Run 0 with two seeds, and a "Run 5" that took the same steps as Run 0 (its folder, copied).
 */
let folder: string;
const trainings = new Map<string, Training>();
const placeOf = (run: unknown, seed: number): string => `${run}/${seed}`;

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "snc-evaluate-"));
  for (const seed of [42, 43]) trainings.set(placeOf(0, seed), await ensureTrained(folder, smallSpec({ seed })));
  const copy = path.join(folder, "copy");
  await cp(trainings.get(placeOf(0, 42))!.folder, copy, { recursive: true });
  trainings.set(placeOf(5, 42), { folder: copy, record: (await readTrainingRecord(copy))!, isNew: false });
});
after(() => rm(folder, { recursive: true }));

/** As much of an experiment as evaluating asks for. */
const experiment = () =>
  ({
    specification: {},
    profile: { ...profiles.smoke, layers: [6], runs: [0], seeds: [42, 43] },
    readings: readings(),
    resultSet: { name: "small", folder },
    activations: () => smallSpec().activations.load(),
    texts: async () => undefined,
    find: async (run: number, _: number, seed: number, { untrained = false } = {}) =>
      untrained ? undefined : trainings.get(placeOf(run, seed)),
  }) as unknown as Experiment;

test("trainings are measured once: what is unchanged is read, and what took the same steps is not measured again", async () => {
  const asked = { runs: [0, 5], seeds: [42] };
  const first = await evaluateTrainings(experiment(), asked);
  assert.deepEqual(
    first.map(({ isNew }) => isNew),
    [true, true],
  );
  const [own, same] = first.map(({ evaluation }) => evaluation);
  assert.deepEqual(same, own, "one measurement, with its time");
  for (const { training, evaluation } of first)
    assert.deepEqual(await readEvaluation(training.folder), {
      record: evaluation.record,
      values: { ...evaluation.values },
    });
  const again = await evaluateTrainings(experiment(), asked);
  assert.deepEqual(
    again.map(({ isNew, evaluation }) => [isNew, evaluation.record]),
    [
      [false, own.record],
      [false, own.record],
    ],
  );
});

test("vectors of no text are measured, and nothing is asked of a model", async () => {
  const [{ training, evaluation }] = await evaluateTrainings(experiment(), { runs: [0], seeds: [42] });
  const { values } = evaluation;
  assert.equal(values.ceSae, null);
  assert.equal(values.probing5, null);
  const { final } = training.record;
  assert.ok(Math.abs(values.l0 - final.l0!) < 1e-6, "L0 is that of metrics.arrow");
  assert.ok(Math.abs(values.variancePooled - final.fractionVarianceExplained!) < 1e-5, "and so is variance explained");
  assert.ok(Math.abs(values.meanDecoder! - final.meanDecoderCosine!) < 1e-6, "and the mean |cos| of directions");
});

test("two seeds are compared, and a result of before is taken up", async () => {
  const evaluated = await evaluateTrainings(experiment(), {});
  const [stability] = await stabilityOfRuns(experiment(), evaluated);
  assert.deepEqual([stability.layer, stability.run, stability.seeds], [6, "run-0", [42, 43]]);
  assert.ok(stability.mean! > 0 && stability.mean! < 1);
  assert.equal(stability.nullInitial, null, "no untrained autoencoder is there");
  assert.deepEqual(await stabilityOfRuns(experiment(), evaluated), [stability]);
});

test("a run with the same steps as another has that one's comparison, under its own name", async () => {
  const evaluated = await evaluateTrainings(experiment(), {});
  const [run0] = await stabilityOfRuns(experiment(), evaluated);
  const asRun1 = evaluated.map((of) => {
    const record = { ...of.training.record, run: { number: 1, name: "selective-orthogonality" } };
    return { ...of, training: { ...of.training, record } };
  });
  assert.deepEqual(await stabilityOfRuns(experiment(), [...evaluated, ...asRun1]), [run0, { ...run0, run: "run-1" }]);
});

test("a training that is not there, and an evaluation that was changed, are told", async () => {
  await assert.rejects(
    evaluateTrainings(experiment(), { runs: [7], seeds: [42] }),
    /expected a finished training of Run 7, layer 6, seed 42, found none\. Run: snc train/,
  );
  const { folder: of } = trainings.get(placeOf(5, 42))!;
  await writeFile(path.join(of, "evaluation.arrow"), "changed");
  await assert.rejects(readEvaluation(of), /evaluation\.arrow: expected .*Run: snc evaluate/s);
});
