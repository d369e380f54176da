import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { mutableTensor } from "../../src/backend/variables.js";
import { stream } from "../../src/base/random.js";
import { adam } from "../../src/sae/adam.js";
import { withBackend } from "../helpers/backend.js";

withBackend();

test("Adam agrees with Algorithm 1 in float64 for ten steps, also where gradients are near ε", () => {
  const options = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
  const random = stream(1, "adam");
  const n = 6;
  const w = Float64Array.from({ length: n }, () => random.normal());
  const m = new Float64Array(n);
  const v = new Float64Array(n);
  const [W, M, V] = [w, m, v].map((values) => mutableTensor(tf.tensor1d(Float32Array.from(values))));
  for (let t = 1; t <= 10; t++) {
    const g = Float64Array.from({ length: n }, (_, i) => random.normal() * 10 ** -(2 * i)); // down to 1e-10
    adam([W, M, V], tf.tensor1d(Float32Array.from(g)), options, 0.01, t);
    for (let i = 0; i < n; i++) {
      m[i] = 0.9 * m[i] + 0.1 * g[i];
      v[i] = 0.999 * v[i] + 0.001 * g[i] ** 2;
      w[i] -= (0.01 * (m[i] / (1 - 0.9 ** t))) / (Math.sqrt(v[i] / (1 - 0.999 ** t)) + 1e-8);
    }
    const found = W.read().dataSync();
    for (let i = 0; i < n; i++)
      assert.ok(Math.abs(found[i] - w[i]) < 2e-6, `step ${t}, weight ${i}: ${found[i]}, ${w[i]}`);
  }
  for (const variable of [W, M, V]) variable.dispose();
});
