import * as tf from "@tensorflow/tfjs";
import { matMul, scoped } from "../backend/ops.js";
import { SncError } from "../base/errors.js";
import { stream } from "../base/random.js";
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

/** How activations are compared. */
export interface NearestOptions {
  /** Of the permutations, all from one stream. */
  seed?: number;
  /** Numbers of standardised activations that are kept at once, by default 1 GiB of them; of more, some are made again and again. */
  heldNumbers?: number;
}

/**
 * Compares f of every pair of features that are on, 1 in `alive` [d_sae], over all tokens. Quadratic in d_sae; beside f it holds where
 * permuted values above 0 fall.
 */
export function nearestActivation(
  f: FeatureActivations,
  alive: ArrayLike<number>,
  { seed = paper.seed, heldNumbers = 2 ** 28 }: NearestOptions = {},
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
  const least = counts.neverFire > 0 ? 0 : Number.NEGATIVE_INFINITY; // the correlation with one that never fires
  const moments = firing.map(momentsOf);
  const asTheyAre = (i: number, out: Float32Array): void => standardize(firing[i], moments[i], out);
  const places = permutedPlaces(firing, seed);
  const permuted = (i: number, out: Float32Array): void => scatter(firing[i], moments[i], places[i], out);
  const [n, tokens] = [firing.length, firing[0].length];
  const nearest = (write: Write): number => meanNearest({ n, tokens, write, heldNumbers }, least);
  return { mean: nearest(asTheyAre), null: nearest(permuted), ...counts };
}

/** Mean and 1 / ‖f − mean‖ of one feature; of the latter 0 where all values are equal. */
interface Moments {
  mean: number;
  scale: number;
}

function momentsOf(values: Float32Array): Moments {
  const first = values[0];
  let beyond = 0;
  let squares = 0;
  for (let t = 0; t < values.length; t++) {
    const away = values[t] - first; // exactly 0 where all values are equal
    beyond += away;
    squares += away * away;
  }
  const squaredNorm = squares - (beyond * beyond) / values.length;
  return { mean: first + beyond / values.length, scale: squaredNorm > 0 ? 1 / Math.sqrt(squaredNorm) : 0 };
}

/** (f − mean) / ‖f − mean‖ of one feature into `out`; zeros where all values are equal. */
function standardize(values: Float32Array, { mean, scale }: Moments, out: Float32Array): void {
  for (let t = 0; t < values.length; t++) out[t] = (values[t] - mean) * scale;
}

/** The same with the values above 0, in turn, at these places. */
function scatter(values: Float32Array, { mean, scale }: Moments, places: Int32Array, out: Float32Array): void {
  out.fill(-mean * scale);
  for (let t = 0, next = 0; t < values.length; t++) if (values[t] > 0) out[places[next++]] = (values[t] - mean) * scale;
}

/**
 * Where a random permutation of the tokens of each feature, of its own, has the values above 0: the beginning of a Fisher–Yates shuffle. The
 * shuffle of a feature begins with the order that the one before has left.
 */
function permutedPlaces(f: FeatureActivations, seed: number): Int32Array[] {
  const random = stream(seed, "permuted activations");
  const tokens = f[0].length;
  const order = Int32Array.from({ length: tokens }, (_, token) => token);
  return f.map((values) => {
    let firing = 0;
    for (let t = 0; t < tokens; t++) if (values[t] > 0) firing++;
    for (let taken = 0; taken < firing; taken++) {
      const at = taken + Math.floor(random.uniform() * (tokens - taken));
      const place = order[at];
      order[at] = order[taken];
      order[taken] = place;
    }
    return order.slice(0, firing);
  });
}

/** Features of a tile that is kept: with smaller ones fewer pairs are computed twice. */
const keptFeatures = 144;
/** The share of what may be kept that a tile has which is made again for every other one: with larger tiles that is less often. */
const remadeShare = 1 / 8;

/** Writes feature i, less its mean and of unit length, into `out` [tokens]. */
type Write = (i: number, out: Float32Array) => void;

/** n features that are compared. */
interface Compared {
  n: number;
  tokens: number;
  write: Write;
  heldNumbers: number;
}

/** The mean over features of the largest correlation with another, none of them below `least`. */
function meanNearest({ n, tokens, write, heldNumbers }: Compared, least: number): number {
  const areKept = n * tokens <= heldNumbers;
  const most = areKept ? keptFeatures : Math.max(1, Math.floor((remadeShare * heldNumbers) / tokens));
  const width = Math.ceil(n / Math.ceil(n / most));
  const starts = Array.from({ length: Math.ceil(n / width) }, (_, tile) => tile * width);
  const nearest = new Float64Array(n).fill(least);
  const make = (from: number): tf.Tensor2D => tileOf(from, Math.min(width, n - from), tokens, write);
  scoped(() => {
    const held = areKept ? new Map(starts.map((from) => [from, make(from)])) : undefined;
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
  return nearest.reduce((sum, value) => sum + value, 0) / n;
}

/** Features `from` … as rows [count, tokens], whose products are correlations. */
function tileOf(from: number, count: number, tokens: number, write: Write): tf.Tensor2D {
  const tile = new Float32Array(count * tokens);
  for (let i = 0; i < count; i++) write(from + i, tile.subarray(i * tokens, (i + 1) * tokens));
  return tf.tensor2d(tile, [count, tokens]);
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
