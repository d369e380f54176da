import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { scoped } from "../../../src/backend/ops.js";
import { stream } from "../../../src/base/random.js";
import { nearlyLargest } from "../../../src/sae/correlations/approximate-selection.js";
import { correlationsOf } from "../../../src/sae/correlations/selection.js";
import { withBackend } from "../../helpers/backend.js";
import { listOf } from "../../helpers/stubs.js";

withBackend();

/** Unit rows [n, width], every fourth of them close to the row before it, or to its opposite. */
function rowsWithTwins(n: number, width: number): tf.Tensor2D {
  const random = stream(3, "twins");
  const rows = Array.from({ length: n }, () => Array.from({ length: width }, () => random.normal()));
  for (let i = 1; i < n; i += 4) {
    const sign = random.uniform() < 0.5 ? -1 : 1;
    rows[i] = rows[i].map((x, k) => 0.5 * x + sign * rows[i - 1][k]);
  }
  return tf.tidy(() => {
    const X = tf.tensor2d(rows);
    return tf.div(X, tf.norm(X, 2, 1, true)) as tf.Tensor2D;
  });
}

test("with every vector a probe of every pivot the pairs are exactly the largest", () => {
  const X = rowsWithTwins(60, 8);
  const exact = scoped(() => correlationsOf(tf.transpose(X)));
  for (const bound of [Number.NEGATIVE_INFINITY, 0.3]) {
    const found = nearlyLargest(X, 200, bound, { random: stream(1, "pivots"), pivots: 5, probes: 5 });
    assert.deepEqual(listOf(found), listOf(exact.largest(200, bound)));
  }
  X.dispose();
});

test("pairs that stand out are found, each once, and nothing is called above the bound that is not", () => {
  const [n, width, bound] = [2500, 64, 0.7];
  const X = rowsWithTwins(n, width);
  const exact = scoped(() => correlationsOf(tf.transpose(X)));
  const wanted = new Set(listOf(exact.above(bound)).map((pair) => pair.join()));
  assert.ok(wanted.size > 500);
  const found = listOf(nearlyLargest(X, 10000, bound, { random: stream(1, "pivots") })).map((pair) => pair.join());
  assert.equal(new Set(found).size, found.length);
  assert.ok(found.every((pair) => wanted.has(pair)));
  assert.ok(found.length >= 0.9 * wanted.size, `${found.length} of ${wanted.size}`);
  X.dispose();
});

test("the same stream gives the same pairs, and no tensor is left", () => {
  const X = rowsWithTwins(300, 16);
  const before = tf.memory().numTensors;
  const once = () => listOf(nearlyLargest(X, 50, 0, { random: stream(2, "pivots") }));
  assert.deepEqual(once(), once());
  assert.equal(tf.memory().numTensors, before);
  X.dispose();
});
