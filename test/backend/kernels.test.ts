import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import path from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import * as tf from "@tensorflow/tfjs";
import { bfloat16MatMul, bfloat16Of } from "../../src/backend/bfloat16.js";
import * as kernels from "../../src/backend/kernel-ops.js";
import { hasKernels } from "../../src/backend/kernels.js";
import { isNative } from "../../src/backend/native.js";
import { matMul, sumOfSquares, type Transposed } from "../../src/backend/ops.js";
import { mutableTensor } from "../../src/backend/variables.js";
import { packageFolder } from "../../src/base/files.js";
import { stream } from "../../src/base/random.js";
import { toBfloat16 as bitsOf } from "../../src/model/encodings.js";
import { adam } from "../../src/sae/adam.js";
import { unitRows, withoutRadialPart } from "../../src/sae/params.js";
import { withBackend } from "../helpers/backend.js";
import { toBfloat16 } from "../helpers/bfloat16.js";

withBackend();

const random = stream(9, "products");

/** [rows, columns], every value 0 but for this share. */
const matrix = (rows: number, columns: number, share = 1): tf.Tensor2D =>
  tf.tensor2d(
    Float32Array.from({ length: rows * columns }, () => (random.uniform() < share ? random.normal() : 0)),
    [rows, columns],
  );

/** The naive product of a [m, k] and b [k, n] in float64, and the sum of the absolute values of its terms. */
function product(a: tf.Tensor2D, b: tf.Tensor2D): { exact: Float64Array; size: Float64Array } {
  const [[m, k], [, n]] = [a.shape, b.shape];
  const [A, B] = [a.dataSync(), b.dataSync()];
  const [exact, size] = [new Float64Array(m * n), new Float64Array(m * n)];
  for (let i = 0; i < m; i++)
    for (let l = 0; l < k; l++)
      for (let j = 0; j < n; j++) {
        exact[i * n + j] += A[i * k + l] * B[l * n + j];
        size[i * n + j] += Math.abs(A[i * k + l] * B[l * n + j]);
      }
  return { exact, size };
}

function assertProduct(found: tf.Tensor2D, a: tf.Tensor2D, b: tf.Tensor2D, where?: ArrayLike<number>): void {
  const { exact, size } = product(a, b);
  found.dataSync().forEach((value, at) => {
    const expected = where && where[at] === 0 ? 0 : exact[at];
    assert.ok(Math.abs(value - expected) <= 1e-6 * (1 + size[at]), `at ${at}: ${value}, expected ${expected}`);
  });
}

const transposed = (x: tf.Tensor2D): tf.Tensor2D => tf.transpose(x);
const without = (t: { skip(why: string): void }): boolean => {
  if (!hasKernels()) t.skip("this package's kernels are not compiled here");
  return !hasKernels();
};

// Sizes that are no multiple of sixteen or of a tile, and one batch without a single entry.
for (const [batch, m, n, share] of [
  [5, 7, 3, 0.5],
  [13, 70, 150, 0.1],
  [2, 16, 64, 1],
  [4, 33, 65, 0],
])
  test(`skipping zeros changes no product: ${batch} × ${m} × ${n}, ${100 * share} % not zero`, (t) => {
    if (without(t)) return;
    const a = matrix(batch, m, share);
    const [W, B, c] = [matrix(m, n), matrix(batch, n), matrix(1, n)];
    const shifted = tf.sub(kernels.sparseTimes(a, W, tf.squeeze(c, [0])), c) as tf.Tensor2D;
    assertProduct(shifted, a, W);
    assertProduct(kernels.sparseTransposedTimes(a, B), transposed(a), B);
    assertProduct(kernels.transposedTimesSparse(B, a), transposed(B), a);
    const x = matrix(n, 1);
    assertProduct(tf.expandDims(kernels.matrixTimesVector(W, tf.squeeze(x, [1])), 1), W, x);
    assertProduct(kernels.timesTransposedWhere(B, W, a, { plus: 0 }), B, transposed(W), a.dataSync());
    const [also, gain] = [matrix(batch, m), matrix(batch, m)];
    const scaled = kernels.timesTransposedWhere(B, W, a, { plus: 2, also, gain }).dataSync();
    const { exact } = product(B, transposed(W));
    const [values, added, factors] = [a, also, gain].map((x) => x.dataSync());
    scaled.forEach((value, at) => {
      const expected = values[at] === 0 ? 0 : (exact[at] + 2 + added[at]) * factors[at];
      assert.ok(
        Math.abs(value - expected) <= 1e-5 * (1 + Math.abs(expected)),
        `at ${at}: ${value}, expected ${expected}`,
      );
    });
  });

