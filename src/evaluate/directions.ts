import * as tf from "@tensorflow/tfjs";
import { matMul, scoped } from "../backend/ops.js";
import { stream, unitDirections } from "../base/random.js";
import { randomDirectionCosine } from "../measure/chance.js";
import { percentile } from "../mechanisms/prune.js";
import { paper } from "../paper.js";
import { type Dictionary, type Directions, directionsOf } from "./dictionary.js";

/** How near the directions of features are to each other; numbers of pairs are null where fewer than two features are on. */
export interface DirectionMeasures {
  /** Features that are on, and those that are switched off, which are left out. */
  features: number;
  switchedOff: number;
  /** max_{j≠i} W_i · W_j of each feature, signed: its mean (OrtSAE's MeanCosSim, arXiv 2509.22033), median and 95th percentile. */
  nearestDecoder: {
    mean: number | null;
    median: number | null;
    p95: number | null;
    /** The mean for as many random unit vectors: the mean of ten seeded draws. */
    null: number | null;
  };
  /** The mean over pairs i < j of |W_i · W_j|, and for random directions √(2/(π d_in)). */
  meanDecoder: { mean: number | null; null: number };
}

/** Measures the rows of W_dec; `seed`: of the random unit vectors. Throws a usage error for shapes that do not fit, and for NaN. */
export function directionMeasures(dictionary: Dictionary, seed: number = paper.seed): DirectionMeasures {
  const directions = directionsOf(dictionary);
  const features = directions.features.length;
  const count = { features, switchedOff: dictionary.alive.length - features };
  const chance = randomDirectionCosine(dictionary.d_in);
  const nothing = { mean: null, median: null, p95: null, null: null };
  if (features < 2) return { ...count, nearestDecoder: nothing, meanDecoder: { mean: null, null: chance } };
  const { nearest, sizes } = compareAll(directions);
  return {
    ...count,
    nearestDecoder: {
      mean: mean(nearest),
      median: percentile(nearest, 0.5),
      p95: percentile(nearest, 95 / 100),
      null: nearestOfRandom(features, dictionary.d_in, seed),
    },
    meanDecoder: { mean: sizes / (features * (features - 1)), null: chance },
  };
}

/** So many rows at a time are compared with all others: 64 MiB of products at 16 384 features. */
const tileRows = 1024;

/** For each direction its largest product with another, and the sum of the sizes of all, each pair twice. */
function compareAll({ rows, d_in }: Pick<Directions, "rows" | "d_in">): { nearest: Float64Array; sizes: number } {
  const n = rows.length / d_in;
  const nearest = new Float64Array(n).fill(Number.NEGATIVE_INFINITY);
  let sizes = 0;
  scoped(() => {
    const all = tf.tensor2d(rows, [n, d_in]);
    for (let from = 0; from < n; from += tileRows) {
      const count = Math.min(tileRows, n - from);
      const products = scoped(() => matMul(tf.slice(all, [from, 0], [count, d_in]), all, { b: true }).dataSync());
      for (let i = from, at = 0; i < from + count; i++)
        for (let j = 0; j < n; j++, at++) {
          if (i === j) continue;
          const product = products[at];
          if (product > nearest[i]) nearest[i] = product;
          sizes += Math.abs(product);
        }
    }
  });
  return { nearest, sizes };
}

const draws = 10;
/** Means by number of features, width and seed: trainings without pruning ask for the same. */
const ofRandom = new Map<string, number>();

/** The mean of the nearest product of n ≥ 2 random unit vectors, over ten draws. */
function nearestOfRandom(n: number, d_in: number, seed: number): number {
  const key = [n, d_in, seed].join();
  const known = ofRandom.get(key);
  if (known !== undefined) return known;
  const means = Array.from({ length: draws }, (_, draw) =>
    mean(compareAll({ d_in, rows: randomRows(n, d_in, seed, draw) }).nearest),
  );
  ofRandom.set(key, mean(means));
  return mean(means);
}

/** The longest draws so far that take little memory: fewer rows are the first of these. */
const drawn = new Map<string, Float32Array>();
const keptNumbers = 2 ** 20;

function randomRows(n: number, d_in: number, seed: number, draw: number): Float32Array {
  const key = [d_in, seed, draw].join();
  const known = drawn.get(key);
  if (known && known.length >= n * d_in) return known.subarray(0, n * d_in);
  const rows = unitDirections(stream(seed, `random directions ${draw}`), n, d_in);
  if (rows.length <= keptNumbers) drawn.set(key, rows);
  return rows;
}

const mean = (values: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum / values.length;
};
