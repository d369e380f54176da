import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { stream } from "../../src/base/random.js";
import { type CheckedClaim, checkClaims } from "../../src/claims/check.js";
import { type Claim, type ControlName, controlNames, type OrderClaim } from "../../src/claims/claim.js";
import { controls, untrainedNeeded } from "../../src/claims/controls.js";
import { readRegistry } from "../../src/claims/list.js";
import { controlRows } from "../../src/claims/self-test.js";
import type { TrainedTables } from "../../src/experiment/results/tables.js";
import { prepareEvaluation } from "../../src/measure/evaluation.js";
import { measure } from "../../src/measure/metrics.js";
import { run } from "../../src/runs.js";
import { initialParams, unitRows } from "../../src/sae/params.js";
import { disposeState, initialState } from "../../src/sae/state.js";
import { withBackend } from "../helpers/backend.js";
import {
  defaultScope,
  everyTraining,
  everyUntrained,
  type MadeUp,
  madeUp,
  measurementOn,
  untrained,
} from "../helpers/made-up-claims.js";

withBackend();

const [count, d] = [4000, 24];

/** Features that fire together and are not alike, from one that always fires to one that seldom does: [count · d]. */
function correlatedActivations(seed: number): Float32Array {
  const random = stream(seed, "controls");
  const h = new Float32Array(count * d);
  for (let t = 0; t < count; t++) {
    const together = random.normal();
    for (let i = 0; i < d; i++) h[t * d + i] = (1 + i) * (2 - (4 * i) / d + together + 0.3 * random.normal());
  }
  return h;
}

/** The same numbers, every column permuted by itself over the tokens. */
function shuffledColumns(h: Float32Array, seed: number): Float32Array {
  const random = stream(seed, "shuffle");
  const shuffled = Float32Array.from(h);
  for (let i = 0; i < d; i++)
    for (let t = count - 1; t > 0; t--) {
      const other = Math.floor(random.uniform() * (t + 1));
      const [a, b] = [t * d + i, other * d + i];
      [shuffled[a], shuffled[b]] = [shuffled[b], shuffled[a]];
    }
  return shuffled;
}

/** Measured tables of an autoencoder that has one feature per column of h. */
function measuredOn(h: Float32Array, seed: number): TrainedTables {
  const eye = tf.eye(d);
  const initial = { ...initialParams(d, d, seed), W_enc: eye, W_dec: unitRows(eye) };
  const state = initialState(initial, { lambda1: 0.04, tau: 0.1, activityWindow: 1, random: [1, 2, 3, 4] });
  const last = measure(state, run(0).method, prepareEvaluation(h, d));
  disposeState(state);
  return madeUp({ seed, last });
}

const seeds = [42, 43, 44];
/** That a feature's correlation with others is above what it would be by chance. */
const aboveChance: Claim = {
  ...{ id: "made-up", quote: "made up", section: "6.1", unit: "1", layer: 12, runs: [0], notebook: "none" },
  ...{ reading: "made up", weight: "detail", evidence: "none", kind: "bound", operator: ">", value: 0 },
  quantity: "correlationAboveChance",
};
const verdictOf = (tables: readonly TrainedTables[]): string =>
  checkClaims([aboveChance], [aboveChance], measurementOn(tables))[0].verdict;
const shuffled = (tables: readonly TrainedTables[]): readonly TrainedTables[] =>
  controls.shuffled.tables(aboveChance, measurementOn(tables))!;

test("shuffled activations: correlated features are correlated above chance, permuted columns are not", () => {
  const measured = seeds.map((seed) => measuredOn(correlatedActivations(seed), seed));
  assert.equal(verdictOf(measured), "holds");
  const permuted = seeds.map((seed) => measuredOn(shuffledColumns(correlatedActivations(seed), seed), seed));
  assert.notEqual(verdictOf(permuted), "holds");
  assert.equal(verdictOf(shuffled(measured)), "inconclusive", "0 above chance, which other kernels move");
});

