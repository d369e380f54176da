import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { stream } from "../../src/base/random.js";
import { designOf, fitLogistic } from "../../src/evaluate/logistic.js";
import { drawProbes } from "../../src/evaluate/probe-draw.js";
import { probeSources, probeWithNull } from "../../src/evaluate/probing.js";
import { sequenceMeans } from "../../src/evaluate/sequence-means.js";
import { withBackend } from "../helpers/backend.js";

withBackend();

const near = (found: number, expected: number, within = 1e-6): void =>
  assert.ok(Math.abs(found - expected) <= within, `expected ${expected}, found ${found}`);

/** Rows of two classes whose means differ in the first columns. */
function rowsOf(rows: number, columns: number, seed: number) {
  const random = stream(seed, "rows");
  const labels = Array.from({ length: rows }, (_, i) => (i % 3 === 0 ? 1 : 0));
  const values = Float64Array.from(
    { length: rows * columns },
    (_, at) => random.normal() + (at % columns < 2 ? 0.7 * labels[Math.floor(at / columns)] : 0),
  );
  return { values, columns, labels };
}

/** ½‖w‖² + C Σ log(1 + exp(−s(w·z + b))). */
function lossAt({ values, columns, labels }: ReturnType<typeof rowsOf>, C: number, w: ArrayLike<number>, b: number) {
  let loss = 0;
  for (let c = 0; c < columns; c++) loss += 0.5 * w[c] ** 2;
  for (let i = 0; i < labels.length; i++) {
    let score = b;
    for (let c = 0; c < columns; c++) score += w[c] * values[i * columns + c];
    loss += C * Math.log1p(Math.exp(labels[i] === 1 ? -score : score));
  }
  return loss;
}

for (const [rows, columns] of [
  [60, 3],
  [61, 40],
  [40, 200], // more columns than rows: always told apart, and held back by ‖w‖² alone
])
  test(`logistic regression of ${rows} rows and ${columns} columns is at a minimum: every slope is 0`, () => {
    const data = rowsOf(rows, columns, rows);
    for (const C of [0.1, 1, 30]) {
      const { weights, intercept } = fitLogistic(designOf(data.values, data.columns), data.labels, C);
      const step = 1e-5;
      const slope = (c: number) => {
        const at = (by: number) => {
          const moved = Array.from(weights, (w, k) => (k === c ? w + by : w));
          return lossAt(data, C, moved, c < columns ? intercept : intercept + by);
        };
        return (at(step) - at(-step)) / (2 * step);
      };
      for (let c = 0; c <= columns; c += Math.ceil(columns / 10)) near(slope(c), 0, 1e-5);
      near(slope(columns), 0, 1e-5);
    }
  });

test("logistic regression of one column is where a search on a grid finds the lowest loss", () => {
  const data = rowsOf(30, 1, 9);
  const { weights, intercept } = fitLogistic(designOf(data.values, 1), data.labels);
  let best = { w: 0, b: 0, loss: Number.POSITIVE_INFINITY };
  for (let w = -3; w <= 3; w += 0.01)
    for (let b = -3; b <= 3; b += 0.01) {
      const loss = lossAt(data, 1, [w], b);
      if (loss < best.loss) best = { w, b, loss };
    }
  near(weights[0], best.w, 0.011);
  near(intercept, best.b, 0.011);
});

test("rows of one label are refused", () => {
  assert.throws(() => fitLogistic(designOf(new Float64Array(2), 1), [1, 1]), /one of them only/);
});

const sources = Int32Array.from({ length: 90 }, (_, i) => i % 3);

test("as many negatives as positives are drawn from the others, the same for the same seed", () => {
  const draws = drawProbes(sources, sources.subarray(0, 30));
  assert.deepEqual(
    draws.map(({ source }) => source),
    [0, 1, 2],
  );
  for (const { source, train, test: inTest, permutation } of draws) {
    for (const [drawn, count] of [
      [Array.from(train), 30],
      [Array.from(inTest), 10],
    ] as const) {
      assert.equal(new Set(drawn).size, count);
      assert.ok(drawn.every((row, i) => sources[row] !== source && (i === 0 || row > drawn[i - 1])));
    }
    assert.deepEqual(
      Array.from(permutation).sort((a, b) => a - b),
      Array.from({ length: 60 }, (_, i) => i),
    );
  }
  assert.deepEqual(drawProbes(sources, sources.subarray(0, 30)), draws);
  assert.notDeepEqual(drawProbes(sources, sources.subarray(0, 30), 1), draws);
});

