import assert from "node:assert/strict";
import { test } from "node:test";
import { stream } from "../../src/base/random.js";
import { scaleVectors } from "../../src/data/activations/scale.js";
import { varianceSums, vectorVariance } from "../../src/evaluate/variance.js";

const [tokens, d_in] = [50, 6];
const random = stream(5, "variance");
/** Dimension 2 is constant, and the others differ in size and mean. */
const x = Float32Array.from({ length: tokens * d_in }, (_, at) =>
  at % d_in === 2 ? 0.3 : 3 + (1 + (at % d_in)) * random.normal(),
);
const xHat = x.map((value) => 0.8 * value + 0.5 + 0.2 * random.normal());

function explained(h: Float32Array, hHat: Float32Array, scaling?: { mean: number[]; scale: number }) {
  const sums = varianceSums(vectorVariance(h, d_in, scaling));
  for (let at = 0; at < h.length; at += 8 * d_in)
    sums.add(h.subarray(at, at + 8 * d_in), hHat.subarray(at, at + 8 * d_in));
  return sums.explained();
}

const near = (found: number, expected: number, within = 1e-9): void =>
  assert.ok(Math.abs(found - expected) <= within, `expected ${expected}, found ${found}`);

/** The definitions, each in a loop of its own. */
function naive() {
  const column = (of: Float32Array, i: number) => Array.from({ length: tokens }, (_, t) => of[t * d_in + i]);
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = (values: number[]) => mean(values.map((value) => (value - mean(values)) ** 2));
  const row = (t: number) => Array.from({ length: d_in }, (_, i) => t * d_in + i);
  const means = Array.from({ length: d_in }, (_, i) => mean(column(x, i)));
  const rows = Array.from({ length: tokens }, (_, t) => t);
  const sum = (t: number, of: (at: number) => number) => row(t).reduce((total, at) => total + of(at), 0);
  const missed = rows.map((t) => sum(t, (at) => (x[at] - xHat[at]) ** 2));
  const away = rows.map((t) => sum(t, (at) => (x[at] - means[at % d_in]) ** 2));
  const squares = rows.map((t) => sum(t, (at) => x[at] ** 2));
  const products = rows.map((t) => sum(t, (at) => x[at] * xHat[at]));
  const error = x.map((value, at) => value - xHat[at]);
  return {
    pooled: 1 - mean(missed) / mean(away),
    perToken: mean(rows.map((t) => 1 - missed[t] / away[t])),
    uncentred: 1 - mean(missed) / mean(squares),
    perDimension: mean(
      [0, 1, 3, 4, 5].map((i) => 1 - variance(column(Float32Array.from(error), i)) / variance(column(x, i))),
    ),
    shrinkage: mean(products) / mean(squares),
  };
}

test("each definition is its formula, a dimension without variance left out of one of them", () => {
  const found = explained(x, xHat);
  for (const [name, value] of Object.entries(naive())) near(found[name as keyof typeof found], value, 1e-6);
});

test("what is computed from h is the variance of x", () => {
  const scaling = { mean: [1, -2, 0, 3, 3, 3], scale: 0.25 };
  const found = explained(scaleVectors(x, scaling), scaleVectors(xHat, scaling), scaling);
  for (const [name, value] of Object.entries(naive())) near(found[name as keyof typeof found], value, 1e-6);
});

test("a constant error costs nothing per dimension; the mean explains nothing; x itself everything", () => {
  const shifted = explained(
    x,
    x.map((value) => value + 1),
  );
  near(shifted.perDimension, 1, 1e-6);
  assert.ok(shifted.pooled < 0.99);
  const mean = Array.from(
    { length: d_in },
    (_, i) => x.filter((_, at) => at % d_in === i).reduce((sum, value) => sum + value, 0) / tokens,
  );
  const byMean = explained(
    x,
    x.map((_, at) => mean[at % d_in]),
  );
  near(byMean.pooled, 0, 1e-6);
  near(byMean.perToken, 0, 1e-6);
  assert.deepEqual(explained(x, x), { pooled: 1, perToken: 1, uncentred: 1, perDimension: 1, shrinkage: 1 });
});

test("a token at the mean counts for no mean over tokens", () => {
  const h = Float32Array.of(1, 0, -1, 0, 0, 0);
  const sums = varianceSums(vectorVariance(h, 2));
  sums.add(h, Float32Array.of(1, 0, 0, 0, 5, 0));
  near(sums.explained().perToken, 0.5);
});

test("vectors without variance, and other rows than those that were prepared, are refused", () => {
  assert.throws(() => vectorVariance(Float32Array.of(1, 2, 1, 2), 2), /expected vectors that differ, found 2 without/);
  const sums = varianceSums(vectorVariance(Float32Array.of(1, 2, 3, 4), 2));
  assert.throws(() => sums.add(Float32Array.of(1, 2), Float32Array.of(1)), /expected 2 numbers, as many as h, found 1/);
  sums.add(Float32Array.of(1, 2), Float32Array.of(1, 2));
  assert.throws(() => sums.explained(), /expected 2 rows in all, found 1/);
  assert.throws(() => sums.add(new Float32Array(4), new Float32Array(4)), /expected 2 rows in all, found 3 or more/);
});
