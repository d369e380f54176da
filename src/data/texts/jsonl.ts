import { createReadStream } from "node:fs";
import { SncError } from "../../base/errors.js";
import { decompressed } from "./zstd.js";

/** In bytes. Longer lines are refused: a text is no text then, and strings end at half a gigabyte. */
const longestLine = 2 ** 28;

const newline = 10;

/**
 * The lines of a .jsonl file, or of a .jsonl.zst as it is decompressed, in the order of the file. Memory: one piece of
 * the file and one line. Throws an input error, with the line's number, for a line that is too long or not UTF-8.
 */
export async function* linesOf(file: string): AsyncGenerator<string> {
  // A byte order mark is left out where the file begins, and is a character elsewhere.
  const [first, others] = [false, true].map((ignoreBOM) => new TextDecoder("utf-8", { fatal: true, ignoreBOM }));
  let number = 1;
  /** The beginning of a line that goes on in the next piece. */
  let rest: Uint8Array[] = [];
  let length = 0;
  const refuse = (expected: string, found: string, cause?: unknown): never => {
    throw new SncError(
      "input",
      `${file}, line ${number}: expected ${expected}, found ${found}. Download the file again`,
      { cause },
    );
  };
  const text = (bytes: Uint8Array): string => {
    try {
      return (number === 1 ? first : others).decode(bytes);
    } catch (error) {
      return refuse("text in UTF-8", "other bytes", error);
    } finally {
      number++;
    }
  };
  for await (const piece of file.endsWith(".zst") ? decompressed(file) : plain(file)) {
    let from = 0;
    for (let to = piece.indexOf(newline); to >= 0; to = piece.indexOf(newline, from)) {
      const end = piece.subarray(from, to);
      yield text(rest.length === 0 ? end : Buffer.concat([...rest, end]));
      [rest, length, from] = [[], 0, to + 1];
    }
    if (from === piece.length) continue;
    rest.push(piece.subarray(from));
    length += piece.length - from;
    if (length > longestLine) refuse(`at most ${longestLine} bytes`, "a longer line");
  }
  if (length > 0) yield text(Buffer.concat(rest));
}

async function* plain(file: string): AsyncGenerator<Uint8Array> {
  yield* createReadStream(file, { highWaterMark: 2 ** 20 });
}
