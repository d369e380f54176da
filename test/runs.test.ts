import assert from "node:assert/strict";
import { test } from "node:test";
import { SncError } from "../src/base/errors.js";
import { describe, differences } from "../src/method.js";
import { profiles } from "../src/profiles.js";
import { type ReadingId, readingChoices, readings } from "../src/readings.js";
import { run, runsOf } from "../src/runs.js";

const changedSlots = [
  ["pairs"],
  ["tau"],
  ["pairs"],
  ["prune"],
  ["prune"],
  ["sparsity"],
  ["inhibit", "neighbours", "radius"],
  ["neighbours", "coactivation", "radius"],
  ["reallocate"],
];

for (const [before, slots] of changedSlots.entries())
  test(`Run ${before + 1} differs from Run ${before} in ${slots.join(", ")} only`, () => {
    assert.deepEqual(differences(run(before).method, run(before + 1).method).sort(), slots.sort());
  });

test("there are ten runs, numbered in order, each of another name", () => {
  const runs = runsOf();
  assert.deepEqual(
    runs.map(({ number }) => number),
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  );
  assert.equal(new Set(runs.map(({ name }) => name)).size, 10);
});

test("the intervals and the momentum of a smaller profile change pruning, reallocation, I and H, and nothing else", () => {
  const scaled = run(9, { pruneEvery: 15, reallocateAfter: 15, momentum: 0.9 }).method;
  assert.deepEqual(differences(run(9).method, scaled), ["prune", "importance", "coactivation", "reallocate"]);
  const { prune, reallocate, importance, coactivation } = describe(scaled) as Record<string, Record<string, unknown>>;
  assert.deepEqual([prune.every, reallocate.after, importance.beta, coactivation.beta], [15, 15, 0.9, 0.9]);
});

test("every profile's I and H remember as many steps as its interval has; at the paper's size that is its β of 0.99", () => {
  for (const { name, interval, momentum } of Object.values(profiles))
    assert.ok(Math.abs(1 / (1 - momentum) - interval) < 1e-9, name);
  assert.deepEqual([profiles.default.momentum, profiles.paper.momentum], [0.99, 0.99]);
});

/** Readings of what goes into a training, of how it starts, and of what is reported: R6, R14, R15, R17 to R21. */
const besideTheMethod: ReadingId[] = [
  ...(["inputScale", "site", "firstPosition", "init", "tauStart", "warmup"] as const),
  ...(["utilization", "reportedCorrelation"] as const),
];

for (const [id, [, ...others]] of Object.entries(readingChoices))
  test(`Reading ${id}: each alternative ${besideTheMethod.includes(id as ReadingId) ? "leaves all methods as they are" : "is another method in some run"}`, () => {
    for (const value of others) {
      const changed = runsOf({ readings: readings({ [id]: value }) }).filter(
        ({ method, number }) => differences(run(number).method, method).length > 0,
      );
      assert.equal(changed.length === 0, besideTheMethod.includes(id as ReadingId), value);
    }
  });

test("whatever the readings, a run differs from the one before in no other slots", () => {
  for (const [id, [, ...others]] of Object.entries(readingChoices))
    for (const value of others) {
      const runs = runsOf({ readings: readings({ [id]: value }) });
      for (const [before, slots] of changedSlots.entries())
        for (const slot of differences(runs[before].method, runs[before + 1].method))
          assert.ok(slots.includes(slot), `${id}=${value}: Run ${before + 1} differs in ${slot}`);
    }
});

test("an unknown run is a usage error that says which there are", () => {
  for (const number of [10, -1, 2.5])
    assert.throws(
      () => run(number),
      (error) => error instanceof SncError && error.failure === "usage" && /from 0 to 9, found/.test(error.message),
    );
});
