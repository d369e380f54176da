import assert from "node:assert/strict";
import { test } from "node:test";
import type { Verdict } from "../../src/claims/verdict.js";
import { type FindingSources, findingsOf } from "../../src/report/findings.js";
import { runSummaries } from "../../src/report/trainings.js";
import { noFlags, training, variation } from "../helpers/result-sets.js";

const claim = (weight: string, verdict: Verdict) =>
  ({ claim: { weight }, verdict }) as FindingSources["claims"][number];
const claims = [
  ...[claim("central", "holds"), claim("central", "differs"), claim("central", "differs"), claim("detail", "holds")],
  claim("central", "self-contradictory"),
];

const final = (number: number, add = 0) => ({
  ...{ fractionVarianceExplained: 0.75 - number / 20 + add, l0: 100 + number + add },
  ...{ meanActivationCosine: 0.25 - number / 100 + add, nullActivationCosine: 0.125 + add },
});
const idle = (number: number, seed: number) => ({
  ...training(number, 14, seed, final(number)),
  flags: { ...noFlags, identicalToPredecessor: true },
});
const trainings = [
  ...[training(9, 14, 42, final(9)), training(9, 14, 43, final(9, 0.02))],
  ...[training(0, 14, 42, final(0)), training(0, 14, 43, final(0, 0.02)), training(0, 6, 42, final(5))],
  ...[idle(3, 42), idle(3, 43), idle(4, 42), idle(4, 43), idle(5, 42), training(5, 14, 43, final(5))],
];
const evaluated = (number: number, ceRecovered: number | null, changes = {}) => ({
  ...{
    training: { record: training(number, 14, 42, {}) },
    isUntrained: false,
    evaluation: { values: { ceRecovered } },
  },
  ...changes,
});

const findings = (changes: object = {}) =>
  findingsOf({
    ...{ claims, runs: runSummaries(trainings), features: undefined, layer: 14 },
    ...changes,
  } as unknown as FindingSources);

test("the findings: the central claims, the last run beside the first, and what did nothing, each of this result set", () => {
  assert.deepEqual(findings(), [
    "Of 4 central sentences 1 holds. The verdicts on the others: differs 2, self-contradictory 1.",
    "On layer 14, Run 0 explains 0.76 of the variance with 100 active features a token; Run 9 explains 0.31 with 109.",
    "Run 9's mean correlation on layer 14 is 0.17. With each feature shuffled over the tokens, which destroys every relation " +
      "between features, it is 0.135. Runs 3, 4 on layer 14 take exactly the steps of the run before: the added mechanism did nothing.",
  ]);
});

test("what was evaluated stands behind the reconstruction: the mean over the trainings of each run, and no null", () => {
  const isUntrained = true;
  const features = {
    evaluated: [
      ...[evaluated(0, 0.75), evaluated(0, 0.25), evaluated(0, 0, { isUntrained }), evaluated(9, 0.125)],
      evaluated(9, 1, { training: { record: training(9, 6, 42, {}) } }),
      evaluated(9, 1, { training: { record: { ...training(9, 14, 42, {}), run: variation(9, "other") } } }),
    ],
  };
  assert.match(findings({ features })[1], / cost, Run 9 0\.125\.$/);
  assert.match(findings({ features })[1], /Run 0 gives the model back 0\.5 of the cross entropy /);
  assert.doesNotMatch(
    findings({ features: { evaluated: [evaluated(0, 0.5), evaluated(9, null)] } })[1],
    /cross entropy/,
  );
});

test("what a result set does not have is left out", () => {
  const of = (records: typeof trainings) =>
    findings({ runs: runSummaries(records), claims: [claim("central", "differs")] });
  assert.deepEqual(of([training(0, 14, 42, {})]), [
    "Of 1 central sentence none holds. The verdicts on the others: differs 1.",
  ]);
  assert.equal(of([training(0, 14, 42, final(0))]).length, 2, "one run is beside no other");
  assert.deepEqual(findings({ runs: [], claims: [claim("detail", "holds")] }), []);
});
