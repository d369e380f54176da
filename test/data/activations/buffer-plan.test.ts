import assert from "node:assert/strict";
import { test } from "node:test";
import { firstGeneration, type Generation, nextGeneration } from "../../../src/data/activations/buffer-plan.js";

const size = { capacity: 12, batchSize: 2, seed: 42 };

/** What the slots hold, as half/row; – where there is nothing. */
const held = ({ half, row }: Generation): string[] =>
  Array.from(half, (k, slot) => (k < 0 ? "–" : `${k}/${row[slot]}`));
const sorted = (slots: Int32Array): number[] => [...slots].sort((one, other) => one - other);

test("the first fill: two halves in the lowest slots, the rest empty; half of it is drawn before a refill", () => {
  const first = firstGeneration([5, 4], size);
  assert.deepEqual(held(first), ["0/0", "0/1", "0/2", "0/3", "0/4", "1/0", "1/1", "1/2", "1/3", "–", "–", "–"]);
  assert.deepEqual([...first.row.subarray(9)], [-1, -1, -1]);
  assert.deepEqual(
    [first.index, first.firstBatch, first.batches],
    [0, 0, 3],
    "6 of 9 are the first that are no less than half",
  );
  assert.deepEqual(sorted(first.order), [0, 1, 2, 3, 4, 5, 6, 7, 8]);
});

test("a refill keeps what was not drawn in its slots and puts the next half into the lowest free ones", () => {
  const first = firstGeneration([5, 4], size);
  const next = nextGeneration(first, 5, size);
  const kept = [...first.order.subarray(6)];
  assert.deepEqual([next.index, next.firstBatch, next.batches], [1, 3, 2], "8 are in it");
  const expected = held(first).map((what, slot) => (kept.includes(slot) ? what : "–"));
  for (let row = 0; row < 5; row++) expected[expected.indexOf("–")] = `2/${row}`;
  assert.deepEqual(held(next), expected);
  assert.deepEqual(
    sorted(next.order),
    sorted(Int32Array.from(expected.flatMap((what, slot) => (what === "–" ? [] : [slot])))),
  );
  const after = nextGeneration(next, 4, size);
  assert.deepEqual([after.index, after.firstBatch, after.batches], [2, 5, 2]);
  assert.equal(held(after).filter((what) => what.startsWith("3/")).length, 4);
});

test("every generation is shuffled anew, by seed and number alone", () => {
  const orders = (seed: number): string[] => {
    const first = firstGeneration([6, 6], { ...size, seed });
    return [first, nextGeneration(first, 6, { ...size, seed })].map(({ order }) => order.join());
  };
  assert.deepEqual(orders(1), orders(1));
  assert.equal(new Set([...orders(1), ...orders(2)]).size, 4);
});

test("a batch may be as large as what is held, not larger; and something must be held", () => {
  assert.equal(firstGeneration([3, 3], { ...size, batchSize: 6 }).batches, 1);
  assert.throws(
    () => firstGeneration([3, 3], { ...size, batchSize: 7 }),
    /a buffer of 6 vectors is too small for batches of 7/,
  );
  assert.throws(() => firstGeneration([0, 0], size), /a buffer of 0 vectors is too small for batches of 2/);
  assert.equal(firstGeneration([1, 1], { ...size, batchSize: 1 }).batches, 1);
});

test("more vectors than there are free slots are refused with both numbers", () => {
  const first = firstGeneration([5, 4], size); // 3 are kept: 9 slots are free
  assert.equal(nextGeneration(first, 9, size).order.length, 12);
  assert.throws(() => nextGeneration(first, 10, size), /10 vectors do not fit into 12 slots/);
});
