import * as tf from "@tensorflow/tfjs";
import { scoped } from "../backend/ops.js";
import { requireRows } from "../base/checks.js";
import { SncError } from "../base/errors.js";
import type { Firings } from "../dashboard/firings.js";
import { nearestDirections } from "../dashboard/nearest.js";
import type { Numbers } from "../data/activations/batches.js";
import type { Autoencoder } from "../experiment/training/autoencoder.js";
import type { SaeWeights } from "../sae/params.js";
import { onRawInput } from "./raw-input.js";

/** What SAEBench's core evaluation says of reconstructions and sparsity, in the units of the model's activations x. */
export interface ReconstructionNumbers {
  vectors: number;
  /** Means of ‖x‖, ‖x̂‖ and ‖x̂‖ / ‖x‖, and mean ‖x̂‖² / mean x·x̂. */
  normIn: number;
  normOut: number;
  normRatio: number;
  reconstructionBias: number;
  /** Mean of (x − x̂)² over vectors and dimensions; mean cosine of x and x̂. */
  meanSquaredError: number;
  cosine: number;
  /** Means over vectors of the number of f > 0 and of Σf, f of raw activations. */
  l0: number;
  l1: number;
}

/** What SAEBench's core evaluation says of one feature; its weights are those for raw activations. */
export interface FeatureWeights {
  feature: number;
  encoderBias: number;
  encoderNorm: number;
  encoderDecoder: number;
  /** The largest cosine with another feature that is not switched off. */
  largestEncoderCosine: number;
  largestDecoderCosine: number;
}

/** How often a feature fires. */
export interface FeatureFrequency {
  feature: number;
  /** Share of the vectors with f > 0. */
  frequency: number;
  /** Mean number of vectors it fires on in the sequences in which it fires; undefined where it never does. */
  perSequence?: number;
}

/** How often each feature fires, and in how many of the sequences that the rows are from [rows]. */
export function featureFrequencies(
  { rows, d_sae, starts, rowsOf }: Pick<Firings, "rows" | "d_sae" | "starts" | "rowsOf">,
  sequence: Int32Array,
): FeatureFrequency[] {
  return Array.from({ length: d_sae }, (_, feature) => {
    const fired = rowsOf.subarray(starts[feature], starts[feature + 1]);
    if (fired.length === 0) return { feature, frequency: 0 };
    const sequences = new Set(fired.map((row) => sequence[row])).size;
    return { feature, frequency: fired.length / rows, perSequence: fired.length / sequences };
  });
}

/** Rows at a time; changes no number beyond rounding. */
const chunkRows = 1024;

/** Sums over vectors h [rows · d_in], row after row, in one pass. Throws a usage error where it is not known how h was scaled. */
export function reconstructionNumbers(sae: Autoencoder, h: Numbers): ReconstructionNumbers {
  const { d_in, scaling } = sae;
  requireRows("h", h.length, d_in);
  if (!scaling) throw unknownScaling();
  const rows = h.length / d_in;
  const sums = { in: 0, out: 0, ratio: 0, squaredOut: 0, product: 0, squaredError: 0, cosine: 0, l0: 0, l1: 0 };
  for (let row = 0; row < rows; row += chunkRows) {
    const numbers = h.subarray(row * d_in, Math.min(rows, row + chunkRows) * d_in);
    const { x, xHat, l0, l1 } = passed(sae, numbers);
    for (let at = 0; at < x.length; at += d_in)
      addVector(sums, x.subarray(at, at + d_in), xHat.subarray(at, at + d_in));
    sums.l0 += l0;
    sums.l1 += l1;
  }
  return {
    vectors: rows,
    ...{ normIn: sums.in / rows, normOut: sums.out / rows, normRatio: sums.ratio / rows },
    reconstructionBias: sums.squaredOut / sums.product,
    meanSquaredError: sums.squaredError / h.length,
    cosine: sums.cosine / rows,
    l0: sums.l0 / rows,
    l1: sums.l1 / rows / scaling.scale,
  };
}

