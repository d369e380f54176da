import assert from "node:assert/strict";
import { test } from "node:test";
import { rescaled } from "../../src/dashboard/rescaled.js";

test("vectors of one scaling become those of another, wherever the rows that are asked for begin", () => {
  const x = Float32Array.from({ length: 12 }, (_, i) => 3 * i - 10);
  const scaledBy = (mean: number[], scale: number) => x.map((value, i) => (value - mean[i % 3]) * scale);
  const [from, to] = [
    { mean: Float64Array.of(1, -2, 4), scale: 0.5 },
    { mean: Float64Array.of(0, 8, -1), scale: 4 },
  ];
  const h = rescaled(scaledBy([1, -2, 4], 0.5), from, to);
  assert.equal(h.length, 12);
  assert.deepEqual([...h.subarray()], [...scaledBy([0, 8, -1], 4)]);
  assert.deepEqual([...h.subarray(3, 9)], [...scaledBy([0, 8, -1], 4).subarray(3, 9)]);
});
