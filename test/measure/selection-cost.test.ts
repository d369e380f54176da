import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { growthExponent, selectionCost } from "../../src/measure/selection-cost.js";
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
