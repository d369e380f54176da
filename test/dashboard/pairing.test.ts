import assert from "node:assert/strict";
import { test } from "node:test";
import { stream } from "../../src/base/random.js";
import { pairFeatures } from "../../src/dashboard/pairing.js";
import type { Dictionary } from "../../src/evaluate/dictionary.js";
import { withBackend } from "../helpers/backend.js";

withBackend();

const d_in = 3;
const directions = (rows: number[][], off: number[] = []): Dictionary => ({
  W_dec: Float32Array.from(rows.flat()),
  alive: Float32Array.from(rows, (_, i) => (off.includes(i) ? 0 : 1)),
  d_in,
});

test("features are matched so that the sum of cosines is largest, not each with its nearest; what is off is left out", () => {
  const a = directions([
    [1, 0, 0],
    [0.8, 0.6, 0],
    [0, 0, 1],
  ]);
  const b = directions(
    [
      [0, 0, 1],
      [0.8, -0.6, 0],
      [1, 0, 0],
      [0, 0, 1],
    ],
    [3],
  );
  const { matched, near } = pairFeatures(a, b);
  const inWords = (pairs: typeof matched) => pairs.map(({ a, b, cosine }) => `${a}-${b} ${cosine.toFixed(2)}`);
  // 0 and 2 are the same, and matched they leave 0.28 for 1; 0 with 1 and 1 with 2 come to more
  assert.deepEqual(inWords([...matched]), ["0-1 0.80", "1-2 0.80", "2-0 1.00"]);
  assert.deepEqual(inWords([...near]), ["0-1 0.80", "0-2 1.00", "1-2 0.80", "2-0 1.00"]);
});

test("a training in another order is found again whole", () => {
  const random = stream(7, "directions");
  const rows = Array.from({ length: 8 }, () => {
    const row = Array.from({ length: d_in }, () => random.normal());
    return row.map((value) => value / Math.hypot(...row));
  });
  const { matched } = pairFeatures(directions(rows), directions([...rows].reverse()));
  assert.deepEqual(
    matched.map(({ a, b }) => [a, b]),
    rows.map((_, i) => [i, 7 - i]),
  );
  assert.ok(matched.every(({ cosine }) => Math.abs(cosine - 1) < 1e-6));
});
