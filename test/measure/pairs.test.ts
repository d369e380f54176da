import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { stream } from "../../src/base/random.js";
import { pairMeans, pairMeansByLife, permutedColumns } from "../../src/measure/pairs.js";
import { unitColumns } from "../../src/sae/correlations/correlation.js";
import { withBackend } from "../helpers/backend.js";

withBackend();

const random = stream(8, "pairs");
const columnsOf = (f: tf.Tensor2D): number[][] => (tf.transpose(f) as tf.Tensor2D).arraySync();
const ascending = (values: number[]): number[] => [...values].sort((a, b) => a - b);

test("permuted features have the values they had, each in an order of its own, the same every time", () => {
  const f = tf.tensor2d(
    Array.from({ length: 60 * 5 }, () => random.uniform()),
    [60, 5],
  );
  const [before, after, again] = [f, permutedColumns(f), permutedColumns(f)].map(columnsOf);
  assert.deepEqual(after.map(ascending), before.map(ascending));
  assert.deepEqual(again, after);
  const orders = after.map((column, j) => column.map((value) => before[j].indexOf(value)).join());
  assert.equal(new Set(orders).size, 5);
});

test("means over features that are on are those of the same columns with the others left out", () => {
  const f = tf.relu(tf.randomNormal([200, 6], 0, 1, "float32", 4)) as tf.Tensor2D;
  const alive = Float32Array.of(1, 0, 1, 1, 0, 1);
  const off = tf.mul(f, tf.tensor1d(alive)) as tf.Tensor2D;
  const kept = tf.gather(f, tf.tensor1d([0, 2, 3, 5], "int32"), 1) as tf.Tensor2D;
  const { all, ofAlive } = pairMeansByLife(unitColumns(off).X, alive);
  const alone = pairMeans(unitColumns(kept).X);
  for (const name of ["mean", "meanMax", "strong", "prunable"] as const)
    assert.ok(Math.abs(ofAlive[name] - alone[name]) < 1e-6, `${name}: ${ofAlive[name]}, alone ${alone[name]}`);
  assert.ok(Math.abs(all.mean * 15 - alone.mean * 6) < 1e-5, "six of fifteen pairs are not 0");
});

test("of fewer than two features nothing is compared", () => {
  const X = unitColumns(tf.ones([3, 2]) as tf.Tensor2D).X;
  const { all, ofAlive } = pairMeansByLife(X, Float32Array.of(1, 0));
  assert.ok(Math.abs(all.mean - 1) < 1e-6);
  assert.deepEqual(ofAlive, { mean: 0, meanMax: 0, strong: 0, prunable: 0 });
});
