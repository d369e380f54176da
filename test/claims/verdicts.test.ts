import assert from "node:assert/strict";
import { test } from "node:test";
import { spreadOf } from "../../src/base/interval.js";
import { type CheckedClaim, checkClaims, runsText } from "../../src/claims/check.js";
import type { BoundClaim, Claim, CloseClaim, ExactClaim, OrderClaim } from "../../src/claims/claim.js";
import { short } from "../../src/claims/numbers.js";
import type { TrainedTables } from "../../src/experiment/results/tables.js";
import { madeUp, measurementOn } from "../helpers/made-up-claims.js";

const common = {
  ...{ id: "made-up", quote: "made up", section: "6.1", unit: "1", runs: [0], notebook: "none" },
  layer: 12,
  ...{ reading: "made up", evidence: "none" },
  weight: "detail",
} as const;
const bound: BoundClaim = {
  ...{ ...common, runs: [0], kind: "bound", quantity: "utilization" }, // which other kernels do not move
  ...{ operator: "<", value: 0.1 },
};
const close: CloseClaim = {
  ...{ ...common, runs: [0], kind: "close", quantity: "utilization" },
  ...{ stated: 0.18, tolerance: 0.01, why: "made up" },
};
const order: OrderClaim = {
  ...{ ...common, runs: [0, 1], kind: "order", quantity: "utilization" },
  order: [[0], [1]],
};

const check = (claim: Claim, tables: readonly TrainedTables[]): CheckedClaim =>
  checkClaims([claim], [claim], measurementOn(tables))[0];
const ofRun = (run: number, utilization: number[]): TrainedTables[] =>
  utilization.map((utilizationImportance, i) => madeUp({ run, seed: 42 + i, last: { utilizationImportance } }));

/** Three seeds of this mean whose 95 % interval reaches so far to both sides: t₂ = 4.3027, sd = e, half = t₂ e / √3. */
const around = (mean: number, half: number): number[] => {
  const e = (half * Math.sqrt(3)) / 4.302652729911275;
  return [mean - e, mean, mean + e];
};

const values = [0.1, 0.12, 0.14];
const [low, high] = [spreadOf(values).interval!.low, spreadOf(values).interval!.high].map((v) => Number(v.toFixed(12)));
const [H, D, I] = ["holds", "differs", "inconclusive"];
// Where the claimed value lies to the interval: below it, at its low end, within, at its high end, above it.
for (const [operator, verdicts] of [
  ["<", [D, D, I, I, H]],
  ["<=", [D, I, I, H, H]],
  [">", [H, I, I, D, D]],
  [">=", [H, H, I, I, D]],
] as const)
  test(`bound: ${operator} at and beside each end of the interval: ${verdicts.join(", ")}`, () => {
    for (const [i, value] of [low - 1e-4, low, 0.12, high, high + 1e-4].entries()) {
      const checked = check({ ...bound, operator, value }, ofRun(0, values));
      assert.equal(checked.verdict, verdicts[i], `${value}: ${checked.because}`);
    }
  });

for (const [what, [mean, half], verdict] of [
  ["within the tolerance, both ends just inside", [0.18, 0.0096], H],
  ["its low end 0.0004 outside", [0.179, 0.0094], I],
  ["its high end 0.0004 outside", [0.181, 0.0094], I],
  ["both ends outside", [0.18, 0.02], I],
  ["whole 0.0004 below", [0.165, 0.0046], D],
  ["whole 0.0004 above", [0.195, 0.0046], D],
  ["from below just to the tolerance", [0.165, 0.0054], I],
  ["from above just to the tolerance", [0.195, 0.0054], I],
] as [string, [number, number], string][])
  test(`close: an interval ${what}: ${verdict}`, () => {
    const checked = check(close, ofRun(0, around(mean, half)));
    assert.equal(checked.verdict, verdict, checked.because);
  });

test("sums of decimals that miss a bound by their last binary digit do not pass it", () => {
  assert.ok(0.1 + 0.2 > 0.3);
  assert.equal(check({ ...bound, operator: "<=", value: 0.3 }, ofRun(0, Array(3).fill(0.1 + 0.2))).verdict, H);
  assert.equal(check({ ...bound, operator: ">", value: 0.3 }, ofRun(0, Array(3).fill(0.1 + 0.2))).verdict, D);
  assert.equal(check({ ...close, stated: 0.2, tolerance: 0.1 }, ofRun(0, Array(3).fill(0.1 + 0.2))).verdict, H);
});

test("bound: the end of its range keeps a quantity below a value, never above one", () => {
  const used: BoundClaim = { ...bound, quantity: "utilization", operator: ">", value: 0.9 };
  assert.equal(check(used, ofRun(0, [0.99, 0.991, 0.992])).verdict, H);
  const near: BoundClaim = { ...used, operator: "<", value: 1.5 };
  const { verdict, because } = check(near, ofRun(0, [0.75, 0.75, 0.75]));
  assert.equal(verdict, I);
  assert.equal(
    because,
    "interval [0.75, 0.75], claimed < 1.5; but every value lies within 0.25 of the end of its range, where no other difference is possible",
  );
  assert.equal(check({ ...near, value: 0.25 }, ofRun(0, [0.75, 0.75, 0.75])).verdict, D, "not kept at all");
  const room: BoundClaim = { ...bound, layer: "all", over: "range", operator: "<=", value: 0.25 };
  const layers = (values: number[]): TrainedTables[] =>
    values.flatMap((utilizationImportance, at) =>
      [42, 43, 44].map((seed) => madeUp({ layer: [6, 14, 22][at], seed, last: { utilizationImportance } })),
    );
  assert.equal(check(room, layers([0.75, 0.8, 0.9])).verdict, I, "0.25 from the end: no two could be further apart");
  assert.equal(check(room, layers([0.74, 0.8, 0.9])).verdict, H, "0.26 from the end");
});

