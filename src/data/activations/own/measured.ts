import { SncError } from "../../../base/errors.js";
import { type Bar, gigabytes, type Reporter } from "../../../base/progress.js";
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
  const { of, firstPosition, report } = layer;
  const { d_in } = of;
  let parts: Float32Array[] = [];
  const { mean, scale } = await measured(layer, (counts) => {
    parts = counts.map((count) => memory(layer, count * d_in));
    const ends = [0, 0];
    return (part, vectors, at) => {
      parts[part].set(vectors.subarray(at, at + d_in), ends[part]);
      ends[part] += d_in;
    };
  });
  const [train, test] = parts;
  const [trainCount, testCount] = parts.map(({ length }) => length / d_in);
  const leftOut = of.rows - trainCount - testCount;
  const said = firstPosition === "kept" ? "" : `; ${leftOut} left out for a norm over 10 × the median (Reading R21)`;
  report.line(`layer ${layer.layer}: ${trainCount} training and ${testCount} test vectors of width ${d_in}${said}`);
  return { d_in, mean, scale, train, test, trainCount, testCount, metadata: new Map() };
}

/**
 * Reads the vectors twice, some at a time: their norms first, which say who is left out, then those that are kept. `begin` is
 * told how many of each part these are.
 */
async function measured(layer: OwnLayer, begin: (counts: readonly number[]) => Take): Promise<VectorStatistics> {
  const { of, split, report, signal } = layer;
  const bar = report.bar(`layer ${layer.layer}: own activations`, 2 * of.rows, "vectors");
  try {
    const statistics = vectorStatistics(of.d_in, layer.firstPosition);
    const squares = await normsOf(layer, statistics, bar);
    const largest = statistics.largestSquare();
    const kept = [0, 0];
    for (let row = 0; row < of.rows; row++) if (squares[row] <= largest) kept[split[row]]++;
    requireEnough(layer, kept);

    const take = begin(kept);
    const isOther = unlikeTheFirst(of.d_in);
    let isVaried = false;
    for await (const { first, vectors } of vectorsOf(of, signal)) {
      const rows = vectors.length / of.d_in;
      for (let i = 0, row = first; i < rows; i++, row++) {
        if (squares[row] > largest) continue;
        const at = i * of.d_in;
        if (split[row] === 0) {
          statistics.see(vectors, at, squares[row]);
          isVaried ||= isOther(vectors, at);
        }
        take(split[row], vectors, at);
      }
      bar.advance(rows);
    }
    return isVaried ? resultOf(layer, statistics) : refuseEqual(layer);
  } finally {
    bar.finish();
  }
}

/** ‖x‖² of every row; those of training are shown to the statistics. Throws at the first number that is not finite. */
async function normsOf({ of, split, signal }: OwnLayer, statistics: Statistics, bar: Bar): Promise<Float64Array> {
  const squares = new Float64Array(of.rows);
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
  return squares;
}

type Statistics = ReturnType<typeof vectorStatistics>;

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

/** Whether a vector is another than the first one asked about. */
function unlikeTheFirst(d_in: number): (vectors: Float32Array, at: number) => boolean {
  let one: Float32Array | undefined;
  return (vectors, at) => {
    one ??= vectors.slice(at, at + d_in);
    for (let j = 0; j < d_in; j++) if (vectors[at + j] !== one[j]) return true;
    return false;
  };
}

function resultOf(layer: OwnLayer, statistics: Statistics): VectorStatistics {
  try {
    return statistics.result(layer.of.file);
  } catch (error) {
    return refuseEqual(layer, error); // they differ, by less than float64 tells beside their size
  }
}

function refuseEqual({ of, layer }: OwnLayer, cause?: unknown): never {
  const next = "Check what made them: there is no scale (Reading R14)";
  throw refusal(of.file, `training vectors that differ (layer ${layer})`, "equal ones", next, cause);
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
