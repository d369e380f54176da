import assert from "node:assert/strict";
import { test } from "node:test";
import { stream } from "../../../src/base/random.js";
import { countFiring } from "../../../src/sae/correlations/firing.js";
import { withBackend } from "../../helpers/backend.js";

withBackend();

for (const [m, n] of [
  [125, 300],
  [3, 7],
  [0, 5],
])
  test(`what fires is counted, by feature and by token: ${m} × ${n}`, () => {
    const random = stream(n, "f");
    const f = Float32Array.from({ length: m * n }, () => (random.uniform() < 0.3 ? random.normal() : 0));
    const { firing, squares, l0 } = countFiring(f, n);
    const column = (i: number): number[] => Array.from({ length: m }, (_, b) => f[b * n + i]);
    const row = (b: number): number[] => [...f.subarray(b * n, (b + 1) * n)];
    const above = (values: number[]): number => values.filter((value) => value > 0).length; // below 0 is not fired
    const sumOfSquares = (values: number[]): number => values.reduce((sum, value) => sum + value * value, 0);
    assert.deepEqual(
      [...firing],
      Array.from({ length: n }, (_, i) => above(column(i))),
    );
    assert.deepEqual(
      [...squares],
      Array.from({ length: n }, (_, i) => sumOfSquares(column(i))),
    );
    assert.deepEqual(
      [...l0],
      Array.from({ length: m }, (_, b) => above(row(b))),
    );
  });
