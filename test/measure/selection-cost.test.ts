import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { growthExponent, selectionCost, sparseFeatures } from "../../src/measure/selection-cost.js";
import { withBackend } from "../helpers/backend.js";

withBackend();

test("the exponent of d² is 2, of a constant 0, of d log d a little above 1", () => {
  const sizes = [256, 512, 1024, 2048, 4096];
  const exponent = (value: (d: number) => number): number => growthExponent(sizes.map((d) => ({ d, value: value(d) })));
  assert.ok(Math.abs(exponent((d) => 3 * d * d) - 2) < 1e-12);
  assert.ok(Math.abs(exponent(() => 7)) < 1e-12);
  const dLogD = exponent((d) => d * Math.log(d));
  assert.ok(dLogD > 1.1 && dLogD < 1.2, `${dLogD}`);
});

test("both ways to choose T_k choose the same, and no tensor is left", () => {
  const before = tf.memory().numTensors;
  const { agreement, selected, milliseconds } = selectionCost(128, { repetitions: 1 });
  assert.equal(agreement, 1);
  assert.equal(selected, 10, "8128 pairs: a thousandth is less than the least");
  assert.equal(tf.memory().numTensors, before);
  for (const time of Object.values(milliseconds)) assert.ok(time > 0);
});

test("operations: one multiply-add per token and pair for the Gram matrix, three for a penalty", () => {
  const { flops, selected } = selectionCost(100, { batch: 3, activeFraction: 1, repetitions: 1 });
  assert.deepEqual(flops, {
    allPairs: 6 * 3 * 4950,
    gram: 2 * 3 * 4950,
    coFiring: 2 * 3 * 4950, // where all features fire, all pairs do
    penalty: 6 * 3 * selected,
  });
});

test("operations of pairs that fire together: L0(L0 − 1) a token, none where nothing fires", () => {
  const { flops } = selectionCost(50, { batch: 4, activeFraction: 0, repetitions: 1 });
  assert.equal(flops.coFiring, 0);
  const half = selectionCost(200, { batch: 50, activeFraction: 0.5, repetitions: 1 }).flops;
  const share = half.coFiring / half.gram;
  assert.ok(Math.abs(share - 0.25) < 0.02, `both fire on a quarter of the tokens: ${share}`);
});

test("T_k holds a thousandth of the pairs, rounded down, at least ten, and never more than there are", () => {
  const selected = (d_sae: number): number => selectionCost(d_sae, { batch: 20, repetitions: 1 }).selected;
  assert.equal(selected(3), 3);
  assert.deepEqual(selectionCost(1, { batch: 20, repetitions: 1 }).agreement, 1, "where there is no pair");
  assert.equal(selected(5), 10);
  assert.equal(selected(140), 10, "9730 pairs");
  assert.equal(selected(200), 19, "19 900 pairs");
});

test("each way's time is the median of its repetitions, in milliseconds, by a clock that the test moves", (t) => {
  // Of each way, in turn, how long its three repetitions take.
  const durations = [
    [5, 100, 20],
    [7, 1, 3],
    [9, 9, 2],
    [30, 4, 200],
  ].flat();
  let [now, calls] = [0, 0];
  t.mock.method(performance, "now", () => {
    if (calls++ % 2 === 1) now += durations[(calls - 2) / 2];
    return now;
  });
  const { milliseconds } = selectionCost(20, { batch: 10, repetitions: 3 });
  assert.deepEqual(milliseconds, { allPairs: 20, gram: 3, coFiring: 9, penalty: 30 });
  assert.equal(calls, 24, "what is done once before is not timed");
  selectionCost(20, { batch: 10 });
  assert.equal(calls, 24 + 40, "five repetitions by default");
});

test("sparse features: their share above zero, there absolute normal numbers, the same for the same seed", () => {
  const values = sparseFeatures(200, 100, 0.25, 7);
  const active = values.filter((v) => v > 0);
  assert.equal(values.length, 20_000);
  assert.ok(values.every((v) => v >= 0));
  assert.ok(Math.abs(active.length / values.length - 0.25) < 0.02, `${active.length}`);
  const mean = active.reduce((sum, v) => sum + v / active.length, 0);
  assert.ok(Math.abs(mean - Math.sqrt(2 / Math.PI)) < 0.05, `E|x| of a normal number: ${mean}`);
  assert.deepEqual(sparseFeatures(200, 100, 0.25, 7), values);
  assert.notDeepEqual(sparseFeatures(200, 100, 0.25, 8), values);
});

test("by default: the paper's batch and share of active features", () => {
  const { flops } = selectionCost(64, { repetitions: 1 });
  assert.equal(flops.gram, 2 * 125 * 2016);
  assert.ok(Math.abs(flops.coFiring / flops.gram - 0.01) < 0.005, "both fire on a hundredth of the tokens");
});
