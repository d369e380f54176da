import path from "node:path";
import { z } from "zod";
import { checked, oneOf, requireFiniteRows, requireRows } from "../../base/checks.js";
import { SncError } from "../../base/errors.js";
import { exists } from "../../base/files.js";
import { readSealed, writeSealed } from "../../base/recorded.js";
import { median, squaredNorms } from "./norms.js";
import { type LayerVectors, layerFolder, vectorsOf } from "./pieces.js";
import { type InputScale, type InputScaling, inputScaling } from "./scale.js";

/** What training vectors say of a layer: whom to leave out, the centre, the scale (R14, R21). */
export interface VectorStatistics {
  medianNorm: number;
  /** Vectors with a larger ‖x‖² are left out; Infinity where all are kept. */
  largestSquare: number;
  /** Of the vectors kept [d_in]. */
  mean: Float64Array;
  meanNorm: number;
  /** Makes E‖(x − mean) · scale‖² = 1 over the vectors kept. */
  scale: number;
}

/** Reading R21: vectors with norm over 10 × the median are left out, or none is. */
const largestSquareOf = (medianNorm: number, firstPosition: "dropped" | "kept"): number =>
  firstPosition === "dropped" ? (10 * medianNorm) ** 2 : Number.POSITIVE_INFINITY;

/** The statistics of training vectors that are seen twice: first their norms, then the vectors. */
export function vectorStatistics(d_in: number, firstPosition: "dropped" | "kept") {
  const norms: number[] = [];
  const mean = new Float64Array(d_in);
  let [count, meanSquare, meanNorm] = [0, 0, 0];
  return {
    seeNorm: (square: number): void => void norms.push(Math.sqrt(square)),
    /** Once all norms have been seen: above what ‖x‖² a vector is left out. */
    largestSquare: (): number => largestSquareOf(median(norms), firstPosition),
    /** A vector that is kept: numbers [at, at + d_in), and its ‖x‖². */
    see(vectors: Float32Array, at: number, square: number): void {
      count++;
      meanSquare += square;
      meanNorm += Math.sqrt(square);
      for (let j = 0; j < d_in; j++) mean[j] += vectors[at + j];
    },
    /** Throws where the vectors have no spread; `what` names them. */
    result(what: string): VectorStatistics & { count: number } {
      for (let j = 0; j < d_in; j++) mean[j] /= count;
      // E‖x − mean‖² = E‖x‖² − ‖mean‖²
      const variance = meanSquare / count - mean.reduce((sum, m) => sum + m * m, 0);
      if (!(variance > 0))
        throw new SncError("input", `${what}: expected training vectors that differ, found a variance of ${variance}`);
      const medianNorm = median(norms);
      const largestSquare = largestSquareOf(medianNorm, firstPosition);
      return { medianNorm, largestSquare, mean, meanNorm: meanNorm / count, scale: 1 / Math.sqrt(variance), count };
    },
  };
}

/**
 * How vectors of one's own x [count · d_in], row after row, are scaled for training (Reading R14): by default centred, with
 * E‖h‖² = 1, which λ₁, the learning rate and the rules' bounds are made for. Measure the training part, and scale training and
 * test part alike. Throws a usage error for other than whole rows, NaN, and vectors that are all the same.
 *
 * @example
 * const scaling = measureScaling(train, d_in);
 * const [h, hTest] = [scaleVectors(train, scaling), scaleVectors(test, scaling)];
 */
export function measureScaling(
  vectors: Float32Array,
  d_in: number,
  inputScale: InputScale = "unitMeanSquare",
): InputScaling {
  checked("measureScaling", { inputScale }, { inputScale: oneOf("unitMeanSquare", "sqrtWidth", "raw") });
  requireRows("vectors", vectors.length, d_in);
  requireFiniteRows("vectors", vectors, d_in);
  const statistics = vectorStatistics(d_in, "kept");
  for (const [i, square] of squaredNorms(vectors, d_in).entries()) {
    statistics.seeNorm(square);
    statistics.see(vectors, i * d_in, square);
  }
  return inputScalingBy(statistics.result("vectors"), inputScale);
}

/** Reading R14 by these statistics. */
export const inputScalingBy = ({ mean, meanNorm, scale }: VectorStatistics, inputScale: InputScale): InputScaling =>
  inputScaling(inputScale, { mean, scale, meanNorm: () => meanNorm });

const stored = z.object({
  medianNorm: z.number().positive(),
  meanNorm: z.number().positive(),
  scale: z.number().positive(),
  mean: z.base64(),
});

/** The statistics of the first `contexts` training sequences: computed once, then read from beside the vectors. */
export async function fillStatistics(
  of: LayerVectors,
  contexts: number,
  firstPosition: "dropped" | "kept",
): Promise<VectorStatistics> {
  const file = path.join(layerFolder(of.folder, of.layer), `first-${contexts}.json`);
  const made = { by: "snc activations", next: "Delete it and run: snc activations" };
  const known = (await exists(file)) ? await readSealed(file, stored, made) : undefined;
  if (known) {
    const { mean: bytes, ...numbers } = known;
    const buffer = Buffer.from(bytes, "base64");
    const mean = new Float64Array(of.d_in).map((_, i) => buffer.readDoubleLE(8 * i));
    return { ...numbers, mean, largestSquare: largestSquareOf(numbers.medianNorm, firstPosition) };
  }
  const statistics = measureFill(of, contexts, firstPosition);
  const { medianNorm, meanNorm, scale, mean } = statistics;
  await writeSealed(file, { medianNorm, meanNorm, scale, mean: Buffer.from(mean.buffer).toString("base64") });
  return statistics;
}

function measureFill(of: LayerVectors, contexts: number, firstPosition: "dropped" | "kept"): VectorStatistics {
  const statistics = vectorStatistics(of.d_in, firstPosition);
  for (const { vectors } of vectorsOf(of, 0, 0, contexts))
    for (const square of squaredNorms(vectors, of.d_in)) statistics.seeNorm(square);
  const largest = statistics.largestSquare();
  for (const { vectors } of vectorsOf(of, 0, 0, contexts))
    for (const [i, square] of squaredNorms(vectors, of.d_in).entries())
      if (square <= largest) statistics.see(vectors, i * of.d_in, square);
  return statistics.result(`layer ${of.layer}`);
}
