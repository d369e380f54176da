import assert from "node:assert/strict";
import { test } from "node:test";
import { noPairs, significantPairs, topPairs } from "../../src/mechanisms/index.js";
import { denseCorrelations } from "../../src/sae/correlations/selection.js";
import { correlations, listOf, seenCorrelations, state } from "../helpers/stubs.js";

// Four features: c_01, c_02, c_03, c_12, c_13, c_23.
const seen = (...c: number[]) => seenCorrelations(correlations(4, c));
const s = state(4);

test("Run 0: no pair is penalised", () => {
  assert.deepEqual(listOf(noPairs(s, seen(1, 1, 1, 1, 1, 1))), []);
});

test("§4.1: T_k is the k pairs of largest c_ij, in row order", () => {
  assert.deepEqual(listOf(topPairs({ atLeast: 2 })(s, seen(0.1, 0.5, 0.2, 0.3, 0.9, 0.4))), [
    [0, 2],
    [1, 3],
  ]);
});

test("§4.1: ties in c go to the pair that comes first in row order", () => {
  assert.deepEqual(listOf(topPairs({ atLeast: 3 })(s, seen(0.5, 0.9, 0.5, 0.5, 0.9, 0.5))), [
    [0, 1],
    [0, 2],
    [1, 3],
  ]);
});

test("§4.1: T_k is all pairs where there are fewer than k, also those of c = 0", () => {
  assert.equal(topPairs()(s, seen(0, 0, 0, 0, 0, 0)).i.length, 6);
});

test("Reading R2: k = max(10, ⌊0.001 N⌋) is 2653 of the pairs of 2304 features, and 10 of the features", () => {
  const many = denseCorrelations(new Float32Array(2304 ** 2), 2304);
  assert.equal(topPairs()(s, seenCorrelations(many)).i.length, 2653);
  assert.equal(topPairs({ count: "features" })(s, seenCorrelations(many)).i.length, 10);
});

test("Eq. 2: a pair needs c_ij > μ + 2σ, σ the population's", () => {
  const { i, threshold } = significantPairs()(s, seen(0, 0, 0.9, 0, 0, 0));
  assert.ok(Math.abs(threshold! - (0.15 + 2 * 0.15 * Math.sqrt(5))) < 1e-12); // μ = 0.9/6, σ = 0.9 √5/6
  assert.equal(i.length, 1);
});

test("Eq. 2: T_k is empty where no pair stands out", () => {
  assert.deepEqual(listOf(significantPairs()(s, seen(0.9, 0.9, 0, 0, 0, 0))), []); // μ + 2σ = 1.15
});

test("Eq. 2: c_ij must be larger than the bound, not equal to it", () => {
  assert.deepEqual(listOf(significantPairs()(s, seen(0.5, 0.5, 0.5, 0.5, 0.5, 0.5))), []);
  assert.deepEqual(listOf(significantPairs()(s, seen(0, 0, 0, 0, 0, 0))), []);
});

test("Reading R3 both: not more than the k largest of those above", () => {
  const many = seen(1, 0.9, 0, 0, 0, 0);
  assert.deepEqual(listOf(significantPairs({ sigmas: 1, atLeast: 1 })(s, many)), [[0, 1]]);
  assert.deepEqual(listOf(significantPairs({ sigmas: 1 })(s, many)), [
    [0, 1],
    [0, 2],
  ]);
});

test("Reading R3 thresholdOnly: all above, and at least the `atLeast` largest", () => {
  const only = (sigmas: number, atLeast: number) => significantPairs({ sigmas, atLeast, threshold: "thresholdOnly" });
  const c = seen(1, 0.9, 0.3, 0, 0.2, 0);
  assert.deepEqual(listOf(only(1, 1)(s, c)), [
    [0, 1],
    [0, 2],
  ]); // μ + σ = 0.79
  assert.deepEqual(listOf(only(1, 4)(s, c)), [
    [0, 1],
    [0, 2],
    [0, 3],
    [1, 3],
  ]);
});

test("a rule records its own options and no other's", () => {
  assert.deepEqual(Object.keys(topPairs().options).sort(), ["atLeast", "count", "fraction"]);
  assert.ok("sigmas" in significantPairs().options);
});
