import * as tf from "@tensorflow/tfjs";
import { matMul, scoped } from "../../backend/ops.js";
import { permutation, type RandomStream } from "../../base/random.js";
import { Largest } from "./largest.js";
import type { Pairs } from "./pairs.js";
import { pairsAt } from "./selection.js";

/** How many vectors are compared, and with which. */
export interface PivotOptions {
  /** Which vectors are pivots is drawn from it. */
  random: RandomStream;
  /** 2√n by default: with it the cost grows as n^1.5. */
  pivots?: number;
  /** How many pivots each vector goes with: recall and cost grow with it. */
  probes?: number;
}

/**
 * Nearly the `most` pairs of largest |x_i · x_j| above `bound`, without computing all: each vector goes with the pivots, some
 * of the vectors themselves, that it is most aligned with, and those that share one are compared exactly. What is found is
 * exact; a pair that shares no pivot is missed. Vectors are rows X [n, width] of like length, such as decoder rows; memory
 * for n · probes numbers and a block. Made for pairs that stand out: of what chance alone makes largest it finds few.
 */
export function nearlyLargest(
  X: tf.Tensor2D,
  most: number,
  bound: number,
  { random, pivots = Math.ceil(2 * Math.sqrt(X.shape[0])), probes = 8 }: PivotOptions,
): Pairs {
  const [n] = X.shape;
  const nearest = nearestPivots(X, permutation(random, n).slice(0, pivots), Math.min(probes, pivots, n));
  const { starts, members } = membersByPivot(nearest, Math.min(pivots, n));
  const largest = new Largest(Math.min(most, (n * (n - 1)) / 2));
  for (let pivot = 0; pivot + 1 < starts.length; pivot++)
    compareAll(X, members.subarray(starts[pivot], starts[pivot + 1]), (i, j, c) => {
      if (c > bound && c >= largest.least && firstShared(nearest, i, j) === pivot) largest.offer(c, i * n + j);
    });
  return pairsAt(largest.placesInOrder(), n);
}

/** For each vector the pivots it is most aligned with, by their numbers, ascending. */
interface Nearest {
  probes: number;
  pivots: Int32Array;
}

/** Vectors that are compared at a time; bounds memory, changes nothing else. */
const block = 2048;

function nearestPivots(X: tf.Tensor2D, chosen: Int32Array, probes: number): Nearest {
  const n = X.shape[0];
  const pivots = new Int32Array(n * probes);
  scoped(() => {
    const P = tf.gather(X, tf.tensor1d(chosen, "int32"));
    for (let from = 0; from < n; from += block)
      scoped(() => {
        const rows = tf.slice(X, from, Math.min(block, n - from));
        const { indices } = tf.topk(tf.abs(matMul(rows, P, { b: true })), probes);
        pivots.set(indices.dataSync<"int32">() as Int32Array, from * probes);
      });
  });
  for (let i = 0; i < n; i++) pivots.subarray(i * probes, (i + 1) * probes).sort();
  return { probes, pivots };
}

/** For each pivot the vectors that go with it, ascending: members[starts[p] … starts[p + 1]). */
function membersByPivot({ probes, pivots }: Nearest, count: number) {
  const starts = new Int32Array(count + 1);
  for (const pivot of pivots) starts[pivot + 1]++;
  for (let p = 0; p < count; p++) starts[p + 1] += starts[p];
  const next = starts.slice();
  const members = new Int32Array(pivots.length);
  for (let at = 0; at < pivots.length; at++) members[next[pivots[at]]++] = Math.floor(at / probes);
  return { starts, members };
}

/** The first pivot that both go with, so that a pair is taken once. */
function firstShared({ probes, pivots }: Nearest, i: number, j: number): number {
  for (let p = i * probes, q = j * probes; p < (i + 1) * probes && q < (j + 1) * probes; ) {
    if (pivots[p] === pivots[q]) return pivots[p];
    if (pivots[p] < pivots[q]) p++;
    else q++;
  }
  return -1;
}

/** |x_i · x_j| of all pairs i < j of these rows. */
function compareAll(X: tf.Tensor2D, members: Int32Array, visit: (i: number, j: number, c: number) => void): void {
  const parts: Int32Array[] = [];
  for (let from = 0; from < members.length; from += block) parts.push(members.subarray(from, from + block));
  for (const [a, rows] of parts.entries())
    for (const columns of parts.slice(a)) {
      const products = scoped(() => {
        const taken = (some: Int32Array) => tf.gather(X, tf.tensor1d(some, "int32"));
        const A = taken(rows);
        return matMul(A, columns === rows ? A : taken(columns), { b: true }).dataSync<"float32">();
      });
      for (let r = 0; r < rows.length; r++)
        for (let c = columns === rows ? r + 1 : 0; c < columns.length; c++)
          visit(rows[r], columns[c], Math.abs(products[r * columns.length + c]));
    }
}
