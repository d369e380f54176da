import assert from "node:assert/strict";
import { test } from "node:test";
import { firingProbabilities, trueL0 } from "../../src/known-features/probabilities.js";
import { assertNear } from "../helpers/stubs.js";

const mean = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0) / values.length;

test("p_g falls as 1 / (g + 4), with a mean of 0.03", () => {
  for (const features of [64, 256]) {
    const p = firingProbabilities(features);
    assertNear([mean(p), p[1] / p[0], p[features - 1] / p[0]], [0.03, 4 / 5, 4 / (features + 3)], 1e-10);
    assertNear([p.reduce((a, b) => a + b, 0)], [trueL0(features)], 1e-9);
  }
});

test("what would fire more than half the time fires half the time, and the mean stays 0.03", () => {
  const p = firingProbabilities(4096);
  assert.ok(p.filter((x) => x === 0.5).length > 1);
  const [first] = [...p].map((x, g) => [x, g]).filter(([x]) => x < 0.5);
  assertNear([mean(p), p[4000] / first[0]], [0.03, (first[1] + 4) / 4004], 1e-10);
});
