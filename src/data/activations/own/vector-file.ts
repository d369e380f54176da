import type { FileHandle } from "node:fs/promises";
import { SncError, throwIfStopped } from "../../../base/errors.js";
import { decodeNumbers, type Encoding } from "../../../model/encodings.js";
import { ofUser, openWith, readRange } from "../../../model/tensor-file.js";

/** How the numbers of own activations may be stored. */
export type FloatForm = Extract<Encoding, "F16" | "BF16" | "F32"> | "F64";

export const floatBytes: Record<FloatForm, number> = { F16: 2, BF16: 2, F32: 4, F64: 8 };

/** Where a file's vectors lie, as its head says it: no vector has been read. */
export interface VectorFile {
  file: string;
  /** The column or tensor that holds the vectors; undefined in a format without names. */
  column?: string;
  d_in: number;
  rows: number;
  form: FloatForm;
  bigEndian?: boolean;
  /** Numbers lie column after column (Fortran's order), in one block. */
  byColumn?: boolean;
  /** Vectors that lie one after the other, from byte `at`. */
  blocks: { rows: number; at: number }[];
  /** The columns that say a row's part ("train" or "test") and its document, where the file has them. */
  split?: LabelColumn;
  document?: LabelColumn;
}

/** A column of labels, read when asked for. */
export interface LabelColumn {
  column: string;
  read(): Promise<Labels>;
}

/** One label for each row: row i has `names[codes[i]]`. Names come in the order of their first rows. */
export interface Labels {
  names: (string | number | bigint)[];
  codes: Int32Array;
}

/** The error of a file of own activations: what was expected, what was found, what to do. */
export const refusal = (file: string, expected: string, found: string, next: string, cause?: unknown): SncError =>
  new SncError("input", `${file}: expected ${expected}, found ${found}. ${next}`, { cause });

export const writeAgain = "Write the file again";

/** What there is, for an error: all of it where it is short. */
export const listed = (what: readonly string[]): string =>
  what.length === 0
    ? "none"
    : `${what.slice(0, 12).join("; ")}${what.length > 12 ? `; … (${what.length} in all)` : ""}`;

/** Opens a user's file for the time of `read`. */
export async function withFile<T>(file: string, read: (handle: FileHandle, size: number) => Promise<T>): Promise<T> {
  return ofUser(
    openWith(file, async (handle, size) => {
      const result = await read(handle, size);
      await handle.close();
      return result;
    }),
    writeAgain,
  );
}

/** Some consecutive vectors of a file. */
export interface Vectors {
  /** The row of the first. */
  first: number;
  /** [rows, d_in]. */
  vectors: Float32Array;
}

/** A file's vectors in float32, some at a time: as many as have `numbersAtATime` numbers, by default 16 MB, or one. */
export async function* vectorsOf(
  of: VectorFile,
  signal?: AbortSignal,
  numbersAtATime = 2 ** 22,
): AsyncGenerator<Vectors> {
  const atATime = Math.max(1, Math.floor(numbersAtATime / of.d_in));
  let first = 0;
  for (const { rows, at } of of.blocks)
    for (let from = 0; from < rows; from += atATime) {
      throwIfStopped(signal);
      const to = Math.min(rows, from + atATime);
      const vectors = await withFile(of.file, (handle) => readRows(of, handle, at, from, to));
      yield { first, vectors };
      first += to - from;
    }
}

/** Rows [from, to) of the block at byte `at`. */
async function readRows(of: VectorFile, handle: FileHandle, at: number, from: number, to: number) {
  const { d_in, rows } = of;
  const out = new Float32Array((to - from) * d_in);
  if (!of.byColumn) {
    await readNumbers(of, handle, at, from * d_in, out);
    return out;
  }
  const column = new Float32Array(to - from);
  for (let j = 0; j < d_in; j++) {
    await readNumbers(of, handle, at, j * rows + from, column);
    for (let i = 0; i < column.length; i++) out[i * d_in + j] = column[i];
  }
  return out;
}

/** Reads numbers from number `from` of the block at byte `at` until `out` is full. */
async function readNumbers(
  { file, form, bigEndian }: VectorFile,
  handle: FileHandle,
  at: number,
  from: number,
  out: Float32Array,
): Promise<void> {
  const width = floatBytes[form];
  const bytes = await readRange(handle, file, at + from * width, out.length * width);
  if (bigEndian) swapBytes(bytes, width);
  if (form === "F64") out.set(new Float64Array(bytes.buffer, bytes.byteOffset, out.length));
  else decodeNumbers(form, bytes, out);
}

function swapBytes(bytes: Uint8Array, width: number): void {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (width === 2) buffer.swap16();
  else if (width === 4) buffer.swap32();
  else buffer.swap64();
}

/** The error of a row with a number that is not finite in float32. */
export function notFinite(
  { file, d_in, column, form }: VectorFile,
  { first, vectors }: Vectors,
  row: number,
): SncError {
  const vector = vectors.subarray((row - first) * d_in, (row - first + 1) * d_in);
  const place = vector.findIndex((value) => !Number.isFinite(value));
  return refusal(
    column === undefined ? file : `${file}, ${column}`,
    form === "F64" ? "numbers that are finite in float32" : "finite numbers",
    `${vector[place]} in row ${row}, column ${place} (both counted from 0)`,
    "Leave such vectors out, or mend what made them",
  );
}
