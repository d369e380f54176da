import * as tf from "@tensorflow/tfjs";
import { matMul, scoped } from "../backend/ops.js";
import { combined, dot, times } from "../evaluate/linear.js";
import { f1Of, type Scored } from "./score.js";
import type { WorldVectors } from "./vectors.js";
import type { World } from "./world.js";

/*
 * What the true directions themselves give with an encoder by least squares: a reference, not a bound. Another linear encoder may tell
 * firing better.
 */

/** z ≈ (x − x̄) Wᵀ + z̄, the least squares over training vectors. */
export interface LinearReadout {
  /** [G · d_in], row after row. */
  weights: Float32Array;
  /** [d_in], [G]. */
  meanX: Float64Array;
  meanZ: Float64Array;
}

/** The least-squares encoder of a world's true features. */
export function linearReadout({ size: { d_in, features: G } }: World, { x, z, count }: WorldVectors): LinearReadout {
  const meanX = columnMeans(x, d_in);
  const meanZ = columnMeans(z, G);
  const { ofX, withZ } = scoped(() => {
    const centred = tf.sub(tf.tensor2d(x, [count, d_in]), tf.tensor1d(Float32Array.from(meanX))) as tf.Tensor2D;
    const moments = (other: tf.Tensor2D): Float64Array =>
      Float64Array.from(matMul(other, centred, { a: true }).dataSync<"float32">());
    return { ofX: moments(centred), withZ: moments(tf.tensor2d(z, [count, G])) };
  });
  const weights = new Float32Array(G * d_in);
  for (let g = 0; g < G; g++) weights.set(solved(ofX, withZ.subarray(g * d_in, (g + 1) * d_in)), g * d_in);
  return { weights, meanX, meanZ };
}

/** The mean of each column, summed in float64. */
function columnMeans(values: Float32Array, columns: number): Float64Array {
  const means = new Float64Array(columns);
  for (let at = 0, c = 0; at < values.length; at++, c = (c + 1) % columns) means[c] += values[at];
  const rows = values.length / columns;
  return means.map((sum) => sum / rows);
}

/** Of the residual, beside the right side: less cannot be told in float32. */
const solvedTo = 1e-7;

/** A⁻¹b of a positive definite A [n · n] by conjugate gradients. */
export function solved(A: Float64Array, b: Float64Array): Float64Array {
  const n = b.length;
  let x: Float64Array = new Float64Array(n);
  let residual: Float64Array = b;
  let search = residual;
  let squared = dot(residual, residual);
  const enough = solvedTo ** 2 * squared;
  for (let step = 0; step < 10 * n && squared > enough; step++) {
    const bent = times(A, search, n);
    const t = squared / dot(search, bent);
    x = combined(x, t, search);
    residual = combined(residual, -t, bent);
    const next = dot(residual, residual);
    search = combined(residual, next / squared, search);
    squared = next;
  }
  return x;
}

/** The readout's z of vectors x [count · d_in] → [count · G]. */
export const readOut = ({ weights, meanX, meanZ }: LinearReadout, x: Float32Array): Float32Array =>
  scoped(() => {
    const [d_in, G] = [meanX.length, meanZ.length];
    const centred = tf.sub(tf.tensor2d(x, [x.length / d_in, d_in]), tf.tensor1d(Float32Array.from(meanX)));
    const z = matMul(centred as tf.Tensor2D, tf.tensor2d(weights, [G, d_in]), { b: true });
    return tf.add(z, tf.tensor1d(Float32Array.from(meanZ))).dataSync<"float32">();
  });

/** The threshold of largest F1 for each true feature on these vectors [G]; +∞ where it never fires. */
export function bestThresholds(readout: Float32Array, z: Float32Array, G: number): Float32Array {
  const count = z.length / G;
  return Float32Array.from({ length: G }, (_, g) => {
    const all = new Float32Array(count);
    const ofFirings: number[] = [];
    for (let v = 0; v < count; v++) {
      all[v] = readout[v * G + g];
      if (z[v * G + g] > 0) ofFirings.push(all[v]);
    }
    return bestThreshold(all.sort(), Float32Array.from(ofFirings).sort());
  });
}

/** The value of the largest F1; it is one at which the feature fires. Both ascending, `ofFirings` a part of `all`. */
function bestThreshold(all: Float32Array, ofFirings: Float32Array): number {
  let best = { f1: 0, threshold: Number.POSITIVE_INFINITY };
  for (let firing = 0, any = 0; firing < ofFirings.length; firing++) {
    const threshold = ofFirings[firing];
    while (all[any] < threshold) any++;
    const f1 = f1Of(ofFirings.length - firing, all.length - any, ofFirings.length);
    if (f1 > best.f1) best = { f1, threshold };
  }
  return best.threshold;
}

/** Training vectors on which thresholds are chosen. */
const thresholdVectors = 16_384;

/** The true directions with their readout of the test vectors: firing means above 0, or above the feature's own best threshold. */
export function readoutsOf(
  world: World,
  train: WorldVectors,
  test: WorldVectors,
): { above0: Scored; aboveThreshold: Scored } {
  const { d_in, features } = world.size;
  const readout = linearReadout(world, train);
  const some = Math.min(thresholdVectors, train.count);
  const chosenOn = readOut(readout, train.x.subarray(0, some * d_in));
  const thresholds = bestThresholds(chosenOn, train.z.subarray(0, some * features), features);
  const values = readOut(readout, test.x);
  return { above0: readoutScored(world, values), aboveThreshold: readoutScored(world, values, thresholds) };
}

/** The true directions with a readout as their features: above 0, or from these thresholds on. */
export function readoutScored(
  { directions, size: { d_in, features: G } }: World,
  readout: Float32Array,
  thresholds?: Float32Array,
): Scored {
  const dictionary = { d_in, W_dec: directions, alive: new Uint8Array(G).fill(1) };
  if (!thresholds) return { dictionary, f: readout };
  return { dictionary, f: readout.map((value, at) => Number(value >= thresholds[at % G])) };
}
