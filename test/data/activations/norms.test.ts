import assert from "node:assert/strict";
import { test } from "node:test";
import { median, squaredNorms } from "../../../src/data/activations/norms.js";

test("‖x‖² of each row, in float64", () => {
  assert.deepEqual([...squaredNorms(Float32Array.of(3, 4, 0, -1, 2, 2, 0, 0, 1000), 3)], [25, 9, 1_000_000]);
  assert.deepEqual([...squaredNorms(Float32Array.of(2, -3), 1)], [4, 9]);
  assert.equal(squaredNorms(Float32Array.of(2 ** 13, 1), 2)[0], 2 ** 26 + 1);
  assert.equal(squaredNorms(new Float32Array(0), 3).length, 0);
});

test("the median is the middle one of an odd number, else the mean of the two in the middle; by size, not as text", () => {
  assert.equal(median([10, 9, 100]), 10);
  assert.equal(median([10, 1, 100, 4]), 7);
  assert.equal(median([5]), 5);
  assert.equal(median([8, 2, 30, 4, 1]), 4);
  const values = [3, 1, 2];
  median(values);
  assert.deepEqual(values, [3, 1, 2], "the values stay in their order");
});
