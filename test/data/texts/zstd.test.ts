import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { SncError } from "../../../src/base/errors.js";
import { stream } from "../../../src/base/random.js";
import { decompressed } from "../../../src/data/texts/zstd.js";

/* Frames are written by hand (RFC 8878, §3.1.1): blocks of bytes as they are, and blocks that repeat one byte. */

const root = mkdtempSync(path.join(tmpdir(), "snc-zstd-"));
after(() => rmSync(root, { recursive: true }));
const file = path.join(root, "made.zst");

const magic = [0x28, 0xb5, 0x2f, 0xfd];
/** 1 MiB: blocks may have 128 KiB. */
const window = 10 << 3;
const largestBlock = 2 ** 17;
const mebibyte = 2 ** 20;

type Block = { bytes: Uint8Array } | { byte: number; times: number };

function blockOf(block: Block, isLast: boolean): Uint8Array {
  const isRaw = "bytes" in block;
  const size = isRaw ? block.bytes.length : block.times;
  const header = (isLast ? 1 : 0) | ((isRaw ? 0 : 1) << 1) | (size << 3);
  const content = isRaw ? block.bytes : Uint8Array.of(block.byte);
  return Buffer.concat([Uint8Array.of(header & 255, (header >> 8) & 255, header >> 16), content]);
}

/** A frame with a header of these bytes: a descriptor, then what it announces. */
const frame = (blocks: readonly Block[], header: readonly number[] = [0, window]): Buffer =>
  Buffer.concat([
    Uint8Array.from([...magic, ...header]),
    ...blocks.map((block, i) => blockOf(block, i === blocks.length - 1)),
  ]);

const contentOf = (blocks: readonly Block[]): Buffer =>
  Buffer.concat(blocks.map((block) => ("bytes" in block ? block.bytes : Buffer.alloc(block.times, block.byte))));

const text = (words: string): Block => ({ bytes: Buffer.from(words) });

async function piecesOf(bytes: Uint8Array): Promise<Uint8Array[]> {
  writeFileSync(file, bytes);
  const pieces: Uint8Array[] = [];
  for await (const piece of decompressed(file)) pieces.push(piece);
  return pieces;
}

/** Bytes that are compared whole, and shown only where they differ. */
function assertSame(found: readonly Uint8Array[], expected: Buffer): void {
  const whole = Buffer.concat(found);
  assert.equal(whole.length, expected.length);
  assert.ok(whole.equals(expected), "the same bytes");
  assert.ok(
    found.every(({ length }) => length > 0),
    "no piece is empty",
  );
}

const refused = (bytes: Uint8Array, found: string): Promise<void> =>
  assert.rejects(piecesOf(bytes), (error: Error) => {
    assert.ok(error instanceof SncError && error.failure === "input", String(error.stack));
    assert.equal(error.message, `${file}: expected zstd data, found ${found}. Download the file again`);
    return true;
  });

test("one byte, some, and none come out of a frame", async () => {
  for (const words of ["a", "some bytes"]) assertSame(await piecesOf(frame([text(words)])), Buffer.from(words));
  assert.deepEqual(await piecesOf(frame([text("")])), []);
});

test("frames follow one another, also with a skippable one between them", async () => {
  const skippable = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
  const bytes = Buffer.concat([
    frame([text("first ")]),
    skippable,
    frame([text("second"), text(" and")]),
    frame([text(" third")]),
  ]);
  assertSame(await piecesOf(bytes), Buffer.from("first second and third"));
});

test("a file larger than what is read of it at once gives all of its bytes", async () => {
  const random = stream(1, "zstd");
  const blocks = Array.from({ length: 5 }, () => ({
    bytes: Uint8Array.from({ length: 100_003 }, () => random.integer(256)),
  }));
  assertSame(await piecesOf(frame(blocks)), contentOf(blocks));
  const frames = blocks.map((block) => frame([block]));
  assertSame(await piecesOf(Buffer.concat(frames)), contentOf(blocks));
});

const repeated = (count: number): Block[] =>
  Array.from({ length: count }, (_, i) => ({ byte: 97 + i, times: largestBlock }));

test("a few bytes that hold megabytes come in pieces of at most 1 MiB, whole", async () => {
  for (const blocks of [
    repeated(8), // 1 MiB and the frame's end
    repeated(9),
    [text("a few bytes first"), ...repeated(8)], // what is left over of the last block is in no input any more
    [text("a few bytes first"), ...repeated(16)],
    [...repeated(16), text("and last")],
  ]) {
    const pieces = await piecesOf(frame(blocks));
    assertSame(pieces, contentOf(blocks));
    assert.equal(Math.max(...pieces.map(({ length }) => length)), mebibyte);
  }
});

test("a piece is its caller's own: the next one does not write over it", async () => {
  const blocks = repeated(24);
  writeFileSync(file, frame(blocks));
  const iterator = decompressed(file);
  const first = (await iterator.next()).value as Uint8Array;
  await iterator.next();
  assert.ok(Buffer.from(first).equals(contentOf(blocks).subarray(0, first.length)));
  assert.equal(first.buffer.byteLength, first.length, "and holds no other memory");
  await iterator.return(undefined);
});

