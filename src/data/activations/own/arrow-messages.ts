import type { FileHandle } from "node:fs/promises";
import { SncError } from "../../../base/errors.js";
import { readRange } from "../../../model/tensor-file.js";
import { decodedFooter, decodedMessage, type Footer } from "./arrow-flatbuffers.js";
import { refusal, writeAgain } from "./vector-file.js";

export const damaged = (file: string, found: string, cause?: unknown) =>
  refusal(file, "a whole Arrow file or stream", found, writeAgain, cause);

const bytesAt = async (file: string, handle: FileHandle, at: number, length: number): Promise<Buffer> =>
  Buffer.from((await readRange(handle, file, at, length)).buffer);

/** A file's table of contents, which stands at its end; undefined for a stream, which has none. */
export async function readFooter(file: string, handle: FileHandle, size: number): Promise<Footer | undefined> {
  if (size < 18 || (await bytesAt(file, handle, 0, 6)).toString("latin1") !== "ARROW1") return undefined;
  const end = await bytesAt(file, handle, size - 10, 10);
  const length = end.readInt32LE(0);
  if (end.toString("latin1", 4) !== "ARROW1" || !(length > 0 && length <= size - 18))
    throw damaged(file, "one that is cut off");
  const contents = await bytesAt(file, handle, size - 10 - length, length);
  return understood(file, () => decodedFooter(contents));
}

/** Each message, and where its body begins. */
export const messagesOf = (file: string, handle: FileHandle, size: number, footer: Footer | undefined) =>
  footer ? listed(file, handle, size, footer) : streamed(file, handle, size);

/** The messages of a file by its table of contents: dictionaries first. */
async function* listed(file: string, handle: FileHandle, size: number, footer: Footer) {
  for (const at of [...footer.dictionaries, ...footer.batches]) {
    const found = await messageAt(file, handle, at, size);
    if (!found) throw damaged(file, `no message at byte ${at}`);
    yield found;
  }
}

/** The messages of a stream in turn. Its end is written: one that is cut off between two batches is told from a whole one. */
async function* streamed(file: string, handle: FileHandle, size: number) {
  for (let found = await messageAt(file, handle, 0, size); found; ) {
    yield found;
    found = await messageAt(file, handle, found.at + found.message.bodyLength, size);
  }
}

/** The message at a byte, and where its body begins; undefined for the mark at a stream's end. */
async function messageAt(file: string, handle: FileHandle, at: number, size: number) {
  if (!(at >= 0 && at + 4 <= size))
    throw damaged(file, size === 0 ? "no bytes" : at === size ? "one without its end" : "one that is cut off");
  const start = await bytesAt(file, handle, at, Math.min(8, size - at));
  const isMarked = start.length === 8 && start.readInt32LE(0) === -1; // before Arrow 0.15, the length came first
  const length = start.readInt32LE(isMarked ? 4 : 0);
  if (length === 0) return undefined;
  const from = at + (isMarked ? 8 : 4);
  if (length < 0 || from + length > size)
    throw damaged(file, at === 0 ? "another kind of file" : "one that is cut off");
  const bytes = await bytesAt(file, handle, from, length);
  const message = understood(file, () => decodedMessage(bytes));
  const body = from + length;
  if (!(message.bodyLength >= 0 && body + message.bodyLength <= size)) throw damaged(file, "one that is cut off");
  return { message, at: body };
}

/** What the library makes of a message; of damaged bytes it makes errors of every kind. */
export function understood<T>(file: string, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (error instanceof SncError) throw error;
    throw damaged(file, `one that cannot be read (${(error as Error).message})`, error);
  }
}
