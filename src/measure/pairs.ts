import * as tf from "@tensorflow/tfjs";
import { matMul, scoped } from "../backend/ops.js";
import { permutation, stream } from "../base/random.js";
import { paper } from "../paper.js";
import { total } from "./evaluation.js";

/** Of c = |x_i · x_j| over pairs of features i ≠ j; all 0 where there are fewer than two features. */
export interface PairMeans {
  /** The mean over all pairs. */
  mean: number;
  /** The mean over features of each one's largest c. */
  meanMax: number;
  /** The share of the pairs above μ + 2σ of all, as Eq. 2 calls a pair correlated. */
  strong: number;
  /** The share of the pairs above θ_corr = 0.8, which §5.3 prunes. */
  prunable: number;
}

/** The columns x_i of X [m, n] compared with each other. */
export const pairMeans = (X: tf.Tensor2D): PairMeans => pairMeansByLife(X, new Float32Array(X.shape[1]).fill(1)).all;

/** The same over all columns of X [m, n], and over those alone whose feature is on: 1 in `alive` [n]. */
export function pairMeansByLife(X: tf.Tensor2D, alive: Float32Array): { all: PairMeans; ofAlive: PairMeans } {
  const n = X.shape[1];
  return scoped(() => {
    const products = tf.abs(matMul(X, X, { a: true }));
    const offDiagonal = tf.mul(products, tf.sub(1, tf.eye(n))) as tf.Tensor2D;
    const all = meansOf(offDiagonal, n);
    const on = total(alive);
    if (on === n) return { all, ofAlive: all };
    const column = tf.tensor2d(alive, [n, 1]);
    return { all, ofAlive: meansOf(tf.mul(offDiagonal, tf.mul(column, tf.transpose(column))), on) };
  });
}

/** Of c [n, n], 0 on the diagonal and wherever one of a pair is not among the `count` features that are compared. */
function meansOf(c: tf.Tensor2D, count: number): PairMeans {
  const pairs = count * (count - 1); // each twice
  if (pairs <= 0) return { mean: 0, meanMax: 0, strong: 0, prunable: 0 };
  const mean = total(tf.sum(c, 1).dataSync()) / pairs;
  const variance = total(tf.sum(tf.square(c), 1).dataSync()) / pairs - mean ** 2;
  const shareAbove = (bound: number): number =>
    total(tf.sum(tf.cast(tf.greater(c, bound), "float32"), 1).dataSync()) / pairs;
  return {
    mean,
    meanMax: total(tf.max(c, 1).dataSync()) / count,
    strong: shareAbove(mean + paper.pairs.sigmas * Math.sqrt(Math.max(0, variance))),
    prunable: shareAbove(paper.prune.threshold),
  };
}

/** Of each column, which row comes to each place. */
interface Orders {
  rows: number;
  columns: number;
  /** By groups of columns, row after row [⌈columns / together⌉ · rows · together]. */
  from: Uint32Array;
}

/** Columns that are permuted together: a line of memory. */
const together = 16;

/** By size; few are ever in use at once. */
const ordersBySize = new Map<string, Orders>();

/**
 * Every column of f [n, d] permuted over the rows by itself, in an order that is the same for the same size: features keep how
 * often and how strongly they fire, and have nothing to do with each other.
 */
export function permutedColumns(f: tf.Tensor2D): tf.Tensor2D {
  const [rows, columns] = f.shape;
  const size = `${rows} × ${columns}`;
  const orders = ordersBySize.get(size) ?? drawOrders(rows, columns);
  ordersBySize.set(size, orders);
  return tf.tensor2d(permutedValues(f.dataSync<"float32">() as Float32Array, orders), [rows, columns]);
}

/** Some columns at a time, read and written row after row: in between they stay in the cache. */
function permutedValues(values: Float32Array, { rows, columns, from }: Orders): Float32Array {
  const permuted = new Float32Array(rows * columns);
  const some = new Float32Array(rows * together);
  for (let first = 0, at = 0; first < columns; first += together) {
    const width = Math.min(together, columns - first);
    for (let row = 0; row < rows; row++)
      for (let k = 0; k < width; k++) some[row * together + k] = values[row * columns + first + k];
    for (let row = 0; row < rows; row++, at += together)
      for (let k = 0; k < width; k++) permuted[row * columns + first + k] = some[from[at + k] * together + k];
  }
  return permuted;
}

function drawOrders(rows: number, columns: number): Orders {
  const random = stream(paper.seed, "permuted features");
  const from = new Uint32Array(Math.ceil(columns / together) * rows * together);
  for (let column = 0; column < columns; column++) {
    const group = Math.floor(column / together) * rows * together + (column % together);
    permutation(random, rows).forEach((row, at) => {
      from[group + at * together] = row;
    });
  }
  return { rows, columns, from };
}
