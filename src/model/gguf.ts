import { constants } from "node:buffer";
import { encodedBytes, sizeOfForm } from "./encodings.js";
import { checkLayout, openWith, readRange, sizeOf, TensorFile, type TensorInfo, unreadable } from "./tensor-file.js";

/** A value of a GGUF file's metadata; a whole number beyond 2^53 stays a bigint. */
export type GgufValue = string | number | bigint | boolean | GgufValue[];

/** A GGUF file (versions 2 and 3): its tensors and its metadata. */
export class GgufFile extends TensorFile {
  constructor(
    file: string,
    handle: ConstructorParameters<typeof TensorFile>[1],
    tensors: ReadonlyMap<string, TensorInfo>,
    readonly metadata: ReadonlyMap<string, GgufValue>,
  ) {
    super(file, handle, tensors);
  }
}

/** A header may not take more than this, nor hold more array elements: a hostile one is refused before it fills memory. */
const limits = { headerBytes: 64 * 2 ** 20, elements: 2 ** 23, depth: 4, dimensions: 4, alignment: 2 ** 20 };

/** ggml's numbers for tensor types. */
const tensorTypes: Record<number, string> = {
  ...{ 0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 6: "Q5_0", 7: "Q5_1", 8: "Q8_0", 9: "Q8_1", 10: "Q2_K", 11: "Q3_K" },
  ...{
    12: "Q4_K",
    13: "Q5_K",
    14: "Q6_K",
    15: "Q8_K",
    24: "I8",
    25: "I16",
    26: "I32",
    27: "I64",
    28: "F64",
    30: "BF16",
  },
};

/** Opens a GGUF file and checks its header against its size; tensors are read later, by ranges. */
export function openGguf(file: string): Promise<GgufFile> {
  return openWith(file, async (handle, size) => {
    const most = Math.min(size, limits.headerBytes);
    // The header does not say how long it is: a longer beginning is read until it holds all of it.
    for (let length = Math.min(most, 2 ** 20); ; length = Math.min(most, 4 * length)) {
      const beginning = await readRange(handle, file, 0, length);
      try {
        const { tensors, metadata } = parse(file, new Cursor(file, beginning, size), size);
        return new GgufFile(file, handle, tensors, metadata);
      } catch (error) {
        if (!(error instanceof BeginningTooShort)) throw error;
        if (length === most) throw unreadable(file, `a header of at most ${most} bytes`, "a longer one");
      }
    }
  });
}

class BeginningTooShort extends Error {}