for (const [m, n] of [
  [3, 5],
  [125, 40],
  [33, 64],
])
  test(`the pull of pairs on each other is that of plain loops: ${m} × ${n}`, (t) => {
    if (without(t)) return;
    const X = matrix(m, n, 0.6);
    const x = X.dataSync();
    const [i, j] = [Int32Array.of(0, 0, 1, n - 2), Int32Array.of(1, n - 1, n - 1, n - 1)];
    const expected = new Float64Array(m * n);
    for (let p = 0; p < i.length; p++) {
      let product = 0;
      for (let row = 0; row < m; row++) product += x[row * n + i[p]] * x[row * n + j[p]];
      for (let row = 0; row < m; row++) {
        expected[row * n + i[p]] += Math.sign(product) * x[row * n + j[p]];
        expected[row * n + j[p]] += Math.sign(product) * x[row * n + i[p]];
      }
    }
    kernels
      .pullKernel(X, i, j)
      .dataSync()
      .forEach((value, at) => {
        assert.ok(Math.abs(value - expected[at]) <= 1e-6, `at ${at}: ${value}, expected ${expected[at]}`);
      });
    assert.throws(() => kernels.pullKernel(X, i, Int32Array.of(1, 2, 3, n)), /no such column/);
  });

test("Adam in one pass is Adam, without the radial part and back to unit rows (§5.2), and tells Σ g²", (t) => {
  if (without(t)) return;
  const [rows, n] = [5, 37];
  const options = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
  const start = [unitRows(matrix(rows, n)), tf.zeros([rows, n]), tf.zeros([rows, n])];
  const [plain, fused] = [start.map(mutableTensor), start.map(mutableTensor)];
  for (let step = 1; step <= 5; step++) {
    const g = matrix(rows, n);
    const turning = withoutRadialPart(g, plain[0].read() as tf.Tensor2D);
    adam(plain, turning, options, 0.01, step);
    plain[0].assign(unitRows(plain[0].read() as tf.Tensor2D));
    const [beta1Power, beta2Power] = [0.9 ** step, 0.999 ** step];
    const epsilon = 1e-8 * Math.sqrt(1 - beta2Power);
    const update = { ...options, learningRate: 0.01, epsilon, beta1Power, beta2Power, unitRows: true };
    const squares = kernels.adamKernel(fused, g, update);
    assert.ok(Math.abs(squares.dataSync()[0] / sumOfSquares(g).dataSync()[0] - 1) < 1e-6);
    for (let v = 0; v < 3; v++) {
      const [one, other] = [plain[v].read().dataSync(), fused[v].read().dataSync()];
      one.forEach((value, at) => {
        assert.ok(Math.abs(value - other[at]) < 2e-6, `step ${step}, ${v}, ${at}: ${value}, ${other[at]}`);
      });
    }
  }
  for (const variable of [...plain, ...fused]) variable.dispose();
});

test("a value read before an update stays what it was", (t) => {
  if (without(t)) return;
  const variables = [tf.ones([4, 20]), tf.zeros([4, 20]), tf.zeros([4, 20])].map(mutableTensor);
  const read = variables[0].read();
  const update = { learningRate: 1, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, beta1Power: 0.9, beta2Power: 0.999 };
  kernels.adamKernel(variables, tf.ones([4, 20]), { ...update, unitRows: false });
  assert.ok(read.dataSync().every((value) => value === 1));
  assert.ok(
    variables[0]
      .read()
      .dataSync()
      .every((value) => value < 1),
  );
  for (const variable of variables) variable.dispose();
});