const unknownScaling = (): SncError =>
  new SncError(
    "usage",
    "autoencoder: expected how its input was scaled, found nothing: SAEBench measures in the model's own activations. " +
      "Save it with { scaling }",
  );

/** x and x̂ of some vectors, and Σ[f > 0] and Σf over them. */
const passed = (sae: Autoencoder, numbers: Float32Array) =>
  scoped(() => {
    const h = tf.tensor2d(numbers, [numbers.length / sae.d_in, sae.d_in]);
    const f = sae.features(h);
    const [x, xHat] = [h, sae.decode(f)].map((one) => sae.unscale(one).dataSync<"float32">());
    const [l0, l1] = [tf.sum(tf.cast(tf.greater(f, 0), "float32")), tf.sum(f)].map((sum) => sum.dataSync()[0]);
    return { x, xHat, l0, l1 };
  });

type Sums = Record<"in" | "out" | "ratio" | "squaredOut" | "product" | "squaredError" | "cosine", number>;

/** Below this ‖x‖ counts as 1 in the ratio, as in SAEBench. */
const leastNorm = 1e-4;

function addVector(sums: Sums, x: Float32Array, xHat: Float32Array): void {
  let [squares, squaredOut, product, squaredError] = [0, 0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    squares += x[i] ** 2;
    squaredOut += xHat[i] ** 2;
    product += x[i] * xHat[i];
    squaredError += (x[i] - xHat[i]) ** 2;
  }
  const [before, after] = [Math.sqrt(squares), Math.sqrt(squaredOut)];
  sums.in += before;
  sums.out += after;
  sums.ratio += after / (before < leastNorm ? 1 : before);
  sums.squaredOut += squaredOut;
  sums.product += product;
  sums.squaredError += squaredError;
  sums.cosine += before * after > 0 ? product / (before * after) : 0;
}

/** What is said of each feature's weights; those that are switched off are left out. */
export function featureWeights(sae: Autoencoder): FeatureWeights[] {
  const { d_in, alive, scaling } = sae;
  if (!scaling) throw unknownScaling();
  const weights = onRawInput(sae.weights(), scaling);
  const { encoder, norms } = encoderRows(weights);
  const [nearestEncoder, nearestDecoder] = [encoder, weights.W_dec].map((rows) => nearestDirections(rows, alive, d_in));
  return [...alive.keys()]
    .filter((feature) => alive[feature] !== 0)
    .map((feature) => {
      let cosine = 0;
      for (let at = feature * d_in; at < (feature + 1) * d_in; at++) cosine += encoder[at] * weights.W_dec[at];
      return {
        feature,
        encoderBias: weights.b_enc[feature],
        encoderNorm: norms[feature],
        encoderDecoder: cosine,
        largestEncoderCosine: nearestEncoder[feature][0]?.value ?? 0,
        largestDecoderCosine: nearestDecoder[feature][0]?.value ?? 0,
      };
    });
}

/** The encoder's columns as rows of unit length [d_sae · d_in], and their lengths; a column of zeros stays. */
function encoderRows({ d_in, d_sae, W_enc }: SaeWeights): { encoder: Float32Array; norms: Float64Array } {
  const encoder = new Float32Array(d_sae * d_in);
  const norms = new Float64Array(d_sae);
  for (let i = 0; i < d_in; i++) for (let j = 0; j < d_sae; j++) norms[j] += W_enc[i * d_sae + j] ** 2;
  for (let j = 0; j < d_sae; j++) norms[j] = Math.sqrt(norms[j]);
  for (let i = 0; i < d_in; i++)
    for (let j = 0; j < d_sae; j++) encoder[j * d_in + i] = norms[j] > 0 ? W_enc[i * d_sae + j] / norms[j] : 0;
  return { encoder, norms };
}
