import { type FileHandle, open } from "node:fs/promises";
import {
  type Data,
  Dictionary,
  Field,
  FixedSizeList,
  type Float16,
  type Float32,
  Int8,
  Int16,
  Int32,
  makeData,
  RecordBatch,
  type RecordBatchFileReader,
  RecordBatchFileWriter,
  RecordBatchReader,
  Schema,
  Struct,
  type Uint16,
  Utf8,
  type Vector,
  vectorFromArray,
} from "apache-arrow";
import { SncError } from "./errors.js";
import { replaceFile } from "./files.js";
import { systemFault } from "./system-errors.js";

/** How a column's values become Arrow data without being copied. */
export interface Column<T> {
  type: Data["type"];
  data(values: T): Data;
}

export const int16: Column<Int16Array> = number(new Int16());
export const int32: Column<Int32Array> = number(new Int32());

function number<T extends Int16Array | Int32Array>(type: Int16 | Int32): Column<T> {
  return {
    type,
    data: (values) => makeData({ type: type as Int32, length: values.length, data: values as Int32Array }),
  };
}

/** Rows of `width` numbers, one after the other in one array. */
export function vectorRows(
  type: Float32 | Int32 | Float16 | Uint16,
  width: number,
): Column<Float32Array | Int32Array | Uint16Array> {
  const list = new FixedSizeList(width, new Field("item", type as Float32, false));
  return {
    type: list,
    data(values) {
      const child = makeData({ type: type as Float32, length: values.length, data: values as Float32Array });
      return makeData({ type: list, length: values.length / width, nullCount: 0, child });
    },
  };
}

/** Names, stored as numbers into `names`; `id` tells a file's dictionaries apart (the library's own count differs by run). */
export function namesOf(id: number, names: readonly string[]): Column<Int8Array> {
  const dictionary: Vector<Utf8> = vectorFromArray([...names], new Utf8());
  const type = new Dictionary(new Utf8(), new Int8(), id);
  return { type, data: (values) => makeData({ type, length: values.length, data: values, dictionary }) };
}

type Values<C> = { [K in keyof C]: C[K] extends Column<infer T> ? T : never };

/**
 * Writes an Arrow IPC file record batch by record batch, without holding more than one: `append` takes a value array for
 * each column. Equal calls give equal bytes; the file appears when `write` is done, or not at all.
 */
export async function writeArrowFile<C extends Record<string, Column<never>>>(
  file: string,
  columns: C,
  metadata: Map<string, string>,
  write: (append: (values: Values<C>) => Promise<void>) => Promise<void>,
): Promise<void> {
  const entries = Object.entries(columns);
  const schema = new Schema(
    entries.map(([name, { type }]) => new Field(name, type, false)),
    metadata,
  );
  await replaceFile(file, async (temporary) => {
    const handle = await open(temporary, "wx");
    try {
      const writer = new PiecewiseWriter();
      writer.reset(undefined, schema);
      await write(async (values) => {
        const children = entries.map(([name, column]) => column.data(values[name] as never));
        const length = children[0].length;
        writer.write(new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length, children })));
        await writeAll(handle, writer.take());
      });
      writer.finish();
      await writeAll(handle, writer.take());
      await handle.sync();
    } finally {
      await handle.close();
    }
  });
}

async function writeAll(handle: FileHandle, pieces: Uint8Array[]): Promise<void> {
  for (const piece of pieces) await handle.writeFile(piece); // from the current position, all of it
}

/** The library's own queue of written bytes has no limit: here they are taken after each batch. */
class PiecewiseWriter extends RecordBatchFileWriter {
  private pieces: Uint8Array[] = [];

  protected override _write(chunk: ArrayBufferView): this {
    if (this._started && chunk.byteLength > 0) {
      this.pieces.push(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength));
      this._position += chunk.byteLength;
    }
    return this;
  }

  take(): Uint8Array[] {
    const taken = this.pieces;
    this.pieces = [];
    return taken;
  }
}

/** An open Arrow IPC file, read one record batch at a time: it may be larger than memory. */
export interface ArrowFile {
  schema: Schema;
  /** In bytes. */
  size: number;
  batches(): AsyncGenerator<RecordBatch>;
}

/** Opens an Arrow file for the time of `read`; `next` is the command that makes the file again. */
export async function readArrowFile<T>(file: string, next: string, read: (f: ArrowFile) => Promise<T>): Promise<T> {
  const refuse = (found: string, cause?: unknown): never => {
    throw new SncError("input", `${file}: expected an Arrow file, found ${found}. ${next}`, { cause });
  };
  const handle = await open(file, "r").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return refuse("none", error);
    throw systemFault(error) ?? error;
  });
  try {
    // The library takes what does not begin like a file for a stream, and believes its lengths.
    if (!(await isWhole(handle))) refuse("another kind of file, or a part of one");
    const reader = await RecordBatchReader.from(handle);
    try {
      await reader.open({ autoDestroy: false });
    } catch (error) {
      refuse((error as Error).message, error);
    }
    if (!reader.isFile() || reader.schema === undefined) return refuse("something else");
    const batches = async function* () {
      for (let i = 0; i < reader.numRecordBatches; i++) {
        const batch = await (reader as unknown as RecordBatchFileReader).readRecordBatch(i);
        if (!batch) return refuse(`${i} of ${reader.numRecordBatches} record batches`);
        yield batch;
      }
    };
    return await read({ schema: reader.schema, size: (await handle.stat()).size, batches });
  } finally {
    await handle.close();
  }
}

/** Whether a file begins and ends as an Arrow file does. */
async function isWhole(handle: FileHandle): Promise<boolean> {
  const { size } = await handle.stat();
  const magic = Buffer.alloc(12);
  if (size < 24) return false;
  await handle.read(magic, 0, 6, 0);
  await handle.read(magic, 6, 6, size - 6);
  return magic.toString("latin1") === "ARROW1ARROW1";
}

/** The numbers of a column in one batch, as they lie in the file: a view, not a copy. */
export function columnValues<T extends Float32Array | Int32Array | Int16Array | Int8Array>(
  batch: RecordBatch,
  name: string,
): T {
  const data = batch.getChild(name)!.data[0];
  const inner = data.children[0] ?? data;
  return inner.values.subarray(0, batch.numRows * (data.type instanceof FixedSizeList ? data.type.listSize : 1)) as T;
}
