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

/** Writes rows as an Arrow IPC file, one column per key of the first row. The same rows give the same bytes. */
export async function writeRows<R extends { [K in keyof R]: number | null }>(
  file: string,
  rows: readonly R[],
): Promise<void> {
  const columns: Record<string, Vector> = {};
  for (const name of Object.keys(rows[0] ?? {})) {
    const type = integerColumns.has(name) ? new Int32() : new Float64();
    columns[name] = vectorFromArray(
      rows.map((row) => row[name as keyof R]),
      type,
    );
  }
  await writeFileAtomic(file, tableToIPC(new TableOf(columns), "file"));
}

/** What the tables of a training are made by. */
const made = { by: "snc train", next: "Run: snc train --force" };

/**
 * Reads an Arrow IPC file that fits in memory; one with a recorded sha256 must be as it was written. `by`: which stage must
 * have recorded it.
 */
export async function readTable(file: string, by?: Made): Promise<Table> {
  if (by || (await recordedHash(file))) await requireRecorded(file, by ?? made);
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw systemFault(error) ?? error;
    throw new SncError("input", `${file}: expected an Arrow file, found none. Run: snc train`, { cause: error });
  });
  try {
    return tableFromIPC(bytes);
  } catch (error) {
    const found = (error as Error).message;
    throw new SncError("input", `${file}: expected an Arrow file, found ${found}. Run: snc train`, { cause: error });
  }
}

/** A table's rows as plain objects, in order. */
export const rowsOf = <R extends object = Row>(table: Table): R[] =>
  table.toArray().map((row) => ({ ...row.toJSON() }) as R);
