import assert from "node:assert/strict";
import { test } from "node:test";
import { stream, unitDirections } from "../../src/base/random.js";
import { directionMeasures } from "../../src/evaluate/directions.js";
import { withBackend } from "../helpers/backend.js";

withBackend();

const near = (found: number | null, expected: number, within = 1e-6): void =>
  assert.ok(Math.abs(found! - expected) <= within, `expected ${expected}, found ${found}`);

/** Rows that are not of unit length, more than one tile has. */
const [d_sae, d_in] = [1100, 9];
const W_dec = unitDirections(stream(2, "directions"), d_sae, d_in).map((value, at) => value * (1 + (at % 2)));
const alive = Float32Array.from({ length: d_sae }, (_, i) => (i % 11 === 3 ? 0 : 1));

const row = (i: number): number[] => Array.from(W_dec.subarray(i * d_in, (i + 1) * d_in));
function cosine(i: number, j: number): number {
  const [u, v] = [row(i), row(j)];
  return u.reduce((sum, value, k) => sum + value * v[k], 0) / Math.hypot(...u) / Math.hypot(...v);
}

test("the nearest direction and the mean over pairs are those of plain loops, without features switched off", () => {
  const on = Array.from({ length: d_sae }, (_, i) => i).filter((i) => alive[i] === 1);
  const nearest = on.map((i) => Math.max(...on.filter((j) => j !== i).map((j) => cosine(i, j)))).sort((a, b) => a - b);
  const pairs = on.flatMap((i, at) => on.slice(at + 1).map((j) => Math.abs(cosine(i, j))));
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const found = directionMeasures({ d_in, W_dec, alive });
  assert.deepEqual([found.features, found.switchedOff], [1000, 100]);
  near(found.nearestDecoder.mean, mean(nearest));
  near(found.nearestDecoder.median, (nearest[499] + nearest[500]) / 2);
  near(found.nearestDecoder.p95, nearest[949] + 0.05 * (nearest[950] - nearest[949])); // at 0.95 · 999 = 949.05
  near(found.meanDecoder.mean, mean(pairs));
});

test("nearest is signed: a direction and its opposite are not near", () => {
  const found = directionMeasures({ d_in: 2, W_dec: Float32Array.of(1, 0, -1, 0), alive: [1, 1] });
  assert.equal(found.nearestDecoder.mean, -1);
  assert.equal(found.meanDecoder.mean, 1);
});

test("the null is what random directions have: near their own measure, the same for the same seed", () => {
  const random = unitDirections(stream(8, "others"), 300, 24);
  const measured = (seed?: number) =>
    directionMeasures({ d_in: 24, W_dec: random, alive: new Float32Array(300).fill(1) }, seed);
  const { nearestDecoder, meanDecoder } = measured();
  near(nearestDecoder.null, nearestDecoder.mean!, 0.01);
  near(meanDecoder.null, meanDecoder.mean!, 0.002);
  assert.equal(measured().nearestDecoder.null, nearestDecoder.null);
  assert.notEqual(measured(1).nearestDecoder.null, nearestDecoder.null);
});

test("the null of fewer features does not depend on what was measured before", () => {
  const of = (features: number, seed: number) =>
    directionMeasures(
      { d_in: 5, W_dec: unitDirections(stream(1, "any"), features, 5), alive: new Float32Array(features).fill(1) },
      seed,
    ).nearestDecoder.null;
  const mean = (n: number, seed: number) => {
    const nulls = Array.from({ length: 10 }, (_, draw) => {
      const rows = unitDirections(stream(seed, `random directions ${draw}`), n, 5);
      const product = (i: number, j: number) =>
        [0, 1, 2, 3, 4].reduce((sum, k) => sum + rows[i * 5 + k] * rows[j * 5 + k], 0);
      const all = Array.from({ length: n }, (_, i) => i);
      return all.reduce((sum, i) => sum + Math.max(...all.filter((j) => j !== i).map((j) => product(i, j))), 0) / n;
    });
    return nulls.reduce((sum, value) => sum + value, 0) / 10;
  };
  for (const n of [40, 12, 41]) near(of(n, 77), mean(n, 77));
});

test("fewer than two features have no nearest; shapes that do not fit and NaN are refused", () => {
  assert.deepEqual(directionMeasures({ d_in: 2, W_dec: Float32Array.of(1, 0, 0, 1), alive: [0, 1] }).nearestDecoder, {
    mean: null,
    median: null,
    p95: null,
    null: null,
  });
  assert.throws(
    () => directionMeasures({ d_in: 2, W_dec: new Float32Array(3), alive: [1, 1] }),
    /expected 2 rows of 2 numbers, one for each of alive, found 3/,
  );
  assert.throws(() => directionMeasures({ d_in: 2, W_dec: Float32Array.of(1, Number.NaN), alive: [1] }), /W_dec/);
});
