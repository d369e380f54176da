import assert from "node:assert/strict";

/** Asserts that numbers agree to `tolerance` of the largest expected one; what is 0 must be 0. Returns the difference found. */
export function near(actual: readonly number[], expected: readonly number[], tolerance: number, what: string): number {
  assert.equal(actual.length, expected.length, what);
  const largest = Math.max(0, ...expected.map(Math.abs));
  const difference = Math.max(0, ...expected.map((value, i) => Math.abs(actual[i] - value)));
  assert.ok(difference <= tolerance * largest, `${what}: differs by ${difference} where the largest is ${largest}`);
  return largest > 0 ? difference / largest : 0;
}
