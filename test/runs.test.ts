import assert from "node:assert/strict";
import { test } from "node:test";
import { SncError } from "../src/errors.js";
import { describe, differences } from "../src/method.js";
import { profiles } from "../src/profiles.js";
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

test("an unknown run is a usage error that says which there are", () => {
  for (const number of [10, -1, 2.5])
    assert.throws(
      () => run(number),
      (error) => error instanceof SncError && error.failure === "usage" && /from 0 to 9, found/.test(error.message),
    );
});
