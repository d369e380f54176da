/** Prints a hash of what each of this package's kernels makes of the same input: for kernels.test.ts, on other threads. */
import { createHash } from "node:crypto";
import * as tf from "@tensorflow/tfjs";
import { rounded, widened } from "../../src/backend/bfloat16.js";
import { chooseBackend } from "../../src/backend/choose.js";
import * as kernels from "../../src/backend/kernel-ops.js";
import { hasKernels } from "../../src/backend/kernels.js";
import { mutableTensor } from "../../src/backend/variables.js";
import { stream } from "../../src/base/random.js";
import { Coactivation } from "../../src/sae/coactivation.js";
import { tiledCorrelations } from "../../src/sae/correlations/co-firing.js";
import { countFiring } from "../../src/sae/correlations/firing.js";

const [batch, m, n] = [45, 333, 150]; // no multiples of a register, a tile or a stretch

async function main(): Promise<void> {
  await chooseBackend();
  if (!hasKernels()) return void process.stdout.write("{}");
  const random = stream(1, "bytes");
  const values = (count: number, share = 1): Float32Array =>
    Float32Array.from({ length: count }, () => (random.uniform() < share ? Math.abs(random.normal()) : 0));
  const matrix = (rows: number, columns: number, share?: number): tf.Tensor2D =>
    tf.tensor2d(values(rows * columns, share), [rows, columns]);
  const f = matrix(batch, m, 0.2);
  const [W, b, c, x] = [matrix(m, n), matrix(batch, n), tf.tensor1d(values(n)), tf.tensor1d(values(n))];
  const tied = tf.div(tf.floor(tf.mul(f, 8)), 8) as tf.Tensor2D;
  const starts = Int32Array.from({ length: m + 1 }, (_, i) => 2 * i);
  const members = Int32Array.from({ length: 2 * m }, () => random.integer(m));
  const [i, j] = [0, 1].map((at) => Int32Array.from({ length: 40 }, (_, p) => 2 * p + at));
  const variables = [W, tf.zeros([m, n]), tf.zeros([m, n])].map(mutableTensor);
  const update = { learningRate: 0.1, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, beta1Power: 0.9, beta2Power: 0.999 };
  const fired = f.dataSync<"float32">() as Float32Array;
  kernels.putKernel(variables[0], values(2 * m), [3, 5], n);
  const counts = countFiring(fired, m);
  const { largest, mean, sigma } = tiledCorrelations(fired, m, counts.squares.map(Math.sqrt));
  const H = new Coactivation(m);
  for (let step = 0; step < 5; step++) {
    const f = matrix(batch, m, 0.3);
    H.move({ beta: 0.5, towards: { f, values: f.dataSync<"float32">() as Float32Array } });
  }
  const towards = new Coactivation(m);
  towards.move({ beta: 0.5, towards: { products: values(m * m), divisor: 3 } });
  const [length, headDim] = [9, 10];
  const x2 = tf.tensor2d(values(batch * 60), [batch, 60]);
  const turn = { cos: tf.tensor1d(values(length * headDim)), sin: tf.tensor1d(values(length * headDim)) };
  const qkv = rounded(x2);
  const byHead = kernels.headsKernel(qkv, { first: 1, count: 4, perGroup: 2, length, headDim }, turn);
  const largestOthers = kernels.largestOthersKernel(W, 20, 10);
  const made: Record<string, tf.Tensor | ArrayBufferView> = {
    adam: kernels.adamKernel(variables, matrix(m, n), { ...update, unitRows: true }),
    weight: variables[0].read(),
    activate: kernels.activateKernel(b, c, x),
    keptOfRows: kernels.keepLargestKernel(tied, 20, 1).f,
    keptOfBatch: kernels.keepLargestKernel(tied, 20 * batch, batch).f,
    sparseTimes: kernels.sparseTimes(f, W, c),
    sparseTransposedTimes: kernels.sparseTransposedTimes(f, b),
    transposedTimesSparse: kernels.transposedTimesSparse(b, f),
    timesTransposedWhere: kernels.timesTransposedWhere(b, W, f, { plus: 0.1 }),
    matrixTimesVector: kernels.matrixTimesVector(W, x),
    largestNeighbour: kernels.largestNeighbourKernel(f, starts, members),
    pull: kernels.pullKernel(f, i, j),
    signs: kernels.signsKernel(W, 0, 3).signs,
    sumOfSizes: Float64Array.of(kernels.signsKernel(W, 0, 3).sum),
    largestOfRows: largestOthers.ofRows.at,
    largestOfColumns: largestOthers.ofColumns.value,
    pulledApart: kernels.pullApartKernel(W, tf.tensor1d(values(m)), i, j, values(40)),
    gained: kernels.timesTransposedWhere(b, W, f, { plus: 0.1, also: matrix(batch, m), gain: matrix(batch, m) }),
    normed: widened(kernels.normedKernel(x2, 1e-5)),
    gated: widened(kernels.gatedKernel(qkv, rounded(tf.neg(x2)), "gelu")),
    byHead: widened(byHead),
    joined: widened(kernels.joinHeadsKernel(byHead, 4, length)),
    firing: counts.firing,
    squares: counts.squares,
    l0: counts.l0,
    above: H.countAbove(0.05),
    strongest: H.strongest(new Int32Array(m).fill(7)).members,
    H: H.values(),
    towards: towards.values(),
    i: largest(100).i,
    j: largest(100).j,
    c: largest(100).c!,
    statistics: Float64Array.of(mean, sigma),
  };
  const hashes = Object.entries(made).map(([name, result]) => {
    const { buffer, byteOffset, byteLength } = result instanceof tf.Tensor ? result.dataSync() : result;
    return [
      name,
      createHash("sha256")
        .update(new Uint8Array(buffer, byteOffset, byteLength))
        .digest("hex"),
    ];
  });
  process.stdout.write(JSON.stringify(Object.fromEntries(hashes)));
}

void main();