/** Reads numbers and strings from the beginning of a file of `size` bytes, little-endian. */
class Cursor {
  at = 0;
  elements = 0;
  private readonly view: DataView;
  private readonly text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  constructor(
    private readonly file: string,
    private readonly bytes: Uint8Array,
    private readonly size: number,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  fail(expected: string, found: string): never {
    throw unreadable(this.file, `${expected} at byte ${this.at}`, found);
  }

  /** Asserts that `count` things of at least `each` bytes can still follow, before anything is made for them. */
  room(count: number, each: number, what: string): void {
    if (count * each > this.size - this.at)
      this.fail(`${what} within the file's ${this.size} bytes`, `${count} of ${each} bytes or more`);
  }

  private take(length: number): number {
    this.room(length, 1, "a value");
    const start = this.at;
    if (start + length > this.bytes.length) throw new BeginningTooShort();
    this.at += length;
    return start;
  }

  u8 = () => this.view.getUint8(this.take(1));
  i8 = () => this.view.getInt8(this.take(1));
  u16 = () => this.view.getUint16(this.take(2), true);
  i16 = () => this.view.getInt16(this.take(2), true);
  u32 = () => this.view.getUint32(this.take(4), true);
  i32 = () => this.view.getInt32(this.take(4), true);
  f32 = () => this.view.getFloat32(this.take(4), true);
  f64 = () => this.view.getFloat64(this.take(8), true);
  u64 = () => exact(this.view.getBigUint64(this.take(8), true));
  i64 = () => exact(this.view.getBigInt64(this.take(8), true));

  /** A count, length, dimension or offset: a whole number that a file of this size could need. */
  count(what: string): number {
    const value = this.u64();
    if (typeof value === "bigint") this.fail(`${what} below 2^53`, String(value));
    return value;
  }

  string(what: string): string {
    const length = this.count(`the length of ${what}`);
    this.room(length, 1, what);
    if (length > Math.min(limits.headerBytes, constants.MAX_STRING_LENGTH)) this.fail(`a short ${what}`, `${length}`);
    const start = this.take(length);
    try {
      return this.text.decode(this.bytes.subarray(start, start + length));
    } catch {
      return this.fail(`${what} in UTF-8`, "other bytes");
    }
  }

  boolean(): boolean {
    const value = this.u8();
    return value > 1 ? this.fail("a boolean, 0 or 1,", String(value)) : value === 1;
  }
}

const exact = (value: bigint): number | bigint =>
  value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;

type ReadValue = (c: Cursor, what: string, depth: number) => GgufValue;

/** How a metadata value of each type is read, and the fewest bytes one takes. */
const valueTypes: Record<number, { read: ReadValue; bytes: number }> = {
  0: { read: (c) => c.u8(), bytes: 1 },
  1: { read: (c) => c.i8(), bytes: 1 },
  2: { read: (c) => c.u16(), bytes: 2 },
  3: { read: (c) => c.i16(), bytes: 2 },
  4: { read: (c) => c.u32(), bytes: 4 },
  5: { read: (c) => c.i32(), bytes: 4 },
  6: { read: (c) => c.f32(), bytes: 4 },
  7: { read: (c) => c.boolean(), bytes: 1 },
  8: { read: (c, what) => c.string(what), bytes: 8 },
  9: { read: readArray, bytes: 12 },
  10: { read: (c) => c.u64(), bytes: 8 },
  11: { read: (c) => c.i64(), bytes: 8 },
  12: { read: (c) => c.f64(), bytes: 8 },
};

function valueType(c: Cursor, what: string) {
  const type = c.u32();
  return valueTypes[type] ?? c.fail(`the type of ${what}, 0 to 12,`, String(type));
}

function readArray(c: Cursor, what: string, depth: number): GgufValue[] {
  if (depth >= limits.depth) c.fail(`${what} nested at most ${limits.depth} deep`, "deeper arrays");
  const { read, bytes } = valueType(c, `the elements of ${what}`);
  const length = c.count(`the length of ${what}`);
  c.room(length, bytes, what);
  c.elements += length;
  if (c.elements > limits.elements) c.fail(`at most ${limits.elements} array elements`, `${c.elements}`);
  const values: GgufValue[] = [];
  for (let i = 0; i < length; i++) values.push(read(c, what, depth + 1));
  return values;
}

function parse(file: string, c: Cursor, size: number) {
  const magic = c.u32();
  if (magic !== 0x46554747) c.fail('"GGUF" (0x46554747)', `0x${magic.toString(16).padStart(8, "0")}`);
  const version = c.u32();
  if (version !== 2 && version !== 3) c.fail("GGUF version 2 or 3, little-endian,", String(version));
  const tensorCount = c.count("the number of tensors");
  const valueCount = c.count("the number of metadata values");
  c.room(valueCount, 13, "metadata");
  c.room(tensorCount, 32, "tensor descriptions");

  const metadata = new Map<string, GgufValue>();
  for (let i = 0; i < valueCount; i++) {
    const key = c.string("a metadata key");
    if (metadata.has(key)) c.fail("each metadata key once", `${key} again`);
    metadata.set(key, valueType(c, key).read(c, key, 0));
  }

  const described = new Map<string, TensorInfo>();
  for (let i = 0; i < tensorCount; i++) {
    const name = c.string("a tensor name");
    if (described.has(name)) c.fail("each tensor name once", `${name} again`);
    described.set(name, readTensorInfo(c, name, size));
  }

  const alignment = metadata.get("general.alignment") ?? 32;
  if (typeof alignment !== "number" || alignment < 8 || alignment > limits.alignment || alignment % 8 !== 0)
    c.fail(`general.alignment, a multiple of 8 up to ${limits.alignment},`, String(alignment));
  // Offsets count from the first aligned byte after the header.
  const start = Math.ceil(c.at / alignment) * alignment;
  const tensors = new Map<string, TensorInfo>();
  for (const [name, info] of described) {
    if (info.offset % alignment !== 0)
      c.fail(`the offset of ${name}, a multiple of ${alignment},`, String(info.offset));
    tensors.set(name, { ...info, offset: start + info.offset });
  }
  checkLayout(file, tensors, { from: start, to: size, whole: false });
  return { tensors, metadata };
}

function readTensorInfo(c: Cursor, name: string, fileSize: number): TensorInfo {
  const dimensions = c.u32();
  if (dimensions < 1 || dimensions > limits.dimensions)
    c.fail(`${name} with 1 to ${limits.dimensions} dimensions`, String(dimensions));
  const shape: number[] = [];
  for (let d = 0; d < dimensions; d++) {
    const length = c.count(`a dimension of ${name}`);
    if (length < 1 || length > 8 * fileSize) c.fail(`a dimension of ${name} that fits the file`, String(length));
    shape.unshift(length); // ggml counts dimensions from the innermost
  }
  const type = c.u32();
  const form = tensorTypes[type] ?? c.fail(`${name} of type ${Object.values(tensorTypes).join(", ")}`, `type ${type}`);
  const { block } = sizeOfForm(form)!;
  if (shape[shape.length - 1] % block !== 0)
    c.fail(`rows of ${name} in blocks of ${block}`, `${shape[shape.length - 1]} numbers`);
  const bytes = encodedBytes(form, sizeOf(shape));
  if (!(bytes <= fileSize)) c.fail(`${name} within the file's ${fileSize} bytes`, `${bytes} bytes`);
  return { form, shape, offset: c.count(`the offset of ${name}`), bytes };
}
