import assert from "node:assert/strict";
import { test } from "node:test";
import { Largest } from "../../../src/sae/correlations/largest.js";

const keep = (most: number, values: number[], places = values.map((_, at) => at)): number[] => {
  const largest = new Largest(most);
  for (const [at, value] of values.entries()) largest.offer(value, places[at]);
  return [...largest.placesInOrder()];
};

test("the places of the largest values are kept, ascending", () => {
  assert.deepEqual(keep(3, [5, 1, 9, 7, 3]), [0, 2, 3]);
});

test("of equal values the one of lower place is kept, in whatever order they are offered", () => {
  assert.deepEqual(keep(2, [1, 1, 1]), [0, 1]);
  assert.deepEqual(keep(2, [1, 1, 1, 2], [8, 7, 6, 9]), [6, 9]);
});

test("none are kept of none, all of few", () => {
  assert.deepEqual(keep(0, [1, 2]), []);
  assert.deepEqual(keep(5, [2, 1]), [0, 1]);
  assert.deepEqual(keep(5, []), []);
});