test("two files at once do not mix", async () => {
  const [one, other] = ["one.zst", "other.zst"].map((name) => path.join(root, name));
  writeFileSync(one, frame([...repeated(9), text("one")]));
  writeFileSync(other, frame([text("other"), ...repeated(9)]));
  const read = async (name: string): Promise<Buffer> => {
    const pieces: Uint8Array[] = [];
    for await (const piece of decompressed(name)) pieces.push(piece);
    return Buffer.concat(pieces);
  };
  const [a, b] = await Promise.all([read(one), read(other)]);
  assert.ok(a.equals(contentOf([...repeated(9), text("one")])));
  assert.ok(b.equals(contentOf([text("other"), ...repeated(9)])));
});

test("a file that is cut anywhere but between frames is refused, as is an empty one", async () => {
  const frames = [frame([text("ab")]), frame([text("c"), text("d")])];
  const whole = Buffer.concat(frames);
  for (let length = 1; length < whole.length; length++)
    if (length === frames[0].length) assertSame(await piecesOf(whole.subarray(0, length)), Buffer.from("ab"));
    else await refused(whole.subarray(0, length), "its end inside a frame");
  await refused(Buffer.alloc(0), "an empty file");
});

test("what is wrong with a file is said", async () => {
  const good = frame([text("good")]);
  await refused(Buffer.from("some text that is no zstd"), "no frame where one should begin");
  await refused(Buffer.concat([good, Buffer.from("some text")]), "no frame where one should begin");
  await refused(frame([text("a")], [8, window]), "a frame that only a newer format knows");
  await refused(frame([text("a")], [1, window, 7]), "a frame made with a dictionary");
  await refused(
    Buffer.concat([frame([text("a")], [4, window]), Buffer.alloc(4)]),
    "another checksum than that of the data",
  );
  const reserved = frame([text("abc")]);
  reserved[6] |= 3 << 1;
  await refused(reserved, "damaged data");
});

/** A frame that is 20 bytes long at least, with this header; its content does not matter. */
const headed = (...header: number[]): Buffer => Buffer.concat([frame([text("a")], header), Buffer.alloc(20)]);

const tooLarge = (bytes: Uint8Array, found: string): Promise<void> =>
  assert.rejects(piecesOf(bytes), (error: Error) => {
    assert.ok(error instanceof SncError && error.failure === "input", String(error.stack));
    assert.equal(
      error.message,
      `${file}: expected a zstd window of at most 128 MiB, found ${found}. Decompress it first: zstd -d --long=31 ${file}`,
    );
    return true;
  });

test("a window above 128 MiB is refused with its size, as the header says it in any of its forms", async () => {
  for (const [exponent, eighths, mebibytes] of [
    [17, 1, 144],
    [17, 7, 240],
    [18, 0, 256],
    [20, 3, 1408],
    [21, 0, 2048],
  ])
    for (const [bits, dictionary] of [0, 1, 2, 4].entries())
      await tooLarge(
        headed(bits, (exponent << 3) | eighths, ...new Array(dictionary).fill(0)),
        `one of ${mebibytes} MiB`,
      );
  const bytesOf = (value: number, count: number): number[] => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(BigInt(value));
    return [...bytes.subarray(0, count)];
  };
  // One segment: the window is as large as the content, whose size stands behind a dictionary's number of 0, 1, 2 or 4 bytes.
  for (const [bits, dictionary] of [0, 1, 2, 4].entries()) {
    const number = new Array(dictionary).fill(0);
    for (const size of [2 ** 27 + 2, 300 * mebibyte]) {
      const found = `one of ${Math.ceil(size / mebibyte)} MiB`;
      await tooLarge(headed(0x80 | 0x20 | bits, ...number, ...bytesOf(size, 4)), found);
      await tooLarge(headed(0xc0 | 0x20 | bits, ...number, ...bytesOf(size, 8)), found);
    }
    await tooLarge(headed(0xc0 | 0x20 | bits, ...number, ...bytesOf(5000 * mebibyte, 8)), "one of 5000 MiB");
  }
});

test("the window is that of the frame which is refused, not of one before it", async () => {
  const large = headed(0, (18 << 3) | 4);
  await tooLarge(Buffer.concat([frame([text("a frame before it")]), large]), "one of 384 MiB");
  const before = frame(Array.from({ length: 3 }, () => ({ bytes: new Uint8Array(100_000) })));
  await tooLarge(Buffer.concat([before, large]), "one of 384 MiB");
});

test("where a header cannot be read whole any more, the window is said to be too large without its size", async () => {
  const large = headed(0, 21 << 3);
  await tooLarge(large.subarray(0, 18), "one of 2048 MiB");
  await tooLarge(large.subarray(0, 17), "a window above 128 MiB");
});

test("a window of 128 MiB is read", async () => {
  assertSame(await piecesOf(frame([text("a")], [0, 17 << 3])), Buffer.from("a"));
  assertSame(await piecesOf(frame([text("a")], [0x20, 1])), Buffer.from("a"));
});
