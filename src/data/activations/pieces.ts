import { readFileSync } from "node:fs";
import path from "node:path";
import { DataType, Float16, Float32, type RecordBatch, tableFromIPC, Uint16 } from "apache-arrow";
import { SncError } from "../../base/errors.js";
import { decode, type Encoding, toBfloat16, toFloat16 } from "../../model/encodings.js";
import type { StoredAs } from "../../profiles.js";
import { splits } from "../texts/tokens.js";
import { type ActivationRows, activationColumns, remake } from "./activation-file.js";
import { columnValues, rowsOf, writeArrowFile } from "./arrow-file.js";

/** Consecutive sequences of one split, captured in one pass of the model and kept as one file for each layer. */
export interface Piece {
  split: number;
  index: number;
  /** Sequences [from, to) among all of the tokens, in which those for training come first. */
  from: number;
  to: number;
}

/** The pieces of a split of `count` sequences, of which the first is number `start` of all. */
export function piecesOf(split: number, start: number, count: number, size: number): Piece[] {
  return Array.from({ length: Math.ceil(count / size) }, (_, index) => {
    const from = start + index * size;
    return { split, index, from, to: Math.min(start + count, from + size) };
  });
}

export const layerFolder = (folder: string, layer: number): string => path.join(folder, `layer-${layer}`);

export const pieceFile = (folder: string, layer: number, { split, index }: Pick<Piece, "split" | "index">): string =>
  path.join(layerFolder(folder, layer), `${splits[split]}-${String(index).padStart(5, "0")}.arrow`);

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
  if (wrong >= 0)
    throw new SncError(
      Number.isFinite(vector[wrong]) ? "usage" : "internal",
      `${file}: expected numbers that ${store} holds, found ${vector[wrong]}. Take another: --store bfloat16`,
    );
  const columns = { ...activationColumns(d_in, sources), vector: rowsOf(forms[store].type, d_in) };
  const stored = store === "float32" ? vector : store === "float16" ? toFloat16(vector) : toBfloat16(vector);
  const metadata = new Map([
    ["d_in", String(d_in)],
    ["store", store],
  ]);
  await writeArrowFile(file, columns, metadata, (append) => append({ ...rows, vector: stored } as never));
}

/** A piece's vectors in float32, row after row. Synchronous: a training step asks for them. */
export function readPiece(file: string, d_in: number): Float32Array {
  const fail = (expected: string, found: unknown): never => {
    throw new SncError("input", `${file}: expected ${expected}, found ${found}. Delete it and ${remake.toLowerCase()}`);
  };
  const batch = ((): RecordBatch => {
    try {
      const table = tableFromIPC(readFileSync(file));
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
  decode(forms[store].encoding, new Uint8Array(values.buffer, values.byteOffset, values.byteLength), vector);
  return vector;
}
