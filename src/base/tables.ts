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

/** Reads an Arrow IPC file that fits in memory. */
export async function readTable(file: string): Promise<Table> {
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw new SncError("input", `${file}: expected an Arrow file, found ${error.code}. Run: snc train`, {
      cause: error,
    });
  });
  return tableFromIPC(bytes);
}

/** A table's rows as plain objects, in order. */
export const rowsOf = <R extends object = Row>(table: Table): R[] =>
  table.toArray().map((row) => ({ ...row.toJSON() }) as R);
