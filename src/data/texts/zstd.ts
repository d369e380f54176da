import { open } from "node:fs/promises";
import { ZSTDDecoder } from "zstddec/stream";
import { SncError } from "../../base/errors.js";

/** What is used of the reference implementation, compiled to WebAssembly. Pointers and sizes are 32 bits. */
interface Zstd {
  memory: WebAssembly.Memory;
  malloc(bytes: number): number;
  free(pointer: number): void;
  ZSTD_createDCtx(): number;
  ZSTD_freeDCtx(context: number): void;
  /** What is expected next, 0 at the end of a frame, or an error's number below 0. */
  ZSTD_decompressStream(context: number, output: number, input: number): number;
}

const inputBytes = 2 ** 17;
const outputBytes = 2 ** 20;
/** The reference decoder's own limit: a larger window is memory that a file may ask for. */
const largestWindow = 2 ** 27;

/** The reference implementation's numbers of errors, those that a file can cause. */
const errors: Record<number, string> = {
  10: "no frame where one should begin",
  14: "a frame that only a newer format knows",
  16: `a window above ${largestWindow / 2 ** 20} MiB`,
  20: "damaged data",
  22: "another checksum than that of the data",
  30: "a damaged dictionary",
  32: "a frame made with a dictionary",
  64: "a window for which there is no memory",
};

let loaded: Promise<Zstd> | undefined;

/** The library's own generator hides errors: what it has loaded is called here. */
function zstd(): Promise<Zstd> {
  loaded ??= new Promise((resolve, reject) => {
    const decoder = new ZSTDDecoder();
    const init = decoder._init;
    decoder._init = (result) => {
      init.call(decoder, result);
      resolve(result.instance.exports as unknown as Zstd);
    };
    decoder.init().catch(reject);
  });
  return loaded;
}

/**
 * The bytes that a zstd file of any number of frames holds, piece by piece. Checksums are checked. Memory: the file's
 * window, at most 128 MiB, and a few pieces. Throws an input error for a damaged, cut or empty file, and for a larger window.
 */
export async function* decompressed(file: string): AsyncGenerator<Uint8Array> {
  const z = await zstd();
  const handle = await open(file, "r");
  const context = z.ZSTD_createDCtx();
  // Two structs of pointer, size and position, then the bytes they speak of.
  const block = z.malloc(24 + inputBytes + outputBytes);
  const [input, output, source, target] = [block, block + 12, block + 24, block + 24 + inputBytes];
  // The memory moves as it grows: views are made anew, and what leaves this function is a copy.
  const bytes = (): Uint8Array => new Uint8Array(z.memory.buffer);
  const struct = (at: number): Uint32Array => new Uint32Array(z.memory.buffer, at, 3);
  const piece = Buffer.alloc(inputBytes);
  try {
    let expected: number | undefined;
    for (;;) {
      const { bytesRead } = await handle.read(piece);
      if (bytesRead === 0) break;
      bytes().set(piece.subarray(0, bytesRead), source);
      struct(input).set([source, bytesRead, 0]);
      let written: number;
      do {
        struct(output).set([target, outputBytes, 0]);
        expected = z.ZSTD_decompressStream(context, output, input);
        if (expected < 0) throw refused(file, -expected, piece.subarray(struct(input)[2], bytesRead));
        written = struct(output)[2];
        if (written > 0) yield bytes().slice(target, target + written);
        // A full output inside a frame may hide more.
      } while (struct(input)[2] < bytesRead || (written === outputBytes && expected !== 0));
    }
    if (expected === undefined) throw damaged(file, "an empty file");
    if (expected !== 0) throw damaged(file, "its end inside a frame");
  } finally {
    z.ZSTD_freeDCtx(context);
    z.free(block);
    await handle.close();
  }
}

/** The error of this number; `rest`: what has not been read. */
function refused(file: string, number: number, rest: Buffer): SncError {
  if (number !== 16) return damaged(file, errors[number] ?? `error ${number}`);
  const window = windowOf(rest);
  const size = window === undefined ? errors[16] : `one of ${Math.ceil(window / 2 ** 20)} MiB`;
  return new SncError(
    "input",
    `${file}: expected a zstd window of at most ${largestWindow / 2 ** 20} MiB, found ${size}. ` +
      `Decompress it first: zstd -d --long=31 ${file}`,
  );
}

/** The window that a frame's header asks for (RFC 8878, §3.1.1.1), in bytes; undefined where no frame begins. */
function windowOf(frame: Buffer): number | undefined {
  if (frame.length < 18 || frame.readUInt32LE() !== 0xfd2fb528) return undefined;
  const descriptor = frame[4];
  const isSingleSegment = (descriptor & 32) !== 0;
  if (!isSingleSegment) {
    const base = 2 ** (10 + (frame[5] >> 3));
    return base + (base / 8) * (frame[5] & 7);
  }
  const at = 5 + [0, 1, 2, 4][descriptor & 3];
  const sizes = [() => frame[at], () => frame.readUInt16LE(at) + 256, () => frame.readUInt32LE(at)];
  return sizes[descriptor >> 6]?.() ?? Number(frame.readBigUInt64LE(at));
}

const damaged = (file: string, found: string): SncError =>
  new SncError("input", `${file}: expected zstd data, found ${found}. Download the file again`);
