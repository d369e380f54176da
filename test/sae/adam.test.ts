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

test("a rate, momenta, an ε and a step that Adam cannot have are refused by name", () => {
  const variables = [1, 2, 3].map((value) => mutableTensor(tf.tensor1d([value])));
  const options = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
  const refused = (changes: object, rate: number, t: number, message: string): void =>
    assert.throws(() => adam(variables, tf.tensor1d([1]), { ...options, ...changes }, rate, t), {
      failure: "usage",
      message,
    });
  refused({ beta1: 1 }, 0.1, 1, "adam, beta1: expected a number in [0, 1), found 1");
  refused({ beta2: -1 }, 0.1, 1, "adam, beta2: expected a number in [0, 1), found -1");
  refused({ epsilon: 0 }, 0.1, 1, "adam, epsilon: expected a finite number > 0, found 0");
  refused({}, -0.1, 1, "adam, learningRate: expected a finite number ≥ 0, found -0.1");
  refused({}, 0.1, 0, "adam, t: expected a whole number ≥ 1, found 0");
  assert.deepEqual(
    variables.map((variable) => variable.read().dataSync()[0]),
    [1, 2, 3],
  );
  for (const variable of variables) variable.dispose();
});
