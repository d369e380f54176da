import assert from "node:assert/strict";
import { test } from "node:test";
import { noReallocation, reallocateInactive } from "../../src/mechanisms/index.js";
import { seenActiveFraction, state } from "../helpers/stubs.js";

const seen = seenActiveFraction(0.1); // the rule reads I alone
const inactive = (I: number[], lowSteps: number[], after = 3) =>
  reallocateInactive({ after })(
    state(I.length, { importance: Float64Array.from(I), lowSteps: Int32Array.from(lowSteps) }),
    seen,
  );

test("§4.3: a step of I < θ counts, one of I ≥ θ starts the count again", () => {
  const { features, lowSteps } = inactive([0.009, 0.01, 0.5, 0], [0, 1, 2, 1]);
  assert.deepEqual([...lowSteps], [1, 0, 0, 2]); // 0.01 is not below θ
  assert.deepEqual(features, []);
});

test("§4.3: a feature is started again at its T-th consecutive step of low importance", () => {
  assert.deepEqual(inactive([0, 0, 0, 0.5], [1, 2, 7, 2]).features, [1, 2]);
});

test("Reading R13: T_realloc is 100 steps", () => {
  const rule = reallocateInactive();
  const after = (steps: number) =>
    rule(state(1, { importance: Float64Array.of(0), lowSteps: Int32Array.of(steps - 1) }), seen).features;
  assert.deepEqual([after(99), after(100)], [[], [0]]);
});

test("a rule writes nothing: counts of the step before are as they were", () => {
  const s = state(1, { importance: Float64Array.of(0), lowSteps: Int32Array.of(5) });
  reallocateInactive()(s, seen);
  assert.equal(s.lowSteps[0], 5);
});

test("Runs 0 to 8: nobody is started again", () => {
  const s = state(1, { importance: Float64Array.of(0), lowSteps: Int32Array.of(500) });
  assert.deepEqual(noReallocation(s, seen).features, []);
});
