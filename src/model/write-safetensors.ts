/** A tensor as it is written, in the form of its numbers. */
export interface WrittenTensor {
  shape: number[];
  data: Float32Array | Float64Array | Int32Array;
}

const formOf = (data: WrittenTensor["data"]): string =>
  data instanceof Float32Array ? "F32" : data instanceof Float64Array ? "F64" : "I32";

/** The bytes of a safetensors file with these tensors; metadata values are strings, as the format asks. */
export function encodeSafetensors(
  tensors: Record<string, WrittenTensor>,
  metadata: Record<string, string> = {},
): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let end = 0;
  for (const [name, { shape, data }] of Object.entries(tensors)) {
    header[name] = { dtype: formOf(data), shape, data_offsets: [end, end + data.byteLength] };
    end += data.byteLength;
  }
  const json = JSON.stringify(header);
  const text = Buffer.from(json.padEnd(Math.ceil(json.length / 8) * 8)); // aligns the data to 8 bytes
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  const bodies = Object.values(tensors).map(({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength));
  return Buffer.concat([length, text, ...bodies]);
}
