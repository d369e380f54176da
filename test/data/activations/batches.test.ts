import assert from "node:assert/strict";
import { test } from "node:test";
import { batchIndices, gatherRows, vectorBatches } from "../../../src/data/activations/batches.js";
import { withBackend } from "../../helpers/backend.js";

withBackend();

test("one shuffle draws every vector at most once; the next one differs", () => {
  const indices = batchIndices(103, 10, 42);
  const first = Array.from({ length: 10 }, (_, t) => [...indices(t)]).flat();
  assert.equal(new Set(first).size, 100);
  assert.ok(first.every((i) => i >= 0 && i < 103));
  assert.notDeepEqual([...indices(10)], first.slice(0, 10));
});

test("batch t depends on seed and t alone, not on what was drawn before", () => {
  const [a, b] = [batchIndices(103, 10, 42), batchIndices(103, 10, 42)];
  for (let t = 0; t < 25; t++) a(t);
  assert.deepEqual([...a(24)], [...b(24)]);
  assert.deepEqual([...a(3)], [...b(3)]);
  assert.notDeepEqual([...batchIndices(103, 10, 43)(3)], [...b(3)]);
});

test("fewer vectors than a batch is an error, not an empty batch", () => {
  assert.throws(() => batchIndices(9, 10, 42), {
    failure: "usage",
    message: "vectors: expected 10 or more, to fill a batch, found 9",
  });
});

test("rows are gathered in the order asked for", () => {
  assert.deepEqual([...gatherRows(Float32Array.of(1, 2, 3, 4, 5, 6), 2, Int32Array.of(2, 0))], [5, 6, 1, 2]);
});

test("as many vectors as a batch are one batch a shuffle", () => {
  const indices = batchIndices(4, 4, 1);
  for (const t of [0, 1]) assert.deepEqual([...indices(t)].sort(), [0, 1, 2, 3]);
  assert.notDeepEqual([...indices(0)], [...indices(1)], "another order");
});

test("whatever batch is asked for first, it is the same", () => {
  for (const t of [0, 9, 10, 11, 20, 31]) {
    const through = batchIndices(103, 10, 42);
    for (let before = 0; before < t; before++) through(before);
    const found = [...batchIndices(103, 10, 42)(t)];
    assert.equal(found.length, 10);
    assert.deepEqual(found, [...through(t)], `batch ${t}`);
  }
});

test("counts, seeds and steps that there are not are refused by name", () => {
  for (const [args, message] of [
    [[0, 10, 1], "batchIndices, count: expected a whole number ≥ 1, found 0"],
    [[100, 0, 1], "batchIndices, size: expected a whole number ≥ 1, found 0"],
    [[100, 2.5, 1], "batchIndices, size: expected a whole number ≥ 1, found 2.5"],
    [[100, 10, 0.5], "batchIndices, seed: expected a whole number, found 0.5"],
  ] as const)
    assert.throws(() => batchIndices(...(args as [number, number, number])), { failure: "usage", message });
  for (const t of [-1, 0.5, Number.NaN])
    assert.throws(() => batchIndices(100, 10, 1)(t), { message: `batch, t: expected a whole number ≥ 0, found ${t}` });
});

test("batches of vectors are the rows that the indices name", () => {
  const vectors = Float32Array.from({ length: 60 }, (_, at) => at);
  const [batch, indices] = [vectorBatches(vectors, { d_in: 3, batchSize: 4, seed: 9 }), batchIndices(20, 4, 9)];
  for (const t of [0, 7, 4]) {
    const h = batch(t);
    assert.deepEqual(
      h.arraySync(),
      [...indices(t)].map((row) => [3 * row, 3 * row + 1, 3 * row + 2]),
    );
    h.dispose();
  }
  assert.throws(() => vectorBatches(vectors, { d_in: 7, batchSize: 4, seed: 9 }), {
    failure: "usage",
    message: "vectors: expected rows of 7 numbers, one or more, found 60 numbers",
  });
  assert.throws(() => vectorBatches(vectors, { d_in: 3, batchSize: 21, seed: 9 }), {
    message: "vectors: expected 21 or more, to fill a batch, found 20",
  });
});
