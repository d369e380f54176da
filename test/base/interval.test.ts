import assert from "node:assert/strict";
import { test } from "node:test";
import { falseDiscoveryRates, spreadOf, tQuantile, tTest } from "../../src/base/interval.js";
import { stream } from "../../src/base/random.js";

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

/** Seeds whose mean lies this many standard errors above 0. */
const atT = (t: number, n: number) => ({ mean: t / Math.sqrt(n), sd: 1, n, interval: null });

test("two-sided p are those of the printed tables of Student's t, on either side of the value", () => {
  const printed: [df: number, t: number, p: number][] = [
    [1, 6.314, 0.1],
    [2, 2.92, 0.1],
    [2, 4.303, 0.05],
    [2, 9.925, 0.01],
    [4, 2.776, 0.05],
    [4, 4.604, 0.01],
    [9, 2.262, 0.05],
    [30, 2.75, 0.01],
  ];
  for (const [df, t, p] of printed)
    for (const side of [t, -t]) {
      const found = tTest(atT(side, df + 1), 0)!;
      assert.ok(Math.abs(found / p - 1) < 1e-3, `df ${df}, t ${side}: ${found}, printed ${p}`);
    }
  assert.equal(tTest(atT(0, 3), 0), 1);
  assert.ok(Math.abs(tTest({ mean: 5, sd: 2, n: 4, interval: null }, 5 + 3.182)! / 0.05 - 1) < 1e-3, "t = 3.182, df 3");
});

test("p is below 0.05 exactly where the 95 % interval leaves the value out", () => {
  const random = stream(3, "t tests");
  const decisions = { inside: 0, outside: 0 };
  for (let trial = 0; trial < 200; trial++) {
    const spread = spreadOf(Array.from({ length: 2 + (trial % 5) }, () => 1 + random.normal()));
    const { low, high } = spread.interval!;
    for (const value of [0, 2, low - 1e-6, low + 1e-6, high - 1e-6, high + 1e-6]) {
      const isOutside = value < low || value > high;
      decisions[isOutside ? "outside" : "inside"]++;
      assert.equal(tTest(spread, value)! < 0.05, isOutside, `${value} of [${low}, ${high}]`);
    }
  }
  assert.ok(Math.min(decisions.inside, decisions.outside) > 300, JSON.stringify(decisions));
});

test("without spread between seeds p is 0 or 1, and one seed has none", () => {
  const equal = spreadOf([0.5, 0.5, 0.5]);
  assert.deepEqual([tTest(equal, 0.5), tTest(equal, 0.4)], [1, 0]);
  assert.equal(tTest(spreadOf([0.5]), 0.4), null);
});

/** By the definition: the least of p_j m / k_j over the tests j with p_j at least p_i, k_j of them at most p_j; at most 1. */
const naiveRates = (p: readonly number[]): number[] =>
  p.map((own) => {
    let least = 1;
    for (const other of p)
      if (other >= own) least = Math.min(least, (other * p.length) / p.filter((value) => value <= other).length);
    return least;
  });

const nearAll = (found: readonly number[], byHand: readonly number[]): void => {
  assert.equal(found.length, byHand.length);
  for (const [i, value] of byHand.entries()) assert.ok(Math.abs(found[i] - value) < 1e-12, `${found}, not ${byHand}`);
};

test("false discovery rates: 0.01, 0.04, 0.03, 0.005 of four tests, by hand, in the order they were given", () => {
  // p_(k) 4 / k: 0.02, 0.02, 0.04, 0.04.
  nearAll(falseDiscoveryRates([0.01, 0.04, 0.03, 0.005]), [0.02, 0.04, 0.04, 0.02]);
  // 0.03 · 3 / 1 = 0.09, 0.031 · 3 / 2 = 0.0465, 0.9: the first stands wherever the second does.
  nearAll(falseDiscoveryRates([0.031, 0.03, 0.9]), [0.0465, 0.0465, 0.9]);
  assert.deepEqual(falseDiscoveryRates([]), []);
  assert.deepEqual(falseDiscoveryRates([0.5]), [0.5]);
  assert.deepEqual(falseDiscoveryRates([1, 1]), [1, 1]);
});

test("false discovery rates are those of the definition by a plain loop, with equal p among them", () => {
  const random = stream(5, "rates");
  for (let trial = 0; trial < 50; trial++) {
    const p = Array.from({ length: 1 + trial }, () => Math.round(random.uniform() * 20) / 20);
    nearAll(falseDiscoveryRates(p), naiveRates(p));
  }
});
