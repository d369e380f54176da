import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { arrayKernels } from "../../src/backend/kernels.js";
import { scoped } from "../../src/backend/ops.js";
import { stream } from "../../src/base/random.js";
import { Coactivation } from "../../src/sae/coactivation.js";
import { withBackend } from "../helpers/backend.js";

withBackend();

/** Eq. 4 and 5 as they are written: all of H in every step. */
class PlainH {
  readonly H: Float64Array;
  constructor(readonly n: number) {
    this.H = new Float64Array(n * n);
  }
  move(f: Float32Array, beta: number): void {
    const { H, n } = this;
    const rows = f.length / n;
    const counts = new Int32Array(n * n);
    for (let b = 0; b < f.length; b += n)
      for (let i = 0; i < n; i++)
        if (f[b + i] > 0) for (let j = 0; j < n; j++) counts[i * n + j] += Number(f[b + j] > 0);
    for (let at = 0; at < H.length; at++) H[at] = beta * H[at] + (1 - beta) * (counts[at] / rows);
  }
  others = (i: number): number[] => Array.from({ length: this.n }, (_, j) => j).filter((j) => j !== i);
  countAbove = (theta: number): number[] =>
    Array.from({ length: this.n }, (_, i) => this.others(i).filter((j) => this.H[i * this.n + j] > theta).length);
  strongest = (counts: ArrayLike<number>): number[][] =>
    Array.from(counts, (count, i) => {
      const [row, ascending] = [this.H.subarray(i * this.n, (i + 1) * this.n), (a: number, b: number) => a - b];
      return this.others(i)
        .sort((a, b) => row[b] - row[a] || a - b)
        .slice(0, count)
        .sort(ascending);
    });
}

const strongestIn = (H: Coactivation, counts: Int32Array): number[][] => {
  const { starts, members } = H.strongest(counts);
  return Array.from(counts, (_, i) => [...members.subarray(starts[i], starts[i + 1])].sort((a, b) => a - b));
};

// Features by how often they fire, from hardly ever to always; more than a stretch of columns; more steps than are noted.
for (const [n, rows, steps, pause] of [
  [7, 10, 200, 1],
  [37, 125, 150, 2],
  [300, 125, 140, 9],
  [130, 3, 80, 5],
])
  test(`H gives the bytes of plain loops whenever it is asked: ${n} features, ${rows} rows, asked every ${pause} steps or so`, () => {
    const random = stream(n, "H");
    const plain = new PlainH(n);
    let H = new Coactivation(n);
    const often = Float64Array.from({ length: n }, () => random.uniform() ** 3 * 1.2);
    for (let step = 1; step <= steps; step++) {
      const beta = random.uniform() < 0.03 ? Math.round(random.uniform()) : step < 100 ? 0.9 : 0.99;
      const batch = step < 20 || step > 30 ? rows : rows + 70; // another batch size, of more bits, for a while
      const f = Float32Array.from({ length: batch * n }, (_, at) => Number(random.uniform() < often[at % n]));
      plain.move(f, beta);
      move(H, f, n, beta);
      if (random.uniform() < 0.05) H = new Coactivation(n, H.values().slice()); // as from a checkpoint
      if (random.uniform() * pause > 1) continue;
      const theta = Math.floor(10 * random.uniform()) / 10;
      const expected = plain.countAbove(theta);
      const counts = Int32Array.from(expected, (count) => Math.min(count, Math.floor(9 * random.uniform())));
      // Asked with or without the other question before: what was answered may bound what comes.
      if (random.uniform() < 0.7) assert.deepEqual([...H.countAbove(theta)], expected, `step ${step}, θ = ${theta}`);
      assert.deepEqual(strongestIn(H, counts), plain.strongest(counts), `step ${step}, of those above ${theta}`);
      const any = counts.map(() => Math.floor(Math.min(n, 12) * random.uniform()));
      if (random.uniform() < 0.3) assert.deepEqual(strongestIn(H, any), plain.strongest(any), `step ${step}, of all`);
      if (random.uniform() < 0.1) {
        const gone = [Math.floor(n * random.uniform()), n - 1];
        H.clear(gone);
        for (const i of gone) for (let j = 0; j < n; j++) plain.H[i * n + j] = plain.H[j * n + i] = 0;
        assert.deepEqual(strongestIn(H, counts), plain.strongest(counts), `step ${step}, some cleared`);
      }
    }
    assert.deepEqual(H.values(), plain.H);
  });

/** Eq. 4 by what fires in f [rows · n]. */
const move = (H: Coactivation, f: Float32Array, n: number, beta: number): void =>
  scoped(() => H.move({ beta, towards: { f: tf.tensor2d(f, [f.length / n, n]), values: f } }));

/** On how many rows both of a pair fire [n · n]. */
function productsOf(f: Float32Array, n: number): Float32Array {
  const products = new Float32Array(n * n);
  for (let b = 0; b < f.length; b += n)
    for (let at = 0; at < n * n; at++) products[at] += f[b + Math.floor(at / n)] * f[b + (at % n)];
  return products;
}

test("H moved by products of pairs and by what fires, in turn, is what plain loops give", () => {
  const [n, rows] = [20, 30];
  const random = stream(1, "H");
  const [H, plain] = [new Coactivation(n), new PlainH(n)];
  for (let step = 0; step < 30; step++) {
    const f = Float32Array.from({ length: rows * n }, () => Number(random.uniform() < 0.4));
    plain.move(f, 0.9);
    if (step % 3 === 0) H.move({ beta: 0.9, towards: { products: productsOf(f, n), divisor: rows } });
    else move(H, f, n, 0.9);
    assert.deepEqual([...H.countAbove(0.1)], plain.countAbove(0.1), `step ${step}`);
  }
  assert.deepEqual(H.values(), plain.H);
});

test("before it has moved, H has no values, nothing is above θ and nobody is strongest", () => {
  const H = new Coactivation(3);
  assert.equal(H.values().length, 0);
  assert.deepEqual([...H.countAbove(0)], [0, 0, 0]);
  assert.deepEqual(strongestIn(H, Int32Array.of(2, 1, 0)), [[], [], []]);
  H.move(undefined);
  assert.equal(H.values().length, 0);
  move(H, Float32Array.of(1, 1, 0), 3, 0.9);
  assert.deepEqual(strongestIn(H, Int32Array.of(2, 1, 0)), [[1, 2], [0], []]);
});

test("the kernels refuse what does not fit, and H does before they are asked", (t) => {
  const H = new Coactivation(4);
  move(H, Float32Array.of(1, 1, 0, 0), 4, 0.9);
  for (const [counts, found] of [
    [[4, 0, 0, 0], 4],
    [[0, 0, -1, 0], -1],
    [[1, 1, 1], 3],
  ] as const)
    assert.throws(() => H.strongest(Int32Array.from(counts)), {
      failure: "usage",
      message: `r: expected 4 numbers from 0 to 3, found ${found}`,
    });
  assert.throws(() => new Coactivation(4, new Float64Array(15)), { message: "H: expected 4 · 4 values, found 15" });
  const kernels = arrayKernels();
  if (!kernels) return t.skip("this package's kernels are not compiled here");
  assert.throws(() => move(H, new Float32Array(7), 7, 0.9), /sizes differ/);
  assert.throws(() => H.move({ beta: 0.9, towards: { products: new Float32Array(5), divisor: 1 } }), /sizes differ/);
});
