import * as tf from "@tensorflow/tfjs";
import { matMul, scoped } from "../backend/ops.js";
import { SncError } from "../base/errors.js";
import { type RandomStream, stream } from "../base/random.js";
import { paper } from "../paper.js";
import type { FeatureActivations } from "./activations.js";

/** How alike the activations of features are over the tokens. */
export interface NearestActivation {
  /** The mean over features that fire of max_{j≠i} of the Pearson correlation of f_i and f_j; null where fewer than two features are on. */
  mean: number | null;
  /** The same where each feature is permuted over the tokens by itself. */
  null: number | null;
  /** Features that are on and never fire: their correlation is 0, and they are left out of the mean. */
  neverFire: number;
  /** Features that are switched off, which are left out altogether. */
  switchedOff: number;
}

/**
 * Compares f of every pair of features that are on, 1 in `alive` [d_sae], over all tokens. `seed`: of the permutations, all from one
 * stream. Quadratic in d_sae; beside f it holds a permuted copy of it and a few tiles.
 */
export function nearestActivation(
  f: FeatureActivations,
  alive: ArrayLike<number>,
  seed: number = paper.seed,
): NearestActivation {
  if (f.length !== alive.length)
    throw new SncError(
      "usage",
      `f: expected activations of ${alive.length} features, one for each of alive, found ${f.length}`,
    );
  const on = f.filter((_, i) => alive[i] !== 0);
  const firing = on.filter((values) => values.some((value) => value > 0));
  const counts = { neverFire: on.length - firing.length, switchedOff: f.length - on.length };
  if (on.length < 2 || firing.length === 0) return { mean: null, null: null, ...counts };
  const random = stream(seed, "permuted activations");
  const order = Int32Array.from(firing[0], (_, token) => token);
  const least = counts.neverFire > 0 ? 0 : Number.NEGATIVE_INFINITY; // the correlation with one that never fires
  const nearest = (values: FeatureActivations): number => meanNearest(values, least);
  return { mean: nearest(firing), null: nearest(firing.map((values) => permuted(values, order, random))), ...counts };
}

/** So many numbers a tile may have: 128 MiB. */
const tileNumbers = 2 ** 25;
/** Features of a tile, at most: with smaller ones fewer pairs are computed twice. */
const tileFeatures = 144;
/** So many numbers all tiles may have at once, 1 GiB; of more, each is made when it is needed. */
const heldNumbers = 2 ** 28;

/** The mean over features of the largest correlation with another, none of them below `least`. */
function meanNearest(f: FeatureActivations, least: number): number {
  const tokens = f[0].length;
  const most = Math.max(1, Math.min(tileFeatures, Math.floor(tileNumbers / tokens)));
  const width = Math.ceil(f.length / Math.ceil(f.length / most));
  const nearest = new Float64Array(f.length).fill(least);
  const starts = Array.from({ length: Math.ceil(f.length / width) }, (_, tile) => tile * width);
  const make = (from: number): tf.Tensor2D => tileOf(f.slice(from, from + width));
  scoped(() => {
    const held = f.length * tokens <= heldNumbers ? new Map(starts.map((from) => [from, make(from)])) : undefined;
    for (const a of starts)
      scoped(() => {
        const rows = held?.get(a) ?? make(a);
        for (const b of starts.filter((from) => from >= a))
          scoped(() => {
            const others = b === a ? rows : (held?.get(b) ?? make(b));
            offerAll(matMul(rows, others, { b: true }), a, b, nearest);
          });
      });
  });
  return nearest.reduce((sum, value) => sum + value, 0) / f.length;
}

/** Features less their means, of unit length [features, tokens]: their products are correlations. */
function tileOf(f: FeatureActivations): tf.Tensor2D {
  const tokens = f[0].length;
  const tile = new Float32Array(f.length * tokens);
  f.forEach((values, i) => {
    standardize(values, tile.subarray(i * tokens, (i + 1) * tokens));
  });
  return tf.tensor2d(tile, [f.length, tokens]);
}

/** (f − mean) / ‖f − mean‖ of one feature into `out`; zeros where all values are equal. */
function standardize(values: Float32Array, out: Float32Array): void {
  const first = values[0];
  let beyond = 0;
  for (let t = 0; t < values.length; t++) beyond += values[t] - first;
  const mean = first + beyond / values.length; // exact where all values are equal
  let squares = 0;
  for (let t = 0; t < values.length; t++) {
    const away = values[t] - mean;
    squares += away * away;
  }
  if (squares === 0) return;
  const scale = 1 / Math.sqrt(squares);
  for (let t = 0; t < values.length; t++) out[t] = (values[t] - mean) * scale;
}

/** Correlations of features from `a` on with features from `b` on, offered to both. */
function offerAll(products: tf.Tensor2D, a: number, b: number, nearest: Float64Array): void {
  const [rows, columns] = products.shape;
  const values = products.dataSync();
  for (let i = 0, at = 0; i < rows; i++)
    for (let j = 0; j < columns; j++, at++) {
      if (a + i === b + j) continue;
      const correlation = values[at];
      if (correlation > nearest[a + i]) nearest[a + i] = correlation;
      if (correlation > nearest[b + j]) nearest[b + j] = correlation;
    }
}

/**
 * The values in random order; `order`, some permutation of the tokens, is left as another. Only values above 0 are drawn a place, one that is
 * not taken yet, as by Fisher–Yates.
 */
function permuted(values: Float32Array, order: Int32Array, random: RandomStream): Float32Array {
  const out = new Float32Array(values.length);
  for (let token = 0, taken = 0; token < values.length; token++) {
    if (values[token] === 0) continue;
    const at = taken + Math.floor(random.uniform() * (values.length - taken));
    const place = order[at];
    order[at] = order[taken];
    order[taken++] = place;
    out[place] = values[token];
  }
  return out;
}
