import * as tf from "@tensorflow/tfjs";
import { matMul, scoped } from "../backend/ops.js";
import { SncError } from "../base/errors.js";
import { stream, unitDirections } from "../base/random.js";
import { paper } from "../paper.js";
import { type Dictionary, type Directions, directionsOf } from "./dictionary.js";
import { type Matched, matchOneToOne } from "./matching.js";

/** From this cosine on, two directions count as the same feature. */
const sameFrom = 0.7;

/** How alike the matched directions of two dictionaries are; null where one of them has no feature that is on. */
export interface MatchedCosines {
  /** The mean cosine of the matched pairs, in [−1, 1]. */
  mean: number | null;
  /** The share of the matched pairs whose cosine is 0.7 or more. */
  share: number | null;
}

/** Two dictionaries with their directions matched. */
interface MatchedDictionaries extends MatchedCosines {
  /** min(n, n′) pairs, ascending by `first`; indices of the whole W_dec. */
  matched: Matched[];
}

/** The directions that one seed ended with, and those that it started from, where they are known. */
export interface SeedDictionary {
  seed: number;
  dictionary: Dictionary;
  /** W_dec before the first step [d_sae · d_in]. */
  initial?: Float32Array;
}

/** Two seeds compared, beside the nulls. */
interface StabilityOfPair extends MatchedDictionaries {
  seeds: [first: number, second: number];
  /** As many random unit vectors as each seed has features, matched in the same way. */
  random: MatchedCosines;
  /** What the same features of both seeds started from; undefined where that was not given. */
  initial?: MatchedCosines;
}

/** Several seeds compared: plain means over the pairs of seeds, and each pair by itself. */
export interface SeedStability extends MatchedCosines {
  random: MatchedCosines;
  initial?: MatchedCosines;
  pairs: StabilityOfPair[];
}

/**
 * Stability across seeds (after arXiv 2505.20254): for each pair of seeds the one-to-one matching of directions that maximises
 * Σ W_i · W′_j. Features that are switched off are left out. `seed`: of the random unit vectors. Throws a usage error for fewer than
 * two seeds.
 */
export function seedStability(dictionaries: readonly SeedDictionary[], seed: number = paper.seed): SeedStability {
  if (dictionaries.length < 2)
    throw new SncError("usage", `seedStability: expected two seeds or more, found ${dictionaries.length}`);
  const pairs = dictionaries.flatMap((a, i) => dictionaries.slice(i + 1).map((b) => stabilityOf(a, b, seed)));
  const initial = pairs.flatMap((pair) => pair.initial ?? []);
  return {
    ...meanOf(pairs),
    random: meanOf(pairs.map((pair) => pair.random)),
    ...(initial.length === pairs.length && { initial: meanOf(initial) }),
    pairs,
  };
}

/** Two dictionaries of the same d_in, matched. Throws a usage error for other widths. */
export function matchDictionaries(a: Dictionary, b: Dictionary): MatchedDictionaries {
  const [first, second] = [directionsOf(a), directionsOf(b)];
  const matched = matchDirections(first, second).map((pair) => ({
    ...pair,
    first: first.features[pair.first],
    second: second.features[pair.second],
  }));
  return { ...cosinesOf(matched), matched };
}

function stabilityOf(a: SeedDictionary, b: SeedDictionary, seed: number): StabilityOfPair {
  const matched = matchDictionaries(a.dictionary, b.dictionary);
  const before = ({ dictionary, initial }: SeedDictionary): Dictionary | undefined =>
    initial && { ...dictionary, W_dec: initial };
  const [first, second] = [before(a), before(b)];
  return {
    seeds: [a.seed, b.seed],
    ...matched,
    random: randomMatch(on(a.dictionary), on(b.dictionary), a.dictionary.d_in, seed),
    ...(first && second && { initial: meanOf([matchDictionaries(first, second)]) }),
  };
}

function matchDirections(a: Directions, b: Directions): Matched[] {
  return matchOneToOne(cosinesBetween(a, b), a.features.length, b.features.length);
}

/** W_i · W′_j of every direction with every one of the other, row after row. Throws a usage error for other widths. */
export function cosinesBetween(a: Directions, b: Directions): Float32Array {
  if (a.d_in !== b.d_in)
    throw new SncError("usage", `directions: expected both of one d_in, found ${a.d_in} and ${b.d_in}`);
  const [n, m] = [a.features.length, b.features.length];
  if (n === 0 || m === 0) return new Float32Array(0);
  return scoped(() =>
    matMul(tf.tensor2d(a.rows, [n, a.d_in]), tf.tensor2d(b.rows, [m, b.d_in]), { b: true }).dataSync<"float32">(),
  );
}

const on = ({ alive }: Dictionary): number => Array.from(alive).filter((one) => one !== 0).length;

/** Matched random directions by their numbers, width and seed: pairs of seeds of all runs ask for the same. */
const ofRandom = new Map<string, MatchedCosines>();

function randomMatch(n: number, m: number, d_in: number, seed: number): MatchedCosines {
  const key = [n, m, d_in, seed].join();
  const known = ofRandom.get(key);
  if (known) return known;
  const drawn = (name: string, count: number): Directions => ({
    d_in,
    features: Int32Array.from({ length: count }, (_, i) => i),
    rows: unitDirections(stream(seed, `${name} random dictionary`), count, d_in),
  });
  const cosines = cosinesOf(matchDirections(drawn("first", n), drawn("second", m)));
  ofRandom.set(key, cosines);
  return cosines;
}

function cosinesOf(matched: readonly Matched[]): MatchedCosines {
  if (matched.length === 0) return { mean: null, share: null };
  const sum = matched.reduce((total, { cosine }) => total + cosine, 0);
  const same = matched.filter(({ cosine }) => cosine >= sameFrom).length;
  return { mean: sum / matched.length, share: same / matched.length };
}

/** Plain means over pairs of seeds that have some. */
function meanOf(pairs: readonly MatchedCosines[]): MatchedCosines {
  const over = (values: (number | null)[]): number | null => {
    const known = values.filter((value) => value !== null);
    return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
  };
  return { mean: over(pairs.map((pair) => pair.mean)), share: over(pairs.map((pair) => pair.share)) };
}
