import { encodedBytes, sizeOfForm } from "./encodings.js";
import { checkLayout, openWith, readRange, sizeOf, TensorFile, type TensorInfo, unreadable } from "./tensor-file.js";

/** The format's own limit on a header. */
const maxHeaderBytes = 100_000_000;

/** Opens a safetensors file and checks its header against its size; tensors are read later, by ranges. */
export function openSafetensors(file: string): Promise<TensorFile> {
  return openWith(file, async (handle, size) => {
    if (size < 8) throw unreadable(file, "a safetensors file of 8 bytes or more", `${size} bytes`);
    const prefix = await readRange(handle, file, 0, 8);
    const length = new DataView(prefix.buffer).getBigUint64(0, true);
    const most = Math.min(size - 8, maxHeaderBytes);
    if (length < 2n || length > BigInt(most)) throw unreadable(file, `a header of 2 to ${most} bytes`, `${length}`);
    const from = 8 + Number(length);
    const header = parseJson(file, await readRange(handle, file, 8, Number(length)));

    const tensors = new Map<string, TensorInfo>();
    let notes: Record<string, string> = {};
    for (const [name, entry] of Object.entries(header)) {
      if (name !== "__metadata__") tensors.set(name, tensorInfo(file, name, entry, from, size));
      else if (!isRecord(entry) || Object.values(entry).some((v) => typeof v !== "string"))
        throw unreadable(file, "__metadata__ of strings", JSON.stringify(entry)?.slice(0, 80));
      else notes = entry as Record<string, string>;
    }
    checkLayout(file, tensors, { from, to: size, whole: true });
    return new TensorFile(file, handle, tensors, notes);
  });
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function parseJson(file: string, bytes: Uint8Array): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    throw unreadable(file, "a header in JSON", String((error as Error).message).slice(0, 120));
  }
  if (!isRecord(value)) throw unreadable(file, "a header of named tensors", JSON.stringify(value).slice(0, 80));
  return value;
}

/** A dimension or offset: a whole number from 0 to the file's size. */
const isCount = (value: unknown, size: number): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= size;

function tensorInfo(file: string, name: string, entry: unknown, from: number, size: number): TensorInfo {
  const fail = (expected: string, found: unknown): never => {
    throw unreadable(file, `${name} with ${expected}`, JSON.stringify(found)?.slice(0, 80) ?? "nothing");
  };
  if (!isRecord(entry)) return fail("dtype, shape and data_offsets", entry);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (typeof dtype !== "string" || !sizeOfForm(dtype)) return fail("a dtype of the format, as F32, F16 or BF16", dtype);
  if (!Array.isArray(shape) || shape.length > 8 || !shape.every((d) => isCount(d, size)))
    return fail("a shape of up to 8 whole numbers that fit the file", shape);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every((o) => isCount(o, size)))
    return fail("data_offsets of two whole numbers within the file", offsets);
  const bytes = offsets[1] - offsets[0];
  const expected = encodedBytes(dtype, sizeOf(shape));
  if (bytes !== expected) return fail(`${expected} bytes, as its shape asks for`, bytes);
  return { form: dtype, shape, offset: from + offsets[0], bytes };
}
