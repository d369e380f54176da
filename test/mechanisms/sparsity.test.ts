import assert from "node:assert/strict";
import { test } from "node:test";
import { adaptiveSparsity, constantSparsity } from "../../src/mechanisms/index.js";
import { startingSparsity } from "../../src/mechanisms/sparsity.js";
import { assertNear, seenActiveFraction, state } from "../helpers/stubs.js";

const from = (lambda1: number, activeFraction?: number) => state(2, { sparsity: { lambda1, activeFraction } });
const near = (actual: number | undefined, expected: number): void => assertNear([actual!], [expected], 1e-12);

test("§4.3: λ₁ does not move when p is 10 %", () => {
  near(adaptiveSparsity()(from(0.04), seenActiveFraction(0.1)).lambda1, 0.04);
});

test("§4.3: λ₁ ← λ₁ (1 + 0.1 (p − 0.1))", () => {
  near(adaptiveSparsity()(from(0.04), seenActiveFraction(0.3)).lambda1, 0.0408); // 0.04 · 1.02
  near(adaptiveSparsity()(from(0.04), seenActiveFraction(0)).lambda1, 0.0396); // 0.04 · 0.99
});

test("§5.2: λ₁ stays within [0.01, 0.2]", () => {
  assert.equal(adaptiveSparsity()(from(0.199), seenActiveFraction(1)).lambda1, 0.2); // 0.199 · 1.09
  assert.equal(adaptiveSparsity()(from(0.01), seenActiveFraction(0)).lambda1, 0.01); // 0.01 · 0.99
});

test("Reading R12 averaged: p starts at its first value and then moves by 1 %", () => {
  const averaged = adaptiveSparsity({ momentum: 0.99 });
  const first = averaged(from(0.04), seenActiveFraction(0.3));
  near(first.activeFraction, 0.3);
  near(first.lambda1, 0.0408);
  const second = averaged(from(first.lambda1, first.activeFraction), seenActiveFraction(0.5));
  near(second.activeFraction, 0.302); // 0.99 · 0.3 + 0.01 · 0.5
  near(second.lambda1, 0.0408 * 1.0202);
});

test("Reading R12 batch: p of the steps before does not matter", () => {
  near(adaptiveSparsity()(from(0.04, 0.9), seenActiveFraction(0.1)).lambda1, 0.04);
});

test("§3.1: a constant λ₁ is the one given, whatever the state says", () => {
  assert.equal(constantSparsity()(from(0.1), seenActiveFraction(0.9)).lambda1, 0.04);
});

test("λ₁ starts at a constant rule's own, where an adaptive one says, else at the paper's", () => {
  assert.equal(startingSparsity(constantSparsity(0.08)), 0.08);
  assert.equal(startingSparsity(adaptiveSparsity({ start: 0.32, max: 1.6 })), 0.32);
  assert.equal(startingSparsity(adaptiveSparsity()), 0.04);
  assert.throws(() => adaptiveSparsity({ start: -1 }), /adaptiveSparsity, start: expected .*≥ 0, or nothing, found -1/);
});
