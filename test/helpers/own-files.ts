/** Files of own activations as numpy, pyarrow and safetensors write them, and what they hold in plain loops. */
import { writeFile } from "node:fs/promises";
import {
  type Data,
  type DataType,
  Dictionary,
  Field,
  FixedSizeList,
  Float16,
  Float32,
  Float64,
  Int8,
  List,
  makeData,
  RecordBatch,
  RecordBatchFileWriter,
  RecordBatchStreamWriter,
  Schema,
  Struct,
  Utf8,
  vectorFromArray,
} from "apache-arrow";
import { openVectorFile } from "../../src/data/activations/own/open.js";
import { type VectorFile, vectorsOf } from "../../src/data/activations/own/vector-file.js";
import { toBfloat16, toFloat16 } from "../../src/model/encodings.js";

/** A number that every float form has exactly, another for each place. */
export const numberAt = (row: number, column: number): number => (((row * 37 + column * 11) % 128) - 64) / 8;

/** Rows of such numbers. */
export const rowsOfNumbers = (rows: number, d_in: number): number[][] =>
  Array.from({ length: rows }, (_, row) => Array.from({ length: d_in }, (_, column) => numberAt(row, column)));

/** The bytes of numbers in a numpy form: "<f4", ">f2" and so on; bfloat16 as "<bf2". */
export function bytesOf(values: readonly number[], form: string): Buffer {
  const kind = form.slice(1);
  const float32 = Float32Array.from(values);
  const array =
    kind === "f8"
      ? Float64Array.from(values)
      : kind === "f4"
        ? float32
        : kind === "f2"
          ? toFloat16(float32)
          : kind === "bf2"
            ? toBfloat16(float32)
            : Int32Array.from(values);
  const bytes = Buffer.from(array.buffer, array.byteOffset, array.byteLength);
  if (form[0] !== ">") return bytes;
  return kind === "f8" ? bytes.swap64() : kind === "f2" ? bytes.swap16() : bytes.swap32();
}

export interface NpyForm {
  descr?: string;
  fortran?: boolean;
  version?: number;
  shape?: string;
  head?: string;
}

/** A .npy file's bytes with these vectors; `shape` and `head` say something else than is true. */
export function npyBytes(vectors: readonly (readonly number[])[], form: NpyForm = {}): Buffer {
  const { descr = "<f4", fortran = false, version = 1 } = form;
  const d_in = vectors[0]?.length ?? 0;
  const { shape = `(${vectors.length}, ${d_in})` } = form;
  const values = fortran
    ? Array.from({ length: d_in }, (_, column) => vectors.map((row) => row[column])).flat()
    : vectors.flat();
  const order = fortran ? "True" : "False";
  const dictionary = form.head ?? `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }`;
  const before = version === 1 ? 10 : 12;
  const text = `${dictionary.padEnd(Math.ceil((dictionary.length + before + 1) / 64) * 64 - before - 1)}\n`;
  const start = Buffer.alloc(before);
  start.write("\x93NUMPY", "latin1");
  start[6] = version;
  if (version === 1) start.writeUInt16LE(text.length, 8);
  else start.writeUInt32LE(text.length, 8);
  return Buffer.concat([start, Buffer.from(text), bytesOf(values, descr)]);
}

/** A safetensors file's bytes with these tensors. */
export function safetensorsBytes(tensors: Record<string, { dtype: string; shape: number[]; bytes: Buffer }>): Buffer {
  const header: Record<string, unknown> = { __metadata__: { format: "pt" } };
  let end = 0;
  for (const [name, { dtype, shape, bytes }] of Object.entries(tensors)) {
    header[name] = { dtype, shape, data_offsets: [end, end + bytes.length] };
    end += bytes.length;
  }
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, ...Object.values(tensors).map(({ bytes }) => bytes)]);
}

export type Precision = "f2" | "f4" | "f8";

const floats = { f2: Float16, f4: Float32, f8: Float64 };

/** A column of vectors: FixedSizeList, or List. */
export function vectorData(vectors: readonly (readonly number[])[], form: Precision = "f4", isList = false): Data {
  const type = new floats[form]();
  const values = bytesOf(vectors.flat(), `<${form}`);
  const item = new Field("item", type as DataType, true);
  const child = makeData({ type: type as Float32, length: vectors.flat().length, data: values as never });
  if (!isList)
    return makeData({
      type: new FixedSizeList(vectors[0].length, item as Field<Float32>),
      length: vectors.length,
      child,
    });
  const starts = [0];
  for (const vector of vectors) starts.push(starts[starts.length - 1] + vector.length);
  const valueOffsets = Int32Array.from(starts);
  return makeData({ type: new List(item as Field<Float32>), length: vectors.length, valueOffsets, child });
}

/** An Arrow file's or stream's bytes: for each batch, its columns by name. */
export function arrowBytes(batches: readonly Record<string, Data>[], isStream = false): Buffer {
  const schema = new Schema(Object.entries(batches[0]).map(([name, { type }]) => new Field(name, type, true)));
  const writer = isStream ? new RecordBatchStreamWriter() : new RecordBatchFileWriter();
  for (const columns of batches) {
    const children = Object.values(columns);
    const data = makeData({ type: new Struct(schema.fields), length: children[0].length, children });
    writer.write(new RecordBatch(schema, data));
  }
  writer.finish();
  return Buffer.from(writer.toUint8Array(true));
}

/** All vectors that are read from a file, row by row. */
export async function readAll(file: string, columns: Parameters<typeof openVectorFile>[1] = {}): Promise<number[][]> {
  return rowsOf(await openVectorFile(file, columns));
}

export async function rowsOf(of: VectorFile): Promise<number[][]> {
  const rows: number[][] = [];
  for await (const { first, vectors } of vectorsOf(of)) {
    if (first !== rows.length) throw new Error(`expected row ${rows.length}, found ${first}`);
    for (let at = 0; at < vectors.length; at += of.d_in) rows.push([...vectors.subarray(at, at + of.d_in)]);
  }
  return rows;
}

/** Writes bytes and gives back the file's name. */
export async function written(file: string, bytes: Uint8Array): Promise<string> {
  await writeFile(file, bytes);
  return file;
}

/** A column of texts. */
export const textData = (texts: readonly (string | null)[]): Data => vectorFromArray([...texts], new Utf8()).data[0];

/** A column of texts that are numbers into a dictionary. */
export function dictionaryData(codes: readonly number[], names: readonly string[], id = 0): Data {
  const type = new Dictionary(new Utf8(), new Int8(), id);
  const dictionary = vectorFromArray([...names], new Utf8());
  return makeData({ type, length: codes.length, data: Int8Array.from(codes), dictionary });
}