test("features are made of pre-activations as TensorFlow's operations make them, NaN and all", (t) => {
  if (without(t)) return;
  const [z, bias] = [matrix(7, 37), tf.squeeze(matrix(1, 37), [0]) as tf.Tensor1D];
  const withNaN = tf.concat([z, tf.fill([1, 37], Number.NaN)]) as tf.Tensor2D;
  const alive = tf.tensor1d(Float32Array.from({ length: 37 }, (_, i) => Number(i % 5 !== 0)));
  const expected = tf.mul(tf.relu(tf.add(withNaN, bias)), alive).dataSync();
  assert.deepEqual(kernels.activateKernel(withNaN, bias, alive).dataSync(), expected);
  assert.ok(expected.slice(-36).every(Number.isNaN));
  assert.throws(() => kernels.activateKernel(z, bias, tf.zeros([36])), /SncActivate: shapes do not match/);
});

/** Of each group of so many rows the k largest above 0, by sorting: ties to the lower place. */
function keptBySorting(raw: ArrayLike<number>, columns: number, k: number, rowsPerGroup: number) {
  const size = rowsPerGroup * columns;
  const f = new Float32Array(raw.length);
  let smallest = 0;
  for (let from = 0; from < raw.length; from += size) {
    const places = Array.from({ length: size }, (_, place) => from + place).filter((place) => raw[place] > 0);
    for (const place of places.sort((a, b) => raw[b] - raw[a] || a - b).slice(0, k)) {
      f[place] = raw[place];
      if (smallest === 0 || raw[place] < smallest) smallest = raw[place];
    }
  }
  return { f, smallest };
}

// What is in a value's place: many different ones, few different ones, all alike, tiny and huge ones, none.
const kinds: Record<string, () => number> = {
  normal: () => Math.abs(random.normal()),
  tied: () => random.integer(4),
  alike: () => 1,
  extreme: () => [2 ** -149, 2 ** -130, 3.4e38, 1, -0, Number.POSITIVE_INFINITY][random.integer(6)],
  zero: () => 0,
};
for (const [kind, value] of Object.entries(kinds))
  test(`the k largest of each token and of the batch are those of a sort: ${kind} values`, (t) => {
    if (without(t)) return;
    for (const [rows, columns] of [
      [1, 1],
      [3, 5],
      [7, 37],
      [4, 1300],
    ])
      for (const share of [1, 0.3, 0.02]) {
        const values = Float32Array.from({ length: rows * columns }, () => (random.uniform() < share ? value() : 0));
        const raw = tf.tensor2d(values, [rows, columns]);
        for (const k of [0, 1, 2, Math.ceil(columns / 10), columns - 1, columns, columns + 3])
          for (const rowsPerGroup of [1, rows]) {
            const { f, smallest } = kernels.keepLargestKernel(raw, k * rowsPerGroup, rowsPerGroup);
            const expected = keptBySorting(values, columns, k * rowsPerGroup, rowsPerGroup);
            assert.deepEqual(f.dataSync(), expected.f, `${rows} × ${columns}, ${share}, k = ${k}, ${rowsPerGroup}`);
            assert.equal(smallest, expected.smallest);
          }
      }
  });

test("of the k largest NaN comes first, so that a loss shows it; other groups than there are rows are an error", (t) => {
  if (without(t)) return;
  const { f } = kernels.keepLargestKernel(tf.tensor2d([[1, Number.NaN, 3, Number.POSITIVE_INFINITY]]), 2, 1);
  assert.deepEqual([...f.dataSync()], [0, Number.NaN, 0, Number.POSITIVE_INFINITY]);
  assert.throws(() => kernels.keepLargestKernel(matrix(5, 3), 1, 2), /SncKeepLargest: no such groups/);
  assert.throws(() => kernels.keepLargestKernel(matrix(5, 3), -1, 1), /SncKeepLargest: no such groups/);
});

