import { type FileHandle, open, stat } from "node:fs/promises";
import { SncError } from "../base/errors.js";
import { decodeNumbers, type Encoding, encodedBytes, encodings, isEncoding } from "./encodings.js";

/** A multiple of every encoding's block. */
const numbersAtATime = 2 ** 21;

/** One tensor in a file: shape with the outermost dimension first, and where its bytes lie. */
export interface TensorInfo {
  /** How its numbers are stored: an `Encoding`, or a form that cannot be read here. */
  form: string;
  shape: number[];
  offset: number;
  bytes: number;
}

/** Numbers in a tensor of this shape; 1 for a scalar. */
export const sizeOf = (shape: readonly number[]): number => shape.reduce((n, d) => n * d, 1);

/** The error of every unreadable model file: what was expected, what was found, what to do. */
export const unreadable = (file: string, expected: string, found: string): SncError =>
  new SncError("input", `${file}: expected ${expected}, found ${found}. Delete the file and run: snc inputs fetch`);

/**
 * Work on a user's own file by the readers of model files: their errors say how to fetch a model again, which does not help
 * there. `next` is said in its place.
 */
export async function ofUser<T>(work: Promise<T>, next?: string): Promise<T> {
  return work.catch((error: unknown) => {
    if (!(error instanceof SncError)) throw error;
    const said = error.message.replace(/\. (?:Delete the file and run|Run): snc inputs fetch$/, "");
    const isOther = said === error.message || next === undefined;
    throw new SncError(error.failure, isOther ? said : `${said}. ${next}`, { cause: error });
  });
}

/** An open file of named tensors, read by ranges: nothing but its header is held in memory. */
export class TensorFile {
  constructor(
    readonly file: string,
    private readonly handle: FileHandle,
    readonly tensors: ReadonlyMap<string, TensorInfo>,
    /** What the file says of itself, where its form has a place for that. */
    readonly notes: Readonly<Record<string, string>> = {},
  ) {}

  info(name: string): TensorInfo {
    const found = this.tensors.get(name);
    if (!found) throw unreadable(this.file, `a tensor named ${name}`, `${this.tensors.size} others`);
    return found;
  }

  /** How a tensor's numbers are stored; throws where they cannot be read. */
  encodingOf(name: string): Encoding {
    const { form } = this.info(name);
    if (isEncoding(form)) return form;
    throw unreadable(this.file, `${name} stored as ${Object.keys(encodings).join(", ")}`, form);
  }

  /**
   * A tensor's numbers in float32, row by row; into `out` where given, which must have their count. Read and decoded some
   * at a time: no copy of the whole is made beside `out`.
   */
  async readFloat32(name: string, out?: Float32Array): Promise<Float32Array> {
    const { shape, offset } = this.info(name);
    const encoding = this.encodingOf(name);
    const values = out ?? new Float32Array(sizeOf(shape));
    for (let at = 0; at < values.length; at += numbersAtATime) {
      const part = values.subarray(at, at + numbersAtATime);
      const bytes = encodedBytes(encoding, part.length);
      decodeNumbers(
        encoding,
        await readRange(this.handle, this.file, offset + encodedBytes(encoding, at), bytes),
        part,
      );
    }
    return values;
  }

  /** The numbers of a tensor stored in float64, row by row. */
  async readFloat64(name: string): Promise<Float64Array> {
    const { form, shape, offset, bytes } = this.info(name);
    if (form !== "F64") throw unreadable(this.file, `${name} stored as F64`, form);
    const values = new Float64Array(sizeOf(shape));
    new Uint8Array(values.buffer).set(await readRange(this.handle, this.file, offset, bytes));
    return values;
  }

  close(): Promise<void> {
    return this.handle.close();
  }
}

/** Opens `file`, lets `parse` read what it needs and closes it again if that throws. */
export async function openWith<T>(file: string, parse: (handle: FileHandle, size: number) => Promise<T>): Promise<T> {
  const absent = (error: NodeJS.ErrnoException): never => {
    const message = `${file}: expected a readable file, found ${error.code}. Run: snc inputs fetch`;
    throw new SncError("input", message, { cause: error });
  };
  // Before opening: to open a pipe waits for whoever writes into it.
  if (!(await stat(file).catch(absent)).isFile()) throw unreadable(file, "a file", "a folder or device");
  const handle = await open(file, "r").catch(absent);
  try {
    return await parse(handle, (await handle.stat()).size);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** `length` bytes from `position`; one read of the system returns at most 2 GiB. */
export async function readRange(
  handle: FileHandle,
  file: string,
  position: number,
  length: number,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length; ) {
    const { bytesRead } = await handle.read(bytes, done, Math.min(length - done, 2 ** 30), position + done);
    if (bytesRead === 0) throw unreadable(file, `${length} bytes from byte ${position}`, `${done}`);
    done += bytesRead;
  }
  return bytes;
}

/** Throws unless the tensors lie within [`from`, `to`) without sharing a byte; `whole`: nor leaving one out. */
export function checkLayout(
  file: string,
  tensors: ReadonlyMap<string, TensorInfo>,
  { from, to, whole }: { from: number; to: number; whole: boolean },
): void {
  const inOrder = [...tensors].sort(([, a], [, b]) => a.offset - b.offset || a.bytes - b.bytes);
  let end = from;
  for (const [name, { offset, bytes }] of inOrder) {
    if (offset < end || (whole && offset > end))
      throw unreadable(file, `tensor ${name} to start at byte ${end}${whole ? "" : " or later"}`, `${offset}`);
    end = offset + bytes;
    if (end > to) throw unreadable(file, `tensor ${name} to end by byte ${to}`, `${end}`);
  }
  if (whole && end !== to) throw unreadable(file, `the tensors to end at byte ${to}`, `${end}`);
}
