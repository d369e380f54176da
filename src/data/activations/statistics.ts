import path from "node:path";
import { z } from "zod";
import { SncError } from "../../base/errors.js";
import { exists, readJson, writeJson } from "../../base/files.js";
import { type LayerVectors, vectorsOf } from "./layer-vectors.js";
import { median, squaredNorms } from "./norms.js";
import { layerFolder } from "./pieces.js";
import { type InputScale, type InputScaling, inputScaling } from "./scale.js";

/** What the buffer's first fill says of a layer's vectors: whom to leave out, the centre, the scale (R14, R21). */
export interface FillStatistics {
  medianNorm: number;
  /** Vectors with a larger ‖x‖² are left out; Infinity where all are kept. */
  largestSquare: number;
  /** Of the vectors kept [d_in]. */
  mean: Float64Array;
  meanNorm: number;
  /** Makes E‖(x − mean) · scale‖² = 1 over the vectors kept. */
  scale: number;
}

/** Reading R14 by these statistics. */
export const inputScalingBy = ({ mean, meanNorm, scale }: FillStatistics, inputScale: InputScale): InputScaling =>
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
): Promise<FillStatistics> {
  const file = path.join(layerFolder(of.folder, of.layer), `first-${contexts}.json`);
  const complete = (known: Omit<FillStatistics, "largestSquare">): FillStatistics => ({
    ...known,
    largestSquare: firstPosition === "dropped" ? (10 * known.medianNorm) ** 2 : Number.POSITIVE_INFINITY,
  });
  if (await exists(file)) {
    const { mean, ...numbers } = stored.parse(await readJson(file));
    const bytes = Buffer.from(mean, "base64");
    return complete({ ...numbers, mean: new Float64Array(of.d_in).map((_, i) => bytes.readDoubleLE(8 * i)) });
  }
  const statistics = measure(of, contexts, firstPosition);
  await writeJson(file, { ...statistics, mean: Buffer.from(statistics.mean.buffer).toString("base64") });
  return complete(statistics);
}

function measure(of: LayerVectors, contexts: number, firstPosition: "dropped" | "kept") {
  const norms: number[] = [];
  for (const { vectors } of vectorsOf(of, 0, 0, contexts))
    for (const square of squaredNorms(vectors, of.d_in)) norms.push(Math.sqrt(square));
  const medianNorm = median(norms);
  const largest = firstPosition === "dropped" ? 10 * medianNorm : Number.POSITIVE_INFINITY;
  const mean = new Float64Array(of.d_in);
  let count = 0;
  let meanSquare = 0;
  let meanNorm = 0;
  for (const { vectors } of vectorsOf(of, 0, 0, contexts))
    for (const [i, square] of squaredNorms(vectors, of.d_in).entries()) {
      if (square > largest ** 2) continue;
      count++;
      meanSquare += square;
      meanNorm += Math.sqrt(square);
      for (let j = 0, at = i * of.d_in; j < of.d_in; j++) mean[j] += vectors[at + j];
    }
  for (let j = 0; j < of.d_in; j++) mean[j] /= count;
  // E‖x − mean‖² = E‖x‖² − ‖mean‖²
  const variance = meanSquare / count - mean.reduce((sum, m) => sum + m * m, 0);
  if (!(variance > 0))
    throw new SncError("internal", `layer ${of.layer}: the training vectors have no spread (${variance})`);
  return { medianNorm, mean, meanNorm: meanNorm / count, scale: 1 / Math.sqrt(variance) };
}
