import { readFile } from "node:fs/promises";
import {
  Float64,
  Int32,
  type Table,
  Table as TableOf,
  tableFromIPC,
  tableToIPC,
  type Vector,
  vectorFromArray,
} from "apache-arrow";
import { SncError } from "./errors.js";
import { writeFileAtomic } from "./files.js";
import { type Made, recordedHash, requireRecorded } from "./recorded.js";
import { systemFault } from "./system-errors.js";

/** A row of measurements; null where a quantity is not defined (yet). */
export type Row = Record<string, number | null>;

/** Columns of whole numbers; every other column is a float64. */
const integerColumns = new Set(["step", "feature"]);

/**
 * Writes rows as an Arrow IPC file, one column per key: `step` and `feature` as int32, every other as float64. The same rows give
 * the same bytes, and the file appears whole or not at all. Throws a usage error where rows differ in their keys, or a value is
 * not a number or null, or not a whole one in an int32 column.
 *
 * @example
 * await writeRows("trace.arrow", records);
 * const trace = rowsOf<StepRecord>(await readTable("trace.arrow"));
 */
export async function writeRows<R extends { [K in keyof R]: number | null }>(
  file: string,
  rows: readonly R[],
): Promise<void> {
  const names = Object.keys(rows[0] ?? {}) as (keyof R & string)[];
  requireRowsAlike(file, rows, names);
  const columns: Record<string, Vector> = {};
  for (const name of names) {
    const type = integerColumns.has(name) ? new Int32() : new Float64();
    columns[name] = vectorFromArray(
      rows.map((row) => row[name]),
      type,
    );
  }
  await writeFileAtomic(file, tableToIPC(new TableOf(columns), "file"));
}

function requireRowsAlike<R extends object>(
  file: string,
  rows: readonly R[],
  names: readonly (keyof R & string)[],
): void {
  for (const [at, row] of rows.entries()) {
    const fail = (expected: string, found: unknown): never => {
      throw new SncError("usage", `${file}, row ${at}: expected ${expected}, found ${found}`);
    };
    for (const name of names) {
      const value: unknown = row[name];
      if (value === null) continue;
      if (typeof value !== "number") fail(`a number or null for ${name}`, `${typeof value} ${value}`);
      if (integerColumns.has(name) && value !== (Number(value) | 0))
        fail(`a whole number of 32 bits for ${name}`, value);
    }
    const keys = Object.keys(row);
    if (keys.length !== names.length) fail(`the columns of row 0, ${names.join(", ")}`, keys.join(", "));
  }
}

/** What the tables of a training are made by. */
const made = { by: "snc train", next: "Run: snc train --force" };

/**
 * Reads an Arrow IPC file that fits in memory, of this package or another; one with a recorded sha256 must be as it was written.
 * `by`: which stage must have recorded it. Throws an input error where no such file is there.
 */
export async function readTable(file: string, by?: Made): Promise<Table> {
  if (by || (await recordedHash(file))) await requireRecorded(file, by ?? made);
  const fail = (found: string, cause: unknown): never => {
    throw new SncError("input", `${file}: expected an Arrow file, found ${found}${by ? `. ${by.next}` : ""}`, {
      cause,
    });
  };
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw systemFault(error) ?? error;
    return fail("none", error);
  });
  if (!isArrow(bytes)) fail("another kind of file, or a part of one", undefined);
  try {
    return tableFromIPC(bytes);
  } catch (error) {
    return fail((error as Error).message, error);
  }
}

/** Whether bytes begin, and a file's end, as Arrow's do: of others the library makes a table without rows. */
function isArrow(bytes: Buffer): boolean {
  const isStream = bytes.length >= 8 && bytes.readUInt32LE(0) === 0xffffffff;
  const isFile =
    bytes.subarray(0, 6).toString("latin1") === "ARROW1" && bytes.subarray(-6).toString("latin1") === "ARROW1";
  return isStream || (isFile && bytes.length >= 24);
}

/** A table's rows as plain objects, in order: the whole table in memory. */
export const rowsOf = <R extends object = Row>(table: Table): R[] =>
  table.toArray().map((row) => ({ ...row.toJSON() }) as R);
