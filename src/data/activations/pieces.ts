import path from "node:path";
import { DataType, Float16, Float32, type RecordBatch, tableFromIPC, Uint16 } from "apache-arrow";
import { columnValues, vectorRows, writeArrowFile } from "../../base/arrow-file.js";
import { SncError } from "../../base/errors.js";
import { readRecorded, recordHash } from "../../base/recorded.js";
import { decodeNumbers, type Encoding, toBfloat16, toFloat16 } from "../../model/encodings.js";
import type { StoredAs } from "../../profiles.js";
import { type ActivationRows, activationColumns, madeByCapture, remake } from "./activation-file.js";

/** Consecutive sequences that are captured in one pass of the model and kept as one file for each layer. */
export interface Piece {
  /** Its file's name, without the ending. */
  name: string;
  /** Sequences [from, to) among all of the tokens. */
  from: number;
  to: number;
}

/** `count` sequences, of which the first is number `start` of all, in pieces of `size`, the last with what is left. */
export function piecesOf(prefix: string, start: number, count: number, size: number): Piece[] {
  return Array.from({ length: Math.ceil(count / size) }, (_, index) => {
    const from = start + index * size;
    return { name: `${prefix}${String(index).padStart(5, "0")}`, from, to: Math.min(start + count, from + size) };
  });
}

export const layerFolder = (folder: string, layer: number): string => path.join(folder, `layer-${layer}`);

export const pieceFile = (folder: string, { name }: Pick<Piece, "name">): string => path.join(folder, `${name}.arrow`);

const forms: Record<StoredAs, { encoding: Encoding; type: Float32 | Float16 | Uint16; bytes: number }> = {
  float32: { encoding: "F32", type: new Float32(), bytes: 4 },
  float16: { encoding: "F16", type: new Float16(), bytes: 2 },
  // Arrow has no bfloat16: its bits, as the metadata says.
  bfloat16: { encoding: "BF16", type: new Uint16(), bytes: 2 },
};

/** Bytes of a number. */
export const storedBytes = (store: StoredAs): number => forms[store].bytes;

/** Writes a piece; vectors in the form asked for, rounded to the nearest. Throws where a number does not fit the form. */
export async function writePiece(
  file: string,
  d_in: number,
  sources: readonly string[],
  { vector, ...rows }: ActivationRows,
  store: StoredAs,
): Promise<void> {
  const wrong = vector.findIndex(
    (value) => !Number.isFinite(value) || (store === "float16" && Math.abs(value) > 65504),
  );
  if (wrong >= 0 && !Number.isFinite(vector[wrong]))
    throw new SncError(
      "internal",
      `${file}: expected finite vectors, found ${vector[wrong]} in sequence ${rows.sequence[Math.floor(wrong / d_in)]}`,
    );
  if (wrong >= 0)
    throw new SncError(
      "usage",
      `${file}: expected numbers that ${store} holds, found ${vector[wrong]}. Take another: --store bfloat16`,
    );
  const columns = { ...activationColumns(d_in, sources), vector: vectorRows(forms[store].type, d_in) };
  const stored = store === "float32" ? vector : store === "float16" ? toFloat16(vector) : toBfloat16(vector);
  const metadata = new Map([
    ["d_in", String(d_in)],
    ["store", store],
  ]);
  await writeArrowFile(file, columns, metadata, (append) => append({ ...rows, vector: stored } as never));
  await recordHash(file);
}

/** A piece's vectors in float32, row after row. Synchronous: a training step asks for them. */
export function readPiece(file: string, d_in: number): Float32Array {
  const fail = (expected: string, found: unknown): never => {
    throw new SncError("input", `${file}: expected ${expected}, found ${found}. Delete it and ${remake.toLowerCase()}`);
  };
  const bytes = readRecorded(file, madeByCapture(file));
  const batch = ((): RecordBatch => {
    try {
      const table = tableFromIPC(bytes);
      return table.batches[0] ?? fail("activations", "none");
    } catch (error) {
      return error instanceof SncError ? fail("activations", "none") : fail("an Arrow file", (error as Error).message);
    }
  })();
  const store = batch.schema.metadata.get("store") as StoredAs;
  const type = batch.schema.fields.find(({ name }) => name === "vector")?.type;
  if (!forms[store]) fail(`activations stored as ${Object.keys(forms).join(", ")}`, store);
  if (!DataType.isFixedSizeList(type) || type.listSize !== d_in) fail(`vectors of ${d_in} numbers`, String(type));
  const values = columnValues<Float32Array>(batch, "vector");
  if (store === "float32") return values;
  const vector = new Float32Array(values.length);
  decodeNumbers(forms[store].encoding, new Uint8Array(values.buffer, values.byteOffset, values.byteLength), vector);
  return vector;
}

/** Where the vectors of one layer lie, and how many each sequence has. */
export interface LayerVectors {
  folder: string;
  layer: number;
  d_in: number;
  /** Vectors of a sequence: its tokens, without the first where that is left out (R21). */
  perSequence: number;
  /** Of training and of test. */
  pieces: [Piece[], Piece[]];
}

/** One piece's vectors of the sequences asked for. */
interface PieceVectors {
  piece: Piece;
  /** [rows, d_in]. */
  vectors: Float32Array;
}

/** The vectors of sequences [from, to) of a split, counted from 0 in it, piece by piece; each is a file read whole. */
export function* vectorsOf(
  { folder, layer, d_in, perSequence, pieces }: LayerVectors,
  split: 0 | 1,
  from: number,
  to: number,
): Generator<PieceVectors> {
  const start = pieces[split][0]?.from ?? 0;
  for (const piece of pieces[split]) {
    const [first, last] = [Math.max(from, piece.from - start), Math.min(to, piece.to - start)];
    if (first >= last) continue;
    const all = readPiece(pieceFile(layerFolder(folder, layer), piece), d_in);
    const at = (sequence: number) => (sequence - (piece.from - start)) * perSequence * d_in;
    yield { piece, vectors: all.subarray(at(first), at(last)) };
  }
}