test("shuffled activations: the control's numbers are those that permuting every column gives on average", () => {
  let apart = 0;
  for (const seed of seeds) {
    const tables = measuredOn(correlatedActivations(seed), seed);
    const control = shuffled([tables])[0].metrics.at(-1)!;
    const permuted = measuredOn(shuffledColumns(correlatedActivations(seed), seed), seed).metrics.at(-1)!;
    apart += (permuted.meanActivationCosine - control.meanActivationCosine) / seeds.length;
    // Whatever their order, permuted columns stay within the noise floor of a sample of this size.
    assert.ok(permuted.meanActivationPearson < 2 * control.meanActivationPearson);
  }
  assert.ok(Math.abs(apart) < 1e-3, `${apart}`);
});

test("shuffled activations: every correlation of activations becomes its own chance, all else stays", () => {
  const last = {
    ...{ nullActivationCosine: 0.061, nullActivationCosineOfAlive: 0.062, nullBatchCosine: 0.063 },
    ...{ nullMaxActivationCosine: 0.064, nullActivationPearson: 0.065, nullActivationPearsonOfAlive: 0.066 },
    ...{ nullStrongPairs: 0.067, nullPrunablePairs: 0.068 },
  };
  const tables = madeUp({ last });
  const [{ metrics, ...rest }] = shuffled([tables]);
  const changed = {
    ...{ meanActivationCosine: 0.061, meanActivationCosineOfAlive: 0.062, meanBatchCosine: 0.063 },
    ...{ meanMaxActivationCosine: 0.064, meanActivationPearson: 0.065, meanActivationPearsonOfAlive: 0.066 },
    ...{ strongPairs: 0.067, prunablePairs: 0.068 },
  };
  assert.deepEqual(metrics.at(-1), { ...tables.metrics.at(-1), ...changed });
  assert.deepEqual(rest, { record: tables.record, trace: tables.trace, features: tables.features });
});

/** Trainings of these runs with a correlation for each seed, or their untrained controls. */
const correlations = (of: Record<number, number[]>, make: (place: MadeUp) => TrainedTables = madeUp): TrainedTables[] =>
  Object.entries(of).flatMap(([run, values]) =>
    values.map((meanActivationCosine, i) => {
      const tables = make({ run: Number(run), seed: seeds[i] });
      return { ...tables, metrics: tables.metrics.map((row) => ({ ...row, meanActivationCosine })) };
    }),
  );
const order = (controls: ControlName[], changes: Partial<OrderClaim> = {}): OrderClaim => ({
  ...{ ...aboveChance, kind: "order", quantity: "meanCorrelation", runs: [1, 3], order: [[3], [1]], controls },
  ...changes,
});
const check = (claim: Claim, ...on: Parameters<typeof measurementOn>): CheckedClaim =>
  checkClaims([claim], [claim], measurementOn(...on))[0];

const falls = { 1: [0.2, 0.21, 0.22], 3: [0.1, 0.11, 0.12] };
const rises = { 1: [0.1, 0.11, 0.12], 3: [0.2, 0.21, 0.22] };

test("untrained: every run's own tables at a learning rate of 0 are asked, so that an order can fail and hold there", () => {
  const claim = order(["untrained"]);
  const under = (of: Record<number, number[]>): CheckedClaim =>
    check(claim, correlations(falls), { untrained: correlations(of, untrained) });
  const survived = under(rises);
  assert.deepEqual(survived.controls, [{ control: "untrained", verdict: "differs", couldFail: true }]);
  assert.equal(survived.verdict, "holds");
  const failed = under(falls);
  assert.deepEqual(failed.controls, [{ control: "untrained", verdict: "holds", couldFail: true }]);
  assert.equal(failed.verdict, "inconclusive");
  assert.match(
    failed.because,
    /; but it holds under the control untrained as well \(every run with its own seed and mechanisms, at a learning rate of 0\)$/,
  );
});

