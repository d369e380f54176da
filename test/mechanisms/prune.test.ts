import assert from "node:assert/strict";
import { test } from "node:test";
import { noPruning, pruneCorrelated } from "../../src/mechanisms/index.js";
import { type PruneOptions, percentile } from "../../src/mechanisms/prune.js";
import { correlations, seenCorrelations, state } from "../helpers/stubs.js";

/** Who is hit at a step where pruning is due, by I and the correlations in row order. */
const hit = (I: number[], c: number[], options: PruneOptions = {}, step = 99): number[] =>
  pruneCorrelated(options)(
    state(I.length, { step, importance: Float64Array.from(I) }),
    seenCorrelations(correlations(I.length, c)),
  ).features;

test("§4.3: of a pair the less important feature is hit", () => {
  assert.deepEqual(hit([0.5, 0.2], [0.9]), [1]);
  assert.deepEqual(hit([0.2, 0.5], [0.9]), [0]);
});

test("§4.3: of equally important features the one of lower index is hit", () => {
  assert.deepEqual(hit([0.5, 0.5], [0.9]), [0]);
});

test("§5.3: only pairs above 0.8 are pruned, every 100 steps", () => {
  assert.deepEqual(hit([1, 2], [0.8]), []);
  assert.deepEqual(hit([1, 2], [0.9], {}, 98), []); // the 99th step
  assert.deepEqual(hit([1, 2], [0.9], {}, 100), []);
  assert.deepEqual(hit([1, 2], [0.9], {}, 199), [0]);
  assert.deepEqual(hit([1, 2], [0.9], { every: 7 }, 6), [0]);
});

test("§4.3: pairs are visited in row order, and one with a feature already hit is passed over", () => {
  assert.deepEqual(hit([3, 1, 2], [0.9, 0, 0.9]), [1]); // (0, 1) hits 1, so (1, 2) is passed over
  assert.deepEqual(hit([1, 2, 3], [0.9, 0.9, 0.9]), [0, 1]); // (0, 1) hits 0, (1, 2) hits 1
});

test("§5.3: a loser above the percentile is spared and marks nothing", () => {
  const protectAbove = 0.25; // of 4, 3, 2, 1: 1.75
  assert.deepEqual(hit([4, 3, 2, 1], [0.9, 0, 0, 0, 0.9, 0], { protectAbove }), [3]); // (0, 1) spares 1, (1, 3) hits 3
  assert.deepEqual(hit([4, 3, 2, 1], [0.9, 0, 0, 0, 0.9, 0]), [1]); // Run 4 spares nobody
});

test("§5.3: importance equal to the percentile does not protect", () => {
  assert.deepEqual(hit([1, 1], [0.9], { protectAbove: 0.9 }), [0]);
});

test("Reading R8 both: each feature of a pair is hit unless it is protected", () => {
  assert.deepEqual(hit([10, 1], [0.9], { hit: "both" }), [0, 1]);
  assert.deepEqual(hit([10, 1], [0.9], { hit: "both", protectAbove: 0.9 }), [1]); // above 9.1
  assert.deepEqual(hit([10, 1, 2], [0.9, 0.9, 0], { hit: "both", protectAbove: 0.9 }), [1, 2]); // 0 is not marked
});

test("Reading R8: what happens to those hit is said beside them", () => {
  const two = state(2, { step: 99, importance: Float64Array.of(1, 2) });
  const seen = seenCorrelations(correlations(2, [1]));
  for (const action of ["disable", "reinitialize"] as const)
    assert.deepEqual(pruneCorrelated({ action })(two, seen), { features: [0], action });
  assert.deepEqual(noPruning(two, seen).features, []);
});

test("a percentile is interpolated linearly between the values beside it", () => {
  assert.ok(Math.abs(percentile(Float64Array.of(4, 1, 3, 2), 0.9) - 3.7) < 1e-12); // place 2.7 of 0 … 3
  assert.equal(percentile(Float64Array.of(10, 9, 2), 0.5), 9); // by value, not as text
  assert.equal(percentile(Float64Array.of(5), 0.9), 5);
  assert.equal(percentile(Float64Array.of(7, 5), 1), 7);
});
