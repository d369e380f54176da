import type { RecordBatch } from "apache-arrow";
import { SncError } from "../../base/errors.js";
import { type ActivationRows, activationColumns, remake } from "./activation-file.js";
import { columnValues, readArrowFile, writeArrowFile } from "./arrow-file.js";
import { median, squaredNorms } from "./norms.js";

export interface JoinOptions {
  d_in: number;
  sources: readonly string[];
  firstPosition: "dropped" | "kept";
  /** What the file's metadata says of where the vectors are from. */
  about: Record<string, string>;
}

const rowsIn = (batch: RecordBatch): ActivationRows => ({
  vector: columnValues(batch, "vector"),
  source: columnValues(batch, "source"),
  split: columnValues(batch, "split"),
  document: columnValues(batch, "document"),
  sequence: columnValues(batch, "sequence"),
  position: columnValues(batch, "position"),
  token: columnValues(batch, "token"),
});

/** The rows of each part in turn; one part is in memory at a time. */
async function* rowsOfParts(parts: string[]): AsyncGenerator<ActivationRows> {
  for (const part of parts) {
    const batches = await readArrowFile(part, remake, async (f) => {
      const all: RecordBatch[] = [];
      for await (const batch of f.batches()) all.push(batch);
      return all;
    });
    for (const batch of batches) yield rowsIn(batch);
  }
}

/**
 * Joins a layer's parts to one file, a record batch each. Reading R21 "dropped": vectors with norm over 10 × the median
 * norm of the training vectors are left out (position 0 is in no part). The mean and scale of what is left of the
 * training part go into the schema's metadata, which comes first: hence three passes over the parts.
 */
export async function joinParts(
  file: string,
  parts: string[],
  { d_in, sources, firstPosition, about }: JoinOptions,
): Promise<void> {
  const squaresOfParts: Float64Array[] = [];
  const training: number[] = [];
  for await (const { vector, split, sequence } of rowsOfParts(parts)) {
    const squares = squaredNorms(vector, d_in);
    squaresOfParts.push(squares);
    const wrong = squares.findIndex((square) => !Number.isFinite(square));
    if (wrong >= 0)
      throw new SncError(
        "internal",
        `${file}: expected finite vectors, found ${squares[wrong]} in sequence ${sequence[wrong]}`,
      );
    for (let i = 0; i < split.length; i++) if (split[i] === 0) training.push(Math.sqrt(squares[i]));
  }
  const medianNorm = median(training);
  const largest = firstPosition === "dropped" ? (10 * medianNorm) ** 2 : Number.POSITIVE_INFINITY;

  const counts = [0, 0];
  let leftOut = 0;
  let meanSquare = 0;
  const mean = new Float64Array(d_in);
  let part = 0;
  for await (const { vector, split } of rowsOfParts(parts)) {
    const squares = squaresOfParts[part++];
    for (let i = 0; i < split.length; i++) {
      if (squares[i] > largest) {
        leftOut++;
        continue;
      }
      counts[split[i]]++;
      if (split[i] !== 0) continue;
      meanSquare += squares[i];
      for (let j = 0, at = i * d_in; j < d_in; j++) mean[j] += vector[at + j];
    }
  }
  for (let j = 0; j < d_in; j++) mean[j] /= counts[0];
  meanSquare /= counts[0];
  // E‖x − mean‖² = E‖x‖² − ‖mean‖²
  const variance = meanSquare - mean.reduce((sum, m) => sum + m * m, 0);
  if (!(variance > 0)) throw new SncError("internal", `${file}: the training vectors have no spread (${variance})`);

  const metadata = new Map([
    ...Object.entries(about),
    ["d_in", String(d_in)],
    ["trainCount", String(counts[0])],
    ["testCount", String(counts[1])],
    ["leftOutForNorm", String(leftOut)],
    ["medianNorm", String(medianNorm)],
    ["mean", Buffer.from(mean.buffer).toString("base64")],
    ["scale", String(1 / Math.sqrt(variance))],
  ]);
  await writeArrowFile(file, activationColumns(d_in, sources), metadata, async (append) => {
    let part = 0;
    for await (const rows of rowsOfParts(parts)) {
      const squares = squaresOfParts[part++];
      await append(chosenRows(rows, d_in, (i) => squares[i] <= largest));
    }
  });
}

function chosenRows(rows: ActivationRows, d_in: number, isChosen: (row: number) => boolean): ActivationRows {
  const chosen = Array.from(rows.token.keys()).filter(isChosen);
  if (chosen.length === rows.token.length) return rows;
  const pick = <T extends Int8Array | Int16Array | Int32Array>(values: T): T =>
    values.filter((_, i) => isChosen(i)) as T;
  const vector = new Float32Array(chosen.length * d_in);
  for (const [to, from] of chosen.entries())
    vector.set(rows.vector.subarray(from * d_in, (from + 1) * d_in), to * d_in);
  return {
    vector,
    source: pick(rows.source),
    split: pick(rows.split),
    document: pick(rows.document),
    sequence: pick(rows.sequence),
    position: pick(rows.position),
    token: pick(rows.token),
  };
}
