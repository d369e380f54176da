/** A metadata value to write: its GGUF type number, then the value as bytes. */
export type Value = [type: number, bytes: Uint8Array];

export interface Tensor {
  name: string;
  /** Outermost first, as everywhere but in the file. */
  shape: number[];
  type: number;
  bytes: Uint8Array;
  /** From the start of the data; by default the next aligned byte. */
  offset?: bigint;
}

const concat = (...parts: Uint8Array[]): Uint8Array => Buffer.concat(parts);

export function u32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

export function u64(value: number | bigint): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)));
  return bytes;
}

export const f32 = (...values: number[]): Uint8Array => new Uint8Array(Float32Array.from(values).buffer);
export const text = (value: string): Uint8Array => concat(u64(Buffer.byteLength(value)), Buffer.from(value));
export const list = (type: number, items: Uint8Array[], length: number | bigint = items.length): Uint8Array =>
  Buffer.concat([u32(type), u64(length), ...items]);

export const string = (value: string): Value => [8, text(value)];
export const uint32 = (value: number): Value => [4, u32(value)];
export const float32 = (value: number): Value => [6, f32(value)];
export const boolean = (value: boolean): Value => [7, Uint8Array.of(Number(value))];
export const strings = (values: string[]): Value => [9, list(8, values.map(text))];
export const int32s = (values: number[]): Value => [9, list(5, values.map(u32))];

/** The bytes of a GGUF file, from the format's description; every count can be written wrong on purpose. */
export function makeGguf({
  metadata = {} as Record<string, Value>,
  tensors = [] as Tensor[],
  version = 3,
  magic = "GGUF",
  tensorCount = tensors.length as number | bigint,
  valueCount = Object.keys(metadata).length as number | bigint,
  alignment = 32,
}): Uint8Array {
  const pad = (bytes: Uint8Array): Uint8Array =>
    concat(bytes, new Uint8Array((alignment - (bytes.length % alignment)) % alignment));
  const values = Object.entries(metadata).map(([key, [type, bytes]]) => concat(text(key), u32(type), bytes));
  let end = 0n;
  const described = tensors.map(({ name, shape, type, bytes, offset }) => {
    const at = offset ?? end;
    end += BigInt(Math.ceil(bytes.length / alignment) * alignment);
    return concat(text(name), u32(shape.length), ...[...shape].reverse().map(u64), u32(type), u64(at));
  });
  const head = concat(Buffer.from(magic), u32(version), u64(tensorCount), u64(valueCount), ...values, ...described);
  return concat(pad(head), ...tensors.map(({ bytes }) => pad(bytes)));
}
