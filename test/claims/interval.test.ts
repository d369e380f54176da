import assert from "node:assert/strict";
import { test } from "node:test";
import { spreadOf, tQuantile } from "../../src/claims/interval.js";

test("the 97.5 % quantiles of Student's t are those of the printed tables", () => {
  const printed: [number, number][] = [
    [1, 12.706],
    [2, 4.303],
    [3, 3.182],
    [4, 2.776],
    [5, 2.571],
    [9, 2.262],
    [10, 2.228],
    [30, 2.042],
    [120, 1.98],
  ];
  for (const [df, t] of printed)
    assert.ok(Math.abs(tQuantile(df) - t) < 5.1e-4, `${df}: ${tQuantile(df)}, printed ${t}`);
  assert.ok(Math.abs(tQuantile(4, 0.9) - 2.132) < 5.1e-4);
});

test("the spread of 1, 2, 3: mean 2, standard deviation 1, 2 ± 4.303 / √3", () => {
  const { mean, sd, n, interval } = spreadOf([1, 2, 3]);
  assert.deepEqual([mean, sd, n], [2, 1, 3]);
  assert.ok(Math.abs(interval!.high - (2 + 4.3026527 / Math.sqrt(3))) < 1e-6);
  assert.ok(Math.abs(interval!.low - (2 - 4.3026527 / Math.sqrt(3))) < 1e-6);
});

test("one value has no interval, and no value no spread", () => {
  assert.deepEqual(spreadOf([0.1, 0.1, 0.1]), { mean: 0.1, sd: 0, n: 3, interval: { low: 0.1, high: 0.1 } }); // no rounding
  assert.deepEqual(spreadOf([5]), { mean: 5, sd: null, n: 1, interval: null });
  assert.throws(() => spreadOf([]), /needs values/);
});
