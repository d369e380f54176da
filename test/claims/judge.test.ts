/** Verdicts on numbers, whoever measured them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Bound, type Close, judge } from "../../src/claims/judge.js";

const around = (mean: number, by: number): number[] => [mean - by, mean, mean + by]; // sd = by; half = 4.303 by / √3 = 2.484 by

const cases: [name: string, values: number[], sentence: Bound | Close, verdict: string][] = [
  ["a bound above the whole interval", around(1, 0.1), { operator: "<", value: 1.2485 }, "holds"],
  ["a bound just inside it", around(1, 0.1), { operator: "<", value: 1.2483 }, "inconclusive"],
  ["a bound below the whole of it", around(1, 0.1), { operator: "<", value: 0.7515 }, "differs"],
  ["a bound just inside its lower end", around(1, 0.1), { operator: "<", value: 0.7517 }, "inconclusive"],
  ["from below", around(1, 0.1), { operator: ">", value: 0.75 }, "holds"],
  ["an interval within the tolerance", around(1, 0.1), { stated: 1.1, tolerance: 0.35 }, "holds"],
  ["one that reaches out of it", around(1, 0.1), { stated: 1.1, tolerance: 0.34 }, "inconclusive"],
  ["one outside of it", around(1, 0.1), { stated: 2, tolerance: 0.75 }, "differs"],
  ["rounding alone, on the bound", [0.1 + 0.2, 0.3, 0.3], { operator: "<=", value: 0.3 }, "holds"],
  ["no spread, on the bound that is excluded", [0.3, 0.3, 0.3], { operator: "<", value: 0.3 }, "differs"],
  ["two seeds, however clear", [1, 1], { operator: "<", value: 100 }, "inconclusive"],
];

for (const [name, values, sentence, verdict] of cases)
  test(`${name}: ${verdict}`, () => assert.equal(judge(values, sentence).verdict, verdict));

test("it says why, with the spread that decided", () => {
  const { because, mean, sd, n } = judge(around(1, 0.1), { stated: 1, tolerance: 0.5 });
  assert.equal(because, "interval [0.7516, 1.248], claimed 1, within 0.5");
  assert.deepEqual([mean, sd?.toFixed(6), n], [1, "0.100000", 3]);
  assert.equal(judge([1, 2], { operator: ">", value: 0 }).because, "2 of at least 3 seeds");
  assert.throws(() => judge([], { operator: ">", value: 0 }), /needs values/);
});