for (const [first, second, m, n] of [
  [0, 0, 7, 7],
  [0, 0, 70, 70],
  [0, 70, 70, 33],
  [0, 5, 5, 20],
  [3, 3, 1, 1],
])
  test(`of the products of rows ${first} on with rows ${second} on the largest are found, ${m} × ${n}`, (t) => {
    if (without(t)) return;
    const products = tf.tensor2d(
      Int32Array.from({ length: m * n }, () => random.integer(20) - 10), // many are equal
      [m, n],
      "float32",
    );
    const at = (i: number, j: number): number => products.dataSync()[i * n + j];
    const largest = (places: number[], value: (place: number) => number) =>
      places.reduce<[number, number]>(
        (found, place) => (value(place) > found[0] ? [value(place), place] : found),
        [Number.NEGATIVE_INFINITY, -1],
      );
    const { ofRows, ofColumns } = kernels.largestOthersKernel(products, first, second);
    const [rows, columns] = [m, n].map((length) => Array.from({ length }, (_, place) => place));
    const isCounted = (i: number, j: number): boolean => first + i < second + j;
    for (const i of rows)
      assert.deepEqual(
        [ofRows.value[i], ofRows.at[i]],
        largest(
          columns.filter((j) => isCounted(i, j)),
          (j) => at(i, j),
        ),
      );
    for (const j of columns)
      assert.deepEqual(
        [ofColumns.value[j], ofColumns.at[j]],
        largest(
          rows.filter((i) => isCounted(i, j)),
          (i) => at(i, j),
        ),
      );
  });

test("signs of products are 0 where a column meets itself, and their sizes are summed elsewhere", (t) => {
  if (without(t)) return;
  const [m, n] = [37, 20];
  const products = matrix(m, n, 0.8);
  const x = products.arraySync();
  for (const [first, second] of [
    [0, 0],
    [0, 10],
    [25, 3],
    [50, 3],
  ]) {
    const { signs, sum } = kernels.signsKernel(products, first, second);
    const meets = (i: number, j: number): boolean => first + i === second + j;
    assert.deepEqual(
      signs.arraySync(),
      x.map((row, i) => row.map((value, j) => (meets(i, j) ? 0 : Math.sign(value)))),
    );
    const sizes = x.flatMap((row, i) => row.map((value, j) => (meets(i, j) ? 0 : Math.abs(value))));
    const expected = sizes.reduce((total, size) => total + size, 0);
    assert.ok(Math.abs(sum - expected) <= 1e-6 * expected, `${sum}, expected ${expected}`);
  }
});

test("rows that are pulled turn only: what is along them drops out, and a longer row turns less", (t) => {
  if (without(t)) return;
  const [n, d] = [5, 37];
  const units = unitRows(matrix(n, d));
  const norms = Float32Array.of(1, 2, 1, 1, 0.5);
  const [i, j, pulls] = [Int32Array.of(0, 0, 3), Int32Array.of(1, 4, 1), Float32Array.of(1, -2, 0.25)];
  const u = units.arraySync();
  const expected = u.map((row, at) => {
    const g = row.map((_, k) =>
      [...pulls].reduce((sum, pull, p) => sum + pull * (i[p] === at ? u[j[p]][k] : j[p] === at ? u[i[p]][k] : 0), 0),
    );
    const along = g.reduce((sum, value, k) => sum + value * row[k], 0);
    return g.map((value, k) => (value - along * row[k]) / norms[at]);
  });
  const found = kernels.pullApartKernel(units, tf.tensor1d(norms), i, j, pulls).arraySync();
  found.forEach((row, at) => {
    row.forEach((value, k) => {
      assert.ok(Math.abs(value - expected[at][k]) <= 1e-6, `${at}, ${k}: ${value}, expected ${expected[at][k]}`);
    });
  });
  const one = Float32Array.of(1);
  assert.throws(
    () => kernels.pullApartKernel(units, tf.tensor1d(norms), Int32Array.of(0), Int32Array.of(n), one),
    /SncPullApart: no such row/,
  );
});

