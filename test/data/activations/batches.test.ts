import assert from "node:assert/strict";
import { test } from "node:test";
import { batchIndices, gatherRows } from "../../../src/data/activations/batches.js";

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
