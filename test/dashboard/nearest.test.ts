import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { stream } from "../../src/base/random.js";
import { best } from "../../src/dashboard/best.js";
import { firingsOf } from "../../src/dashboard/firings.js";
import { productsOf } from "../../src/dashboard/nearest.js";
import { autoencoderOf } from "../../src/experiment/training/autoencoder.js";
import { run } from "../../src/runs.js";
import { initialParams } from "../../src/sae/params.js";
import { initialState } from "../../src/sae/state.js";
import { withBackend } from "../helpers/backend.js";

withBackend();

test("the largest are kept, and of equals the first", () => {
  const kept = best(3);
  [2, 5, 1, 5, 4, 4].forEach((value, index) => {
    kept.offer(index, value);
  });
  assert.deepEqual(kept.list(), [
    { index: 1, value: 5 },
    { index: 3, value: 5 },
    { index: 4, value: 4 },
  ]);
  assert.deepEqual(best(0).list(), []);
});

test("multiplying zeros as well gives the sums that pairs firing together give, in tiles as at once", () => {
  const [d_in, d_sae, rows] = [8, 1500, 5000]; // over one tile of features, one chunk and one product of rows
  const random = stream(6, "h");
  const h = Float32Array.from({ length: rows * d_in }, () => random.normal());
  const params = initialParams(d_in, d_sae, 8);
  const state = initialState(
    { ...params, b_enc: tf.fill([d_sae], -2.4) as tf.Tensor1D },
    { activityWindow: 1, random: [1, 2, 3, 4] },
  );
  const sae = autoencoderOf(state, run(0).method);
  const firings = firingsOf(sae, h);
  const [from, to] = [1024, 1200];
  const dense = productsOf(firings, { dense: true })(from, to);
  const sparse = productsOf(firings, { dense: false })(from, to);
  assert.equal(dense.length, (to - from) * d_sae);
  let differing = 0;
  for (let at = 0; at < dense.length; at++)
    if (!(Math.abs(dense[at] - sparse[at]) <= 1e-5 * (1 + sparse[at]))) differing++;
  assert.equal(differing, 0);
  const x = tf.tensor2d(h, [rows, d_in]);
  const f = sae.features(x);
  const [i, j] = [1100, 30];
  const [of, other] = [i, j].map((one) => f.slice([0, one], [rows, 1]).dataSync());
  let sum = 0;
  for (let t = 0; t < rows; t++) sum += of[t] * other[t];
  assert.ok(sum > 0);
  assert.ok(Math.abs(sparse[(i - from) * d_sae + j] - sum) < 1e-6 * sum);
});
