import { SncError } from "../../../base/errors.js";
import { gigabytes, type Reporter } from "../../../base/progress.js";
import type { ActivationSet } from "../activation-file.js";
import { squaredNorms } from "../norms.js";
import { type VectorStatistics, vectorStatistics } from "../statistics.js";
import { notFinite, refusal, type VectorFile, vectorsOf } from "./vector-file.js";

/** A layer's vectors, and how they are used. */
export interface OwnLayer {
  layer: number;
  of: VectorFile;
  /** For each row: 0 training, 1 test. */
  split: Int8Array;
  /** Reading R21: "dropped" leaves out vectors with norm over 10 × the median norm of the training vectors. */
  firstPosition: "dropped" | "kept";
  batchSize: number;
  report: Reporter;
  signal?: AbortSignal;
}

/** Takes a vector that is kept: numbers [at, at + d_in) of `vectors`, for training (0) or for testing (1). */
type Take = (part: number, vectors: Float32Array, at: number) => void;

/** The statistics of a layer's training vectors (R14, R21). */
export const statisticsOfLayer = (layer: OwnLayer): Promise<VectorStatistics> => measured(layer, () => () => {});

/** A layer's vectors in memory, as they are in the file, and the statistics of the training part. */
export async function loadLayer(layer: OwnLayer): Promise<ActivationSet> {
  const { d_in } = layer.of;
  let parts: Float32Array[] = [];
  const { mean, scale } = await measured(layer, (trainCount, testCount) => {
    parts = [trainCount, testCount].map((count) => memory(layer, count * d_in));
    const ends = [0, 0];
    return (part, vectors, at) => {
      parts[part].set(vectors.subarray(at, at + d_in), ends[part]);
      ends[part] += d_in;
    };
  });
  const [train, test] = parts;
  const counts = { trainCount: train.length / d_in, testCount: test.length / d_in };
  return { d_in, mean, scale, train, test, ...counts, metadata: new Map() };
}

/**
 * Reads the vectors twice, some at a time: their norms first, which say who is left out, then those that are kept. `begin` is
 * told how many of each part these are.
 */
async function measured(layer: OwnLayer, begin: (trainCount: number, testCount: number) => Take) {
  const { of, split, firstPosition, report, signal } = layer;
  const statistics = vectorStatistics(of.d_in, firstPosition);
  const squares = new Float64Array(of.rows);
  const bar = report.bar(`layer ${layer.layer}: own activations`, 2 * of.rows, "vectors");
  try {
    for await (const some of vectorsOf(of, signal)) {
      const found = squaredNorms(some.vectors, of.d_in);
      squares.set(found, some.first);
      for (let i = 0, row = some.first; i < found.length; i++, row++) {
        // ‖x‖² overflows for no finite x in float32: one that is not finite tells of a number that is not.
        if (!Number.isFinite(found[i])) throw notFinite(of, some, row);
        if (split[row] === 0) statistics.seeNorm(found[i]);
      }
      bar.advance(found.length);
    }
    const largest = statistics.largestSquare();
    const kept = [0, 0];
    for (const [row, part] of split.entries()) if (squares[row] <= largest) kept[part]++;
    requireEnough(layer, kept);

    const take = begin(kept[0], kept[1]);
    const isVaried = differences(of.d_in);
    let spread = false;
    for await (const { first, vectors } of vectorsOf(of, signal)) {
      const rows = vectors.length / of.d_in;
      for (let i = 0; i < rows; i++) {
        if (squares[first + i] > largest) continue;
        const part = split[first + i];
        if (part === 0) {
          statistics.see(vectors, i * of.d_in, squares[first + i]);
          spread ||= isVaried(vectors, i * of.d_in);
        }
        take(part, vectors, i * of.d_in);
      }
      bar.advance(rows);
    }
    const leftOut = of.rows - kept[0] - kept[1];
    const said = firstPosition === "kept" ? "" : `; ${leftOut} left out for a norm over 10 × the median (Reading R21)`;
    report.line(`layer ${layer.layer}: ${kept[0]} training and ${kept[1]} test vectors of width ${of.d_in}${said}`);
    return spread ? statistics.result(of.file) : withoutSpread(layer);
  } finally {
    bar.finish();
  }
}

/** Throws where the vectors are too few to train on or to test with. `kept`: left out are those of outstanding norm. */
export function requireEnough({ layer, of, split, batchSize }: OwnLayer, kept: readonly number[]): void {
  const [trainCount, testCount] = kept;
  if (trainCount >= batchSize && testCount > 0) return;
  const expected = trainCount < batchSize ? `${batchSize} training vectors, one batch, or more` : "test vectors";
  const leftOut = split.length - trainCount - testCount;
  const found = `${trainCount} for training and ${testCount} for testing${leftOut > 0 ? ` (${leftOut} left out, R21)` : ""}`;
  const next = of.split
    ? `Change column ${of.split.column}`
    : `Take another share of test vectors${of.document ? ` (whole documents, by column ${of.document.column})` : ""}`;
  throw refusal(of.file, `${expected} (layer ${layer})`, found, `${next}, a smaller batch, or give more vectors`);
}

/** Whether a vector differs from the first one it was given. */
function differences(d_in: number): (vectors: Float32Array, at: number) => boolean {
  let one: Float32Array | undefined;
  return (vectors, at) => {
    one ??= vectors.slice(at, at + d_in);
    for (let j = 0; j < d_in; j++) if (vectors[at + j] !== one[j]) return true;
    return false;
  };
}

function withoutSpread({ of, layer }: OwnLayer): never {
  throw refusal(of.file, `training vectors that differ (layer ${layer})`, "equal ones", "Check what made them");
}

/** `length` numbers, all zero. */
function memory({ of }: OwnLayer, length: number): Float32Array {
  try {
    return new Float32Array(length);
  } catch (error) {
    const found = `${gigabytes(4 * length)} of vectors`;
    throw new SncError("environment", `${of.file}: expected what memory holds, found ${found}. Give fewer vectors`, {
      cause: error,
    });
  }
}