test("values put into a variable stand where they were put; what was read before stays what it was", (t) => {
  if (without(t)) return;
  const variable = mutableTensor(tf.zeros([3, 4]));
  const before = variable.read();
  kernels.putKernel(variable, Float32Array.of(1, 2, 3, -1, -2, -3), [1, 3], 4); // two columns
  kernels.putKernel(variable, Float32Array.of(5, 6, 7, 8), [8], 1); // a row
  assert.deepEqual([...variable.read().dataSync()], [0, 1, 0, -1, 0, 2, 0, -2, 5, 6, 7, 8]);
  assert.ok(before.dataSync().every((value) => value === 0));
  assert.throws(() => kernels.putKernel(variable, Float32Array.of(1, 2, 3), [4], 4), /SncPut: no such places/);
  assert.throws(() => kernels.putKernel(variable, Float32Array.of(1), [-1], 1), /SncPut: no such places/);
  assert.throws(() => kernels.putKernel(variable, Float32Array.of(1, 2, 3), [0, 4], 1), /as many values for each/);
  variable.dispose();
});

test("a product in bfloat16 is that of factors rounded to 8 bits, whichever are transposed", (t) => {
  if (!isNative()) return t.skip("TensorFlow's own kernels cannot be called here");
  const [a, b] = [matrix(6, 9), matrix(9, 5)];
  const rounded = (x: tf.Tensor2D): tf.Tensor2D => tf.tensor2d(x.dataSync().map(toBfloat16), x.shape);
  for (const transpose of [{}, { a: true }, { b: true }, { a: true, b: true }] as Transposed[]) {
    const found = bfloat16MatMul(
      transpose.a ? transposed(a) : a,
      transpose.b ? transposed(b) : b,
      transpose,
    ).dataSync();
    const expected = matMul(rounded(a), rounded(b)).dataSync();
    found.forEach((value, at) => {
      assert.ok(Math.abs(value - expected[at]) <= 2 ** -8 * Math.abs(expected[at]) + 1e-6, `${value}, ${expected[at]}`);
      assert.equal(value, toBfloat16(value));
    });
  }
});

test("a product in bfloat16 of each matrix of a batch, with a factor that was rounded before", (t) => {
  if (!isNative()) return t.skip("TensorFlow's own kernels cannot be called here");
  const [a, b] = [matrix(6, 9), matrix(9, 6)];
  const once = bfloat16MatMul(a, b).dataSync();
  const held = bfloat16Of(bitsOf(b.dataSync<"float32">()), [9, 6]);
  assert.deepEqual(bfloat16MatMul(a, held).dataSync(), once);
  held.dispose();
  assert.throws(() => bfloat16MatMul(a, held));
  const both = bfloat16MatMul(tf.stack([a, tf.neg(a)]), tf.stack([b, b])).dataSync();
  assert.deepEqual(both.slice(0, 36), once);
  assert.deepEqual(
    both.slice(36),
    once.map((x) => -x),
  );
});

test("kernels give the same bytes on one thread and on many", async (t) => {
  if (without(t)) return;
  const bytesOn = async (threads: number): Promise<unknown> => {
    const program = ["--import", "tsx", path.join(packageFolder, "test", "helpers", "kernel-bytes.ts")];
    const env = { ...process.env, TF_NUM_INTRAOP_THREADS: String(threads) };
    return JSON.parse((await promisify(execFile)(process.execPath, program, { env })).stdout);
  };
  const [one, ...others] = await Promise.all([1, 2, 5].map(bytesOn));
  assert.ok(Object.keys(one as object).length > 10);
  for (const other of others) assert.deepEqual(other, one);
});

test("shapes that do not match are an error that names the operation", (t) => {
  if (without(t)) return;
  assert.throws(() => kernels.sparseTimes(matrix(2, 3), matrix(4, 5), tf.zeros([5])), /SncTimesDense/);
});
