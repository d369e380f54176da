import assert from "node:assert/strict";
import { test } from "node:test";
import { allowanceOf, allowances } from "../../src/claims/allowances.js";

test("an allowance is about twice what moved its quantity, as its reason says; that of the smoothest is ten times", () => {
  for (const [name, allowance] of Object.entries(allowances)) {
    const { share, by, why } = { share: undefined, by: undefined, ...allowance };
    const [, moved, percent] = /by (\d[\d.]*)( %)?$/.exec(why) ?? [];
    if (moved === undefined) continue;
    const times = percent ? (100 * share!) / Number(moved) : by! / Number(moved);
    const most = name === "roughness" ? 10.1 : 2.6;
    assert.ok(times > 1.9 && times < most, `${name}: ${times} times ${moved}`);
  }
});

test("what is a share ends at 0 and 1, variance explained at 1, and differences nowhere", () => {
  const ranged = Object.entries(allowanceOf).flatMap(([name, { range }]) => (range ? [name] : []));
  assert.deepEqual(ranged.sort(), [
    "activationDrift",
    "activeFraction",
    "lowActivity",
    "meanCorrelation",
    "probing1",
    "prunablePairs",
    "radiusMoves",
    "strongPairs",
    "utilization",
  ]);
  for (const name of ranged as (keyof typeof allowanceOf)[]) assert.deepEqual(allowanceOf[name].range, [0, 1], name);
  assert.deepEqual(allowances.varianceExplained.range, [Number.NEGATIVE_INFINITY, 1]);
});

test("six of 576 features may pass a bound, two pairs in a thousand, and of steps one in ten; counts are exact", () => {
  const { utilization, strongPairs, moves, exact } = allowances;
  assert.equal(Math.ceil(576 * utilization.by), 6);
  assert.deepEqual([strongPairs.by, moves.by, Object.keys(exact)], [0.002, 0.1, ["why"]]);
  assert.deepEqual([allowanceOf.width, allowanceOf.selectedShare], [exact, exact]);
});
