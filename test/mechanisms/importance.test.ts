import assert from "node:assert/strict";
import { test } from "node:test";
import type { ImportanceNorm } from "../../src/mechanisms/importance.js";
import { momentumImportance } from "../../src/mechanisms/index.js";
import { withBackend } from "../helpers/backend.js";
import { assertNear, seenFeatures, state } from "../helpers/stubs.js";

withBackend();

// Two tokens, three features: the first fires on both, the second on one, the third never.
const f = [
  [3, 0, 0],
  [4, 2, 0],
];
const W_dec = [
  [1, 0],
  [0.6, 0.8],
  [3, 4],
];

const byHand: Record<ImportanceNorm, number[]> = {
  batchL2: [5, 2, 0],
  meanAbs: [3.5, 1, 0],
  rms: [Math.sqrt(12.5), Math.sqrt(2), 0],
  decoderNorm: [1, 1, 5],
  frequency: [1, 0.5, 0],
};

for (const [norm, expected] of Object.entries(byHand) as [ImportanceNorm, number[]][])
  test(`Eq. 6, Reading R7 ${norm}: I starts at its first value and then moves by 1 %`, () => {
    const rule = momentumImportance({ norm });
    assertNear(rule(state(3), seenFeatures(f, W_dec)), expected);
    const before = Float64Array.of(1, 10, 0);
    const moved = expected.map((value, i) => 0.99 * before[i] + 0.01 * value);
    assertNear(rule(state(3, { importance: before }), seenFeatures(f, W_dec)), moved);
  });

test("Eq. 6: the batch's norm is not divided by its size", () => {
  assertNear(momentumImportance()(state(3), seenFeatures([...f, ...f, ...f, ...f])), [10, 4, 0]);
});

test("Reading R7 frequency: shares are exact, so that equal importance ties", () => {
  const tenTokens = Array.from({ length: 10 }, (_, b) => [b < 7 ? 1 : 0]);
  assert.equal(momentumImportance({ norm: "frequency" })(state(1), seenFeatures(tenTokens))[0], 0.7);
});

test("a rule writes nothing: I of the step before is as it was", () => {
  const importance = Float64Array.of(1, 10, 0);
  momentumImportance()(state(3, { importance }), seenFeatures(f));
  assert.deepEqual([...importance], [1, 10, 0]);
});