test("order: the worst part decides, of increases and of stated values alike", () => {
  const stated = { values: [0.5, 0.7], tolerance: 0.01 };
  const verdict = (before: number[], after: number[], changes: object = {}): string =>
    check({ ...order, ...changes }, [...ofRun(0, before), ...ofRun(1, after)]).verdict;
  const [asStated, wide] = [around(0.5, 0.001), around(0.7, 0.1)];
  assert.equal(verdict(asStated, around(0.7, 0.001), { stated }), H);
  assert.equal(verdict(asStated, wide, { stated }), I, "rises for sure, but to 0.7 ± 0.1");
  assert.equal(verdict(around(0.4, 0.001), wide, { stated }), D, "from 0.4 for sure, however wide the other");
  assert.equal(verdict(around(0.7, 0.001), around(0.5, 0.001), { stated: { ...stated, values: [0.7, 0.5] } }), D);
  const three = { runs: [0, 1, 2], order: [[0], [1], [2]] };
  const rising = (last: number[]) =>
    check({ ...order, ...three }, [...ofRun(0, asStated), ...ofRun(1, wide), ...ofRun(2, last)]).verdict;
  assert.equal(rising(around(0.9, 0.1)), H);
  assert.equal(rising(wide), D, "no increase at all from the second to the third");
  assert.equal(rising(around(0.71, 0.001)), I);
});

test("the reason: means, runs, stated values and every increase; of groups the least", () => {
  const tables = [...ofRun(0, [0.5, 0.5, 0.5]), ...ofRun(1, [0.625, 0.625, 0.625]), ...ofRun(2, [0.75, 0.75, 0.75])];
  const because = (changes: object): string => check({ ...order, ...changes } as Claim, tables).because;
  assert.equal(because({}), "means 0.5, 0.625 for Runs 0 < 1; from Run 0 to Run 1 rises by 0.125 [0.125, 0.125]");
  assert.equal(
    because({ stated: { values: [0.5, 0.6], tolerance: 0.05 } }),
    "means 0.5, 0.625 for Runs 0 < 1, claimed 0.5, 0.6, each within 0.05; from Run 0 to Run 1 rises by 0.125 [0.125, 0.125]",
  );
  assert.equal(
    because({ runs: [0, 1, 2], order: [[0], [1, 2]] }),
    "means 0.5, 0.6875 for Runs 0 < 1, 2; what decides it from Run 0 to Run 1 rises by 0.125 [0.125, 0.125]",
  );
  assert.equal(
    because({ runs: [0, 1, 2], order: [[0], [1], [2]] }),
    "means 0.5, 0.625, 0.75 for Runs 0 < 1 < 2; from Run 0 to Run 1 rises by 0.125 [0.125, 0.125], " +
      "from Run 1 to Run 2 rises by 0.125 [0.125, 0.125]",
  );
  assert.equal(check(close, ofRun(0, [0.18, 0.18, 0.18])).because, "interval [0.18, 0.18], claimed 0.18, within 0.01");
  assert.equal(
    check(close, ofRun(0, around(0.18, 0.005))).because,
    "interval [0.175, 0.185], claimed 0.18, within 0.01",
  );
  assert.equal(check(close, ofRun(0, [0.18, 0.18])).because, "2 of at least 3 seeds");
});

test("exact: a value counts where it rounds to the stated decimals, and what was found is told once", () => {
  const exact: ExactClaim = { ...bound, kind: "exact", quantity: "activeFraction", value: 0.05, decimals: 2 };
  const found = (values: number[], changes: object = {}) =>
    check(
      { ...exact, ...changes } as ExactClaim,
      values.map((activeFraction, i) => madeUp({ seed: i, last: { activeFraction } })),
    );
  assert.equal(found([0.0549, 0.0451]).verdict, H);
  assert.equal(found([0.056]).verdict, D);
  assert.equal(found([0.0549], { decimals: 3 }).verdict, D);
  assert.equal(found([0.05, 0.05, 0.123456789]).because, "found 0.05, 0.123457, claimed 0.05");
});

test("runs as a reader lists them, and four significant digits", () => {
  const lists = [[2, 3, 4], [0, 1], [0, 2, 3], [0, 1, 3], [3, 2, 1], [9]];
  assert.deepEqual(lists.map(runsText), ["2–4", "0, 1", "0, 2, 3", "0, 1, 3", "3, 2, 1", "9"]);
  assert.deepEqual([0.123456, 123456, -0.00012344, 2].map(short), ["0.1235", "123500", "-0.0001234", "2"]);
});
