import type { RecordBatch } from "apache-arrow";
import { columnValues, readArrowFile, writeArrowFile } from "../../base/arrow-file.js";
import { requireRecorded } from "../../base/recorded.js";
import { type ActivationRows, activationColumns, madeByCapture, remake } from "./activation-file.js";
import { squaredNorms } from "./norms.js";
import { vectorStatistics } from "./statistics.js";

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

/** The rows of each piece in turn, with ‖x‖² of each; one piece is in memory at a time. */
async function* rowsOfPieces(pieces: string[], d_in: number) {
  for (const piece of pieces) {
    await requireRecorded(piece, madeByCapture(piece));
    const batches = await readArrowFile(piece, remake, async (f) => {
      const all: RecordBatch[] = [];
      for await (const batch of f.batches()) all.push(batch);
      return all;
    });
    for (const batch of batches) {
      const rows = rowsIn(batch);
      yield { rows, squares: squaredNorms(rows.vector, d_in) };
    }
  }
}

/**
 * Joins a layer's pieces to one file, a record batch each. Reading R21 "dropped": vectors with norm over 10 × the median
 * norm of the training vectors are left out (position 0 is in no piece). The mean and scale of what is left of the
 * training part go into the schema's metadata, which comes first: hence three passes over the pieces.
 */
export async function joinPieces(
  file: string,
  pieces: string[],
  { d_in, sources, firstPosition, about }: JoinOptions,
): Promise<void> {
  const statistics = vectorStatistics(d_in, firstPosition);
  for await (const { rows, squares } of rowsOfPieces(pieces, d_in))
    for (let i = 0; i < squares.length; i++) if (rows.split[i] === 0) statistics.seeNorm(squares[i]);
  const largest = statistics.largestSquare();

  let [testCount, leftOut] = [0, 0];
  for await (const { rows, squares } of rowsOfPieces(pieces, d_in))
    for (let i = 0; i < squares.length; i++)
      if (squares[i] > largest) leftOut++;
      else if (rows.split[i] === 0) statistics.see(rows.vector, i * d_in, squares[i]);
      else testCount++;
  const { medianNorm, mean, scale, count } = statistics.result(file);

  const metadata = new Map([
    ...Object.entries(about),
    ["d_in", String(d_in)],
    ["trainCount", String(count)],
    ["testCount", String(testCount)],
    ["leftOutForNorm", String(leftOut)],
    ["medianNorm", String(medianNorm)],
    ["mean", Buffer.from(mean.buffer).toString("base64")],
    ["scale", String(scale)],
  ]);
  await writeArrowFile(file, activationColumns(d_in, sources), metadata, async (append) => {
    for await (const { rows, squares } of rowsOfPieces(pieces, d_in))
      await append(chosenRows(rows, d_in, (i) => squares[i] <= largest));
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
