import { createReadStream } from "node:fs";
import { Decompress } from "fzstd";
import { SncError } from "../../base/errors.js";

/** Longer lines than this are refused: a text is no text then, and strings end at half a gigabyte. */
const longestLine = 2 ** 28;

/**
 * The lines of a .jsonl file, or of a .jsonl.zst as it is decompressed, in the order of the file. Memory: one piece of
 * the file and one line.
 */
export async function* linesOf(file: string): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const piece of file.endsWith(".zst") ? decompressed(file) : plain(file)) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split("\n");
    rest = lines.pop()!;
    if (rest.length > longestLine) throw damaged(file, `lines below ${longestLine} characters`, "a longer one");
    yield* lines;
  }
  rest += decoder.decode();
  if (rest !== "") yield rest;
}

async function* plain(file: string): AsyncGenerator<Uint8Array> {
  yield* createReadStream(file, { highWaterMark: 2 ** 20 });
}

async function* decompressed(file: string): AsyncGenerator<Uint8Array> {
  let pieces: Uint8Array[] = [];
  const zstd = new Decompress((piece) => pieces.push(piece));
  const push = (bytes: Uint8Array, last: boolean): Uint8Array[] => {
    try {
      zstd.push(bytes, last);
    } catch (error) {
      throw damaged(file, "zstd data", (error as Error).message, error);
    }
    const done = pieces;
    pieces = [];
    return done;
  };
  for await (const bytes of createReadStream(file, { highWaterMark: 2 ** 17 })) yield* push(bytes, false);
  yield* push(new Uint8Array(), true);
}

const damaged = (file: string, expected: string, found: string, cause?: unknown): SncError =>
  new SncError("input", `${file}: expected ${expected}, found ${found}. Download the file again`, { cause });
