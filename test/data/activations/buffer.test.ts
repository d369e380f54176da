import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ActivationBuffer, type Halves } from "../../../src/data/activations/buffer.js";

/** Halves of these sizes, over and over; the vector of row i of half k is (k, i). Notes which have been asked for. */
function numbered(sizes: readonly number[]): Halves & { ensured: number[] } {
  const ensured: number[] = [];
  const count = (k: number): number => {
    assert.ok(ensured.includes(k), `half ${k} is read before it is there`);
    return sizes[k % sizes.length];
  };
  return {
    ensured,
    isThere: (k) => ensured.includes(k),
    async ensure(k) {
      ensured.push(k);
    },
    count,
    read(k, take) {
      for (let i = 0; i < count(k); i++) take(i, Float32Array.of(k, i));
    },
  };
}

const draw = { batchSize: 5, seed: 42 };

/** The vectors of batch t as "half/row". */
function batchOf(buffer: ActivationBuffer, t: number, of = draw): string[] {
  return [...buffer.indices(t, of)].map((slot) => buffer.vectors.subarray(2 * slot, 2 * slot + 2).join("/"));
}

async function batchesOf(halves: Halves, capacity: number, count: number, of = draw): Promise<string[][]> {
  const buffer = await ActivationBuffer.filled(halves, 2, capacity);
  const batches: string[][] = [];
  for (let t = 0; t < count; t++) {
    await buffer.ready(t, of);
    batches.push(batchOf(buffer, t, of));
  }
  return batches;
}

test("the first fill is two halves; at half one more is captured, and what was not drawn stays", async () => {
  const halves = numbered([20, 20, 20, 20]);
  const buffer = await ActivationBuffer.filled(halves, 2, 40);
  assert.deepEqual(halves.ensured, [0, 1]);
  assert.equal(buffer.firstFill.length, 2 * 40);
  const drawn: string[] = [];
  for (let t = 0; t < 4; t++) {
    await buffer.ready(t, draw);
    drawn.push(...batchOf(buffer, t));
  }
  assert.deepEqual(halves.ensured, [0, 1], "20 of 40 are drawn before a refill");
  assert.equal(new Set(drawn).size, 20);
  await buffer.ready(4, draw);
  assert.deepEqual(halves.ensured, [0, 1, 2]);
  const held = Array.from({ length: 40 }, (_, slot) => buffer.vectors.subarray(2 * slot, 2 * slot + 2).join("/"));
  const left = [0, 1]
    .flatMap((k) => Array.from({ length: 20 }, (_, i) => `${k}/${i}`))
    .filter((v) => !drawn.includes(v));
  const fresh = Array.from({ length: 20 }, (_, i) => `2/${i}`);
  assert.deepEqual(held.sort(), [...left, ...fresh].sort());
});

test("no vector is drawn twice in an epoch, whatever the halves' sizes", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 11, max: 20 }), { minLength: 6, maxLength: 6 }),
      fc.integer(),
      async (sizes, seed) => {
        const drawn = (await batchesOf(numbered(sizes), 40, 12, { ...draw, seed })).flat();
        assert.equal(new Set(drawn).size, drawn.length);
      },
    ),
    { numRuns: 60, seed: 1 },
  );
});

test("batch t depends on seed and t alone: a buffer that begins at t has the same", async () => {
  const sizes = [20, 19, 20, 17, 20];
  const through = await batchesOf(numbered(sizes), 40, 40);
  for (const t of [0, 3, 4, 5, 17, 39]) {
    const buffer = await ActivationBuffer.filled(numbered(sizes), 2, 40);
    await buffer.ready(t, draw);
    assert.deepEqual(batchOf(buffer, t), through[t], `batch ${t}`);
  }
  assert.notDeepEqual(await batchesOf(numbered(sizes), 40, 2, { ...draw, seed: 43 }), through.slice(0, 2));
});

test("one buffer serves one training after another, also from the start again", async () => {
  const buffer = await ActivationBuffer.filled(numbered([20, 20, 20]), 2, 40);
  const first = batchOf(buffer, 0);
  await buffer.ready(30, draw);
  assert.notDeepEqual(batchOf(buffer, 30), first);
  assert.deepEqual(batchOf(buffer, 0), first);
});

test("a batch whose vectors are not stored is an error unless it has been made ready", async () => {
  const buffer = await ActivationBuffer.filled(numbered([20, 20, 20]), 2, 40);
  assert.equal(buffer.indices(3, draw).length, 5);
  assert.throws(() => buffer.indices(4, draw), /batch 4: expected stored activations, found none of half 2/);
  await buffer.ready(4, draw);
  assert.equal(buffer.indices(4, draw).length, 5);
});

test("a buffer too small for its batches is an error", async () => {
  const buffer = await ActivationBuffer.filled(numbered([2, 2]), 2, 4);
  await assert.rejects(buffer.ready(0, draw), /a buffer of 4 vectors is too small for batches of 5/);
});

test("the first fill is both halves, of whatever sizes: in order, row after row", async () => {
  for (const sizes of [
    [20, 13],
    [7, 20],
  ]) {
    const buffer = await ActivationBuffer.filled(numbered(sizes), 2, 40);
    const expected = [0, 1].flatMap((k) => Array.from({ length: sizes[k] }, (_, i) => [k, i]));
    assert.deepEqual([...buffer.firstFill], expected.flat());
  }
});
