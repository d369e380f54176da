import assert from "node:assert/strict";
import { test } from "node:test";
import { counted, intervalText, meanAndSd, numeral } from "../../../src/report/page/numbers.js";

test("numbers have four significant digits and a minus sign as wide as a digit", () => {
  assert.deepEqual([0.123456, -12.3456, 2, 0, 123456].map(numeral), ["0.1235", "−12.35", "2", "0", "123500"]);
});

test("a mean with two digits of its standard deviation; none of one seed, 0 of equal ones", () => {
  const text = (mean: number, sd: number | null) => meanAndSd({ mean, sd }).replaceAll("\u00a0", "_");
  assert.equal(text(0.123456, 0.0098765), "0.1235_±_0.0099");
  assert.equal(text(-5, 12.345), "−5_±_12");
  assert.equal(text(0.5, null), "0.5");
  assert.equal(text(0.5, 0), "0.5_±_0");
  assert.equal(text(-0.5, 4e-13), "−0.5_±_0");
  assert.equal(text(0.5, 6e-13), "0.5_±_6e-13");
});

test("an interval from its low to its high end, or none", () => {
  assert.equal(intervalText({ low: -0.123456, high: 0.98765 }), "−0.1235\u00a0to\u00a00.9877");
  assert.equal(intervalText(null), "–");
});

test("one of a thing has no plural, and none has", () => {
  assert.deepEqual(
    [0, 1, 2].map((count) => counted(count, "seed")),
    ["0 seeds", "1 seed", "2 seeds"],
  );
});