test("each other row is drawn about as often as any", () => {
  const times = new Float64Array(90);
  for (let seed = 0; seed < 300; seed++)
    for (const row of Array.from(drawProbes(sources, sources, seed)[0].train)) times[row]++;
  // Of 60 rows 30 are drawn: 150 of 300 times, give or take 9.
  for (const [row, count] of times.entries())
    if (sources[row] === 0) assert.equal(count, 0);
    else near(count, 150, 45);
});

test("a source that cannot be balanced is left out", () => {
  assert.deepEqual(drawProbes([0, 0, 0], [0, 0]), []);
  assert.deepEqual(
    drawProbes([0, 0, 0, 1, 1], [0, 1]).map(({ source }) => source),
    [1],
  );
  assert.deepEqual(
    drawProbes([0, 1, 2], [0, 1]).map(({ source }) => source),
    [0, 1],
  );
});

/** Examples of which column 4 tells source 1, in the opposite direction, and column 6 is constant. */
function examples(count: number, seed: number) {
  const random = stream(seed, "examples");
  const source = Int32Array.from({ length: count }, (_, i) => i % 3);
  const values = Float32Array.from({ length: count * 8 }, (_, at) => {
    const [row, column] = [Math.floor(at / 8), at % 8];
    if (column === 6) return 0.1;
    return random.normal() - (column === 4 && source[row] === 1 ? 6 : 0);
  });
  return { values, columns: 8, source };
}

test("a planted column is chosen first and tells its source; permuted labels tell nothing", () => {
  const [train, testing] = [examples(240, 1), examples(240, 2)];
  const draws = drawProbes(train.source, testing.source);
  const found = probeSources(train, testing, draws);
  const one = found[1].sources[1];
  assert.deepEqual(one.features, [4]);
  assert.ok(one.weights[0] < 0, "less of the column means the source");
  assert.ok(one.accuracy >= 0.99 && one.of === 160 && one.correct === one.accuracy * 160);
  near(found[1].mean, found[1].sources.reduce((sum, { accuracy }) => sum + accuracy, 0) / 3, 1e-12);
  assert.deepEqual(found[2].sources[1].features.slice(0, 1), [4]);
  assert.deepEqual(found.all.sources[1].features, [0, 1, 2, 3, 4, 5, 6, 7]);
  assert.deepEqual(new Set(found[16].sources[1].features), new Set(found.all.sources[1].features));
  near(found.all.sources[1].weights[6], 0, 1e-12);
  const { probed, permuted } = probeWithNull(train, testing, draws);
  assert.deepEqual(probed, found);
  assert.ok(Math.abs(permuted.all.mean - 0.5) < 0.2, `${permuted.all.mean}`);
});

test("of columns that tell equally much the lower is chosen", () => {
  const source = [0, 0, 1, 1];
  const values = Float32Array.from(source.flatMap((s) => [0, s, 1 - s, s]));
  const all = { values, columns: 4, source };
  assert.deepEqual(probeSources(all, all, drawProbes(source, source))[2].sources[0].features, [1, 2]);
});

test("examples that do not fit are refused", () => {
  const [a, b] = [examples(6, 1), examples(6, 2)];
  const draws = drawProbes(a.source, b.source);
  assert.throws(() => probeSources({ ...a, source: [0] }, b, draws), /expected 1 rows of 8 numbers/);
  assert.throws(
    () => probeSources(a, { ...b, columns: 4, values: b.values.subarray(24) }, draws),
    /expected 8 columns/,
  );
  assert.throws(() => probeSources(a, b, []), /expected draws/);
});

test("sequences are the means of their rows, wherever chunks are cut", () => {
  const sequence = [7, 7, 7, 2, 2, 9, 7];
  const source = [1, 1, 1, 0, 0, 2, 1];
  const values = Float32Array.from({ length: 14 }, (_, i) => i * i);
  const expected = [[0, 1, 2, 6], [3, 4], [5]].map((rows) =>
    [0, 1].map((c) => rows.reduce((sum, row) => sum + values[2 * row + c], 0) / rows.length),
  );
  for (const cut of [1, 2, 3, 7]) {
    const means = sequenceMeans({ source, sequence }, 2);
    for (let at = 0; at < 7; at += cut) {
      const rows = values.subarray(2 * at, 2 * (at + cut));
      means.add(tf.tensor2d(rows, [rows.length / 2, 2]));
    }
    const found = means.examples();
    assert.deepEqual(Array.from(found.source), [1, 0, 2]);
    for (const [i, value] of expected.flat().entries()) near(found.values[i], value, 1e-5);
    assert.throws(() => means.add(tf.zeros([1, 2])), /expected 7 rows, one for each place/);
  }
});
