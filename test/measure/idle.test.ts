import assert from "node:assert/strict";
import { test } from "node:test";
import { describeFlags, type Flags, firstOtherStep, flagsOf } from "../../src/measure/idle.js";
import type { StepRecord } from "../../src/train.js";

const ordinary: StepRecord = {
  step: 0,
  loss: 1,
  reconstruction: 0.7,
  sparsityPenalty: 5,
  orthogonalityPenalty: 1,
  ...{ auxiliaryLoss: 0, l0Penalty: 0, directionPenalty: 0, keepThreshold: null, dead: null },
  activeFraction: 0.1,
  l0: 2,
  learningRate: 3e-4,
  lambda1: 0.04,
  tau: 0.1,
  pairs: 10,
  pairsKept: 0.5,
  threshold: 0.8,
  meanRadius: 4,
  losers: 1,
  pruned: 0,
  reallocated: 0,
  gradientNorm: 1,
};

/** A trace of steps that are ordinary but for these quantities, one value a step. */
function traceWith(quantities: { [column in keyof StepRecord]?: StepRecord[column][] }): StepRecord[] {
  const steps = Math.max(...Object.values(quantities).map((values) => values.length));
  return Array.from({ length: steps }, (_, t) => ({
    ...ordinary,
    step: t + 1,
    ...Object.fromEntries(Object.entries(quantities).map(([column, values]) => [column, values[t]])),
  }));
}

const ranges = { tau: [0.01, 0.5], lambda1: [0.01, 0.2] } as const;

test("a quantity is pinned from the step at which it came to the bound where it stands at the end", () => {
  const { tauPinned, lambda1Pinned } = flagsOf(
    traceWith({ tau: [0.1, 0.3, 0.5, 0.5, 0.5], lambda1: [0.01, 0.01, 0.01, 0.01, 0.01] }),
    ranges,
  );
  assert.deepEqual(tauPinned, { bound: 0.5, since: 3 });
  assert.deepEqual(lambda1Pinned, { bound: 0.01, since: 1 });
});

test("a quantity that left its bound before the end is not pinned; one that came back is, since then", () => {
  const released = flagsOf(traceWith({ tau: [0.5, 0.5, 0.4], lambda1: [0.01, 0.2, 0.02] }), ranges);
  assert.deepEqual([released.tauPinned, released.lambda1Pinned], [null, null]);
  assert.deepEqual(flagsOf(traceWith({ tau: [0.5, 0.5, 0.4, 0.5] }), ranges).tauPinned, { bound: 0.5, since: 4 });
  const crossed = flagsOf(traceWith({ tau: [0.5, 0.5, 0.01, 0.01] }), ranges);
  assert.deepEqual(crossed.tauPinned, { bound: 0.01, since: 3 }, "the other bound is another one");
});

test("a quantity that the run keeps constant is not pinned, whatever its value", () => {
  const flags = flagsOf(traceWith({ tau: [0.5, 0.5], lambda1: [0.2, 0.2] }), {});
  assert.deepEqual([flags.tauPinned, flags.lambda1Pinned], [null, null]);
});

test("steps without pairs and without losers are counted as shares of all, edits as the last step has them", () => {
  const { emptyPairs, idleCompetition, pruned, reallocated } = flagsOf(
    traceWith({ pairs: [0, 3, 0, 1], losers: [0, 0, 0, 0.5], pruned: [0, 1, 1, 4], reallocated: [0, 0, 2, 2] }),
    {},
  );
  assert.deepEqual(
    { emptyPairs, idleCompetition, pruned, reallocated },
    {
      emptyPairs: 0.5,
      idleCompetition: 0.75,
      pruned: 4,
      reallocated: 2,
    },
  );
});

test("two traces are the same if every quantity of every step is, but for the bounds that something has to pass", () => {
  const trace = traceWith({ loss: [3, 2] });
  for (const column of Object.keys(ordinary) as (keyof StepRecord)[]) {
    const other = trace.map((record, t) => (t === 1 ? { ...record, [column]: -1 } : record));
    const isBound = column === "threshold" || column === "meanRadius";
    assert.equal(firstOtherStep(trace, other), isBound ? null : 2, column);
  }
  assert.equal(firstOtherStep(trace, trace.slice(0, 1)), 2, "a shorter one");
  assert.equal(firstOtherStep(trace.slice(0, 1), trace), 2, "a longer one");
});

const busy: Flags = {
  tauPinned: null,
  lambda1Pinned: null,
  emptyPairs: 0,
  idleCompetition: 0,
  pruned: 3,
  reallocated: 1,
  identicalToPredecessor: false,
  firstActed: null,
};

test("where every mechanism did something there is nothing to say, nor of mechanisms that a run does not have", () => {
  assert.deepEqual(describeFlags(busy, 9), []);
  const idle: Flags = { ...busy, emptyPairs: 1, idleCompetition: 1, pruned: 0, reallocated: 0 };
  assert.deepEqual(describeFlags(idle, 0), []);
  for (const [run, sentences] of [1, 1, 1, 2, 2, 2, 3, 3, 4].entries())
    assert.equal(describeFlags(idle, run + 1).length, sentences, `Run ${run + 1}`);
});

test("each thing that stood idle has its sentence, with bound, step or share", () => {
  assert.deepEqual(
    describeFlags(
      {
        tauPinned: { bound: 0.5, since: 12 },
        lambda1Pinned: { bound: 0.01, since: 700 },
        emptyPairs: 0.25,
        idleCompetition: 0.013,
        pruned: 0,
        reallocated: 0,
        identicalToPredecessor: true,
        firstActed: null,
      },
      9,
    ),
    [
      "Run 9 took exactly the steps of Run 8: what it adds changed nothing here.",
      "τ has stood at its bound 0.5 since step 12.",
      "λ₁ has stood at its bound 0.01 since step 700.",
      "T_k was empty in 25 % of the steps.",
      "Nothing was pruned: no pair passed the threshold when it was checked.",
      "The competition suppressed nothing in 1.3 % of the steps.",
      "No feature was reallocated: none was of low importance for long enough.",
    ],
  );
});

test("a share below a tenth is told with a decimal, one from there on without", () => {
  const shareIn = (emptyPairs: number): string => describeFlags({ ...busy, emptyPairs }, 1)[0];
  for (const [share, said] of [
    [0.0004, "0.0 %"],
    [0.0996, "10.0 %"],
    [0.1, "10 %"],
    [1, "100 %"],
  ] as const)
    assert.equal(shareIn(share), `T_k was empty in ${said} of the steps.`);
});

test("of a variation the flags say what did nothing, without a reason: its method may have taken it out", () => {
  const flags: Flags = { ...busy, pruned: 0, reallocated: 0, identicalToPredecessor: true };
  assert.deepEqual(describeFlags(flags, { number: 9, variation: "0123abcd" }), [
    "It took exactly the steps of Run 9: what it changes did nothing here.",
    "Nothing was pruned.",
    "No feature was reallocated.",
  ]);
  assert.deepEqual(describeFlags(flags, { number: 9 }), describeFlags(flags, 9));
});
