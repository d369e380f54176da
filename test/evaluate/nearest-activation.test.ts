import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { stream } from "../../src/base/random.js";
import { gatherActivations } from "../../src/evaluate/activations.js";
import { nearestActivation } from "../../src/evaluate/nearest-activation.js";
import { withBackend } from "../helpers/backend.js";

withBackend();

const near = (found: number | null, expected: number, within = 1e-5): void =>
  assert.ok(Math.abs(found! - expected) <= within, `expected ${expected}, found ${found}`);

/** f of tokens that fire more or less often, of which some fire together; more features than a tile has. */
function madeUp(d_sae: number, tokens: number): Float32Array[] {
  const random = stream(4, "activations");
  const topic = Float32Array.from({ length: tokens }, () => random.uniform());
  return Array.from({ length: d_sae }, (_, i) =>
    Float32Array.from({ length: tokens }, (_, t) => {
      const drive = i % 3 === 0 ? 0.5 * topic[t] + 0.5 * random.uniform() : random.uniform();
      return drive > 0.3 + (0.5 * i) / d_sae ? drive : 0;
    }),
  );
}

function pearson(u: Float32Array, v: Float32Array): number {
  const mean = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [mu, mv] = [mean(u), mean(v)];
  let [uv, uu, vv] = [0, 0, 0];
  for (let t = 0; t < u.length; t++) {
    uv += (u[t] - mu) * (v[t] - mv);
    uu += (u[t] - mu) ** 2;
    vv += (v[t] - mv) ** 2;
  }
  return uv / Math.sqrt(uu * vv);
}

test("the largest correlation of each feature is that of plain loops", () => {
  const f = madeUp(300, 150);
  const alive = Float32Array.from({ length: 300 }, (_, i) => (i % 10 === 7 ? 0 : 1));
  const on = f.filter((_, i) => alive[i] === 1);
  const nearest = on.map((u) => Math.max(...on.filter((v) => v !== u).map((v) => pearson(u, v))));
  const found = nearestActivation(f, alive);
  near(found.mean, nearest.reduce((sum, value) => sum + value, 0) / on.length);
  assert.deepEqual([found.neverFire, found.switchedOff], [0, 30]);
});

test("what is not kept for want of memory is made again, and nothing else changes", () => {
  const [f, alive] = [madeUp(100, 150), new Float32Array(100).fill(1)];
  const kept = nearestActivation(f, alive);
  for (const heldNumbers of [0, 8 * 150 * 33]) {
    const remade = nearestActivation(f, alive, { heldNumbers }); // features one by one, and 33 at a time
    near(remade.mean, kept.mean!);
    near(remade.null, kept.null!);
  }
});

test("a large mean does not blur a correlation", () => {
  const f = madeUp(4, 500);
  const raised = f.map((values) => values.map((value) => 1 + 0.01 * value));
  near(nearestActivation(raised, [1, 1, 1, 1]).mean, nearestActivation(f, [1, 1, 1, 1]).mean!, 1e-3);
});

test("features that never fire are told and left out, and nothing is nearer than they are where all else is opposite", () => {
  const u = Float32Array.of(1, 0, 1, 0);
  const v = Float32Array.of(0, 1, 0, 1);
  const never = new Float32Array(4);
  near(nearestActivation([u, v], [1, 1]).mean, -1);
  const found = nearestActivation([u, v, never, u], [1, 1, 1, 0]);
  assert.equal(found.mean, 0);
  assert.deepEqual([found.neverFire, found.switchedOff], [1, 1]);
});

test("a feature that fires on every token alike has correlation 0", () => {
  const always = new Float32Array(4).fill(0.1);
  near(nearestActivation([always, Float32Array.of(0.3, 0, 0.7, 0)], [1, 1]).mean, 0);
});

test("the null permutes each feature by itself: it keeps no topic, and is the same for the same seed", () => {
  const f = madeUp(40, 3000);
  const alive = new Float32Array(40).fill(1);
  const found = nearestActivation(f, alive);
  assert.ok(found.mean! > 0.1, `${found.mean}`);
  // The largest of 39 correlations of 3000 independent tokens: about 2.2 / √3000.
  near(found.null, 2.2 / Math.sqrt(3000), 0.01);
  assert.equal(nearestActivation(f, alive).null, found.null);
  assert.notEqual(nearestActivation(f, alive, { seed: 1 }).null, found.null);
});

test("the null keeps values: where all features fire on all tokens but one, only places change", () => {
  const f = [0, 1].map((at) => Float32Array.from({ length: 6 }, (_, t) => (t === at ? 0 : 1)));
  // Both zeros fall on the same token, correlation 1, or do not, correlation −1/5.
  const nulls = new Set(
    Array.from({ length: 40 }, (_, seed) => Math.round(10 * nearestActivation(f, [1, 1], { seed }).null!)),
  );
  assert.deepEqual(
    [...nulls].sort((a, b) => a - b),
    [-2, 10],
  );
});

test("activations are gathered feature by feature, and as many as were said", () => {
  const gathering = gatherActivations(2, 3);
  gathering.add(tf.tensor2d([1, 2, 3, 4], [2, 2]));
  assert.throws(() => gathering.activations(), /expected all of 3 tokens, found 2/);
  gathering.add(tf.tensor2d([5, 6], [1, 2]));
  assert.deepEqual(gathering.activations(), [Float32Array.of(1, 3, 5), Float32Array.of(2, 4, 6)]);
  assert.throws(() => gathering.add(tf.tensor2d([7, 8], [1, 2])), /expected at most 3 tokens, found 4/);
});

test("fewer than two features, or none that fires, have no correlation", () => {
  assert.equal(nearestActivation([Float32Array.of(1, 0)], [1]).mean, null);
  const silent = nearestActivation([new Float32Array(2), new Float32Array(2)], [1, 1]);
  assert.deepEqual(silent, { mean: null, null: null, neverFire: 2, switchedOff: 0 });
});