test("untrained: where all runs are one, an order can neither hold nor fail, and it is told", () => {
  const equal = { 1: [0.2, 0.21, 0.22], 3: [0.2, 0.21, 0.22] };
  const { verdict, controls } = check(order(["untrained"]), correlations(falls), {
    untrained: correlations(equal, untrained),
  });
  assert.deepEqual(controls, [{ control: "untrained", verdict: "inconclusive", couldFail: false }]);
  assert.equal(verdict, "holds", "it has not been put to a control that says anything");
});

test("untrained: what was not computed says nothing, and what lacks a run cannot fail", () => {
  for (const untrained of [undefined, []])
    assert.deepEqual(check(order(["untrained"]), correlations(falls), { untrained }).controls, [
      { control: "untrained", verdict: null, couldFail: true },
    ]);
  const lacking = check(order(["untrained"]), correlations(falls), {
    untrained: correlations({ 1: [0.2] }, untrained),
  });
  assert.deepEqual(lacking.controls, [{ control: "untrained", verdict: "not measurable here", couldFail: false }]);
  assert.equal(lacking.verdict, "holds");
});

test("shuffled: an order that permuted features show as well is inconclusive; above their own chance it cannot be shown", () => {
  const withChance = (of: Record<number, number[]>): TrainedTables[] =>
    correlations(falls).map((tables) => ({
      ...tables,
      metrics: tables.metrics.map((row) => ({
        ...row,
        nullActivationCosine: of[tables.record.run.number][seeds.indexOf(tables.record.seed)],
      })),
    }));
  const failed = check(order(["shuffled"]), withChance(falls));
  assert.deepEqual(failed.controls, [{ control: "shuffled", verdict: "holds", couldFail: true }]);
  assert.equal(failed.verdict, "inconclusive");
  assert.match(failed.because, /holds under the control shuffled as well \(every feature's activations permuted/);
  assert.equal(check(order(["shuffled"]), withChance(rises)).verdict, "holds");
  const above = check(order(["shuffled"], { quantity: "correlationAboveChance" }), withChance(rises));
  assert.deepEqual(above.controls, [{ control: "shuffled", verdict: "inconclusive", couldFail: false }]);
});

test("exchangedRuns: an order that holds of the runs as they are does not hold of them in the opposite order", () => {
  const claim = order(["exchangedRuns"]);
  const { verdict, controls: found } = check(claim, correlations(falls));
  assert.deepEqual([verdict, found], ["holds", [{ control: "exchangedRuns", verdict: "differs", couldFail: true }]]);
  // Three runs in two groups: Runs 1, 3, 7 become 7, 3, 1.
  const three = order(["exchangedRuns"], { runs: [1, 3, 7], order: [[3, 7], [1]] });
  const tables = correlations({ ...falls, 7: [0.05, 0.06, 0.07] });
  const exchanged = controls.exchangedRuns.tables(three, measurementOn(tables))!;
  const last = (of: readonly TrainedTables[], run: number): number[] =>
    of.flatMap(({ record, metrics }) => (record.run.number === run ? [metrics.at(-1)!.meanActivationCosine] : []));
  // In the order that is claimed, 3, 7, 1, they are exchanged for 1, 7, 3.
  assert.deepEqual(
    [3, 7, 1].map((run) => last(exchanged, run)),
    [1, 7, 3].map((run) => last(tables, run)),
  );
  const others = controls.exchangedRuns.tables(three, measurementOn([madeUp({ run: 5 })]))!;
  assert.equal(others[0].record.run.number, 5, "runs that the claim is not about stay");
});

test("exchangedSeeds: a claim has to hold of runs with other seeds' trainings, or the seeds alone made it", () => {
  const claim = order(["exchangedSeeds"]);
  // Apart by 0.02 in every seed, and by 0.1 between seeds: against another seed the order is anyone's.
  const bySeed = { 1: [0.22, 0.32, 0.42], 3: [0.2, 0.3, 0.4] };
  const failed = check(claim, correlations(bySeed));
  assert.deepEqual(failed.controls, [{ control: "exchangedSeeds", verdict: "inconclusive", couldFail: true }]);
  assert.equal(failed.verdict, "inconclusive");
  assert.match(
    failed.because,
    /; but it is inconclusive under the control exchangedSeeds \(every run's trainings with the seeds of others of its own\)$/,
  );
  const survived = check(claim, correlations({ 1: [0.3, 0.301, 0.302], 3: [0.1, 0.101, 0.102] }));
  assert.deepEqual(survived.controls, [{ control: "exchangedSeeds", verdict: "holds", couldFail: true }]);
  assert.equal(survived.verdict, "holds");
  const tables = correlations(bySeed);
  const exchanged = controls.exchangedSeeds.tables(claim, measurementOn(tables))!;
  const pairs = (of: readonly TrainedTables[]): Set<string> =>
    new Set(
      seeds.map((seed) =>
        [1, 3]
          .map((run) => of.find(({ record }) => record.run.number === run && record.seed === seed)!)
          .map(({ metrics }) => metrics.at(-1)!.meanActivationCosine)
          .join(" "),
      ),
    );
  for (const pair of pairs(exchanged)) assert.ok(!pairs(tables).has(pair), `${pair} is of one seed still`);
  assert.equal(pairs(exchanged).size, 3, "every training is there once");
});

test("a claim that fails several controls names each, and one that does not hold is left as it is", () => {
  const untrained_ = { untrained: correlations(falls, untrained) };
  const tables = correlations(falls).map((table) => ({
    ...table,
    metrics: table.metrics.map((row) => ({ ...row, nullActivationCosine: row.meanActivationCosine / 2 })),
  }));
  const failed = check(order(["untrained", "shuffled"]), tables, untrained_);
  assert.match(failed.because, /control untrained as well \(.*\), and it holds under the control shuffled as well/);
  const differs = check(order(["untrained", "shuffled"]), correlations(rises), untrained_);
  assert.deepEqual([differs.verdict, differs.controls[0].verdict], ["differs", "holds"]);
  assert.doesNotMatch(differs.because, /control/);
});

test("controlRows: how many controls were computed, could have failed and did; without any to be computed a claim is untested", () => {
  const equal = { 1: [0.2, 0.21, 0.22], 3: [0.2, 0.21, 0.22] };
  const rowOf = (claim: Claim, untrained_?: TrainedTables[]) =>
    controlRows([claim], measurementOn(correlations(falls), { untrained: untrained_ }))[0];
  const row = (computed: number, couldFail: number, failed: number, verdict: string, result: string) => ({
    ...{ claim: "made-up", verdict, computed, couldFail, failed, result },
  });
  const both: ControlName[] = ["untrained", "exchangedRuns"];
  assert.deepEqual(rowOf(order(both), correlations(falls, untrained)), row(2, 2, 1, "inconclusive", "untrained"));
  assert.deepEqual(rowOf(order(both), correlations(rises, untrained)), row(2, 2, 0, "holds", "survived"));
  assert.deepEqual(rowOf(order(both), correlations(equal, untrained)), row(2, 1, 0, "holds", "survived"));
  assert.deepEqual(rowOf(order(both)), row(1, 1, 0, "holds", "survived"));
  assert.deepEqual(rowOf(order(["untrained"]), correlations(equal, untrained)), row(1, 0, 0, "holds", "untested"));
  assert.deepEqual(rowOf(order(["untrained"])), row(0, 0, 0, "holds", "not computed"));
  assert.deepEqual(rowOf({ ...order([]), controls: undefined }), row(0, 0, 0, "holds", "untested"));
});

test("what a control changes are copies: the measured tables stay as they were", () => {
  const tables = correlations(falls);
  const before = structuredClone(tables);
  for (const name of controlNames)
    controls[name].tables(order([name]), measurementOn(tables, { untrained: [untrained({ run: 1 })] }));
  assert.deepEqual(tables, before);
});

test("an untrained autoencoder is measured for every claim that names it, and holds none", async () => {
  const { claims } = await readRegistry();
  const about = claims.filter((claim) => claim.controls?.includes("untrained"));
  assert.ok(about.length > 50);
  const alone = about.map((claim) => ({ ...claim, contradiction: undefined }));
  const measurement = measurementOn(everyTraining(), { untrained: everyUntrained() });
  for (const { claim, controls: found } of checkClaims(alone, alone, measurement))
    assert.match(String(found[0].verdict), /differs|inconclusive/, `${claim.id}: ${found[0].verdict}`);
});

test("every claim that tables decide names a control, but for what training does not touch", async () => {
  const { claims } = await readRegistry();
  const isOfTables = ({ kind }: Claim): boolean => kind !== "statement" && kind !== "frontier"; // methods that learn less are in it
  const without = claims.filter((claim) => isOfTables(claim) && !claim.controls).map(({ id }) => id);
  assert.deepEqual(without, ["introduction-model"], "the width is the model's");
});

test("every claim about correlations of activations is put to shuffled ones, and every order to exchanged runs and seeds", async () => {
  const { claims } = await readRegistry();
  const ofCorrelations = [
    ...["meanCorrelation", "pearsonAboveChance", "correlationAboveChance", "maximumAboveChance"],
    ...["strongPairs", "prunablePairs"],
  ];
  for (const { id, kind, quantity, controls: names = [] } of claims) {
    const isMeasured = kind !== "frontier" && ofCorrelations.includes(String(quantity));
    assert.equal(names.includes("shuffled"), isMeasured, id);
    for (const name of ["exchangedRuns", "exchangedSeeds"] as const)
      assert.equal(names.includes(name), kind === "order", `${id}: ${name}`);
  }
});

test("runBefore: what a run adds must not be found in the run before it", () => {
  const claim: Claim = {
    ...{ ...aboveChance, quantity: "meanCorrelation", runs: [3], operator: "<", value: 0.15 },
    controls: ["runBefore"],
  };
  const under = (before: number[]): CheckedClaim => check(claim, correlations({ 2: before, 3: [0.1, 0.1, 0.1] }));
  const adds = under([0.2, 0.2, 0.2]);
  assert.deepEqual(adds.controls, [{ control: "runBefore", verdict: "differs", couldFail: true }]);
  assert.equal(adds.verdict, "holds");
  const same = under([0.1, 0.1, 0.1]);
  assert.deepEqual(same.controls, [{ control: "runBefore", verdict: "holds", couldFail: true }]);
  assert.equal(same.verdict, "inconclusive");
  assert.match(same.because, /holds under the control runBefore as well \(in place of every run the one before it/);
  const alone = check(claim, correlations({ 3: [0.1, 0.1, 0.1] }));
  assert.deepEqual(alone.controls, [{ control: "runBefore", verdict: "not measurable here", couldFail: false }]);
});

test("no claim about Run 0 is put to the run before it", async () => {
  const { claims } = await readRegistry();
  for (const { id, runs, controls: names = [] } of claims)
    if (names.includes("runBefore")) assert.ok(runs.length > 0 && !runs.includes(0), id);
});

test("the controls that are needed: of every layer the runs of the claims that name them, and of no others", () => {
  const claims: Claim[] = [
    order(["untrained"]),
    order(["untrained"], { runs: [9, 1] }),
    order(["shuffled"], { runs: [2, 5] }),
    { ...aboveChance, layer: "all", runs: [0], controls: ["untrained"] },
    { ...aboveChance, runs: [7] },
  ];
  assert.deepEqual(untrainedNeeded(claims, defaultScope), [
    { layer: 14, runs: [0, 1, 3, 9] },
    { layer: 6, runs: [0] },
    { layer: 22, runs: [0] },
  ]);
  assert.deepEqual(untrainedNeeded([], defaultScope), []);
});
