import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import fc from "fast-check";
import { SncError } from "../../../src/base/errors.js";
import { sha256 } from "../../../src/base/files.js";
import { linesOf } from "../../../src/data/texts/jsonl.js";
import { fixtures } from "../../helpers/paths.js";

let folder: string;
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "snc-jsonl-"));
});
after(() => rm(folder, { recursive: true }));

/** Made by make_zst.py, which printed its number of lines and their sha256. */
const zst = path.join(fixtures, "pile", "lines.jsonl.zst");

async function linesIn(file: string): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of linesOf(file)) lines.push(line);
  return lines;
}

test("a zstd file of several frames gives the lines that were compressed, also one that two frames share", async () => {
  const lines = await linesIn(zst);
  assert.equal(lines.length, 45);
  assert.equal(sha256(lines.join("\n")), "b0bb7be27aa5c4916224f24796dc88575a7db544f2d1550697b4a4c5475a1866");
});

test("lines and characters of several bytes are whole, wherever the file is cut as it is read", async () => {
  const file = path.join(folder, "long.jsonl");
  const lines = ["a", "", "ü🙂".repeat(400_000), "last, without an end"];
  await writeFile(file, lines.join("\n"));
  assert.deepEqual(await linesIn(file), lines);
});

test("a frame with a checksum is refused wherever one bit of its data is another", async () => {
  const bytes = await readFile(zst);
  const file = path.join(folder, "flipped.jsonl.zst");
  const end = bytes.indexOf(Buffer.from([0x50, 0x2a, 0x4d, 0x18])); // where the frame between the two begins
  assert.ok(end > 1000);
  for (let at = 30; at < end; at += Math.ceil(end / 60)) {
    const other = Uint8Array.from(bytes);
    other[at] ^= 1;
    await writeFile(file, other);
    await assert.rejects(linesIn(file), /flipped.jsonl.zst(, line \d+)?: expected/, `byte ${at}`);
  }
});

/** A frame of one raw block with a window of 2^(10 + exponent) · (1 + eighths / 8) bytes. */
const frameWithWindow = (exponent: number, eighths: number): Buffer =>
  Buffer.from([
    0x28,
    0xb5,
    0x2f,
    0xfd,
    0,
    (exponent << 3) | eighths,
    (2 << 3) | 1,
    0,
    0,
    97,
    10,
    ...new Array(16).fill(0),
  ]);

test("a zstd window of 128 MiB is read, a larger one refused with its size and a way out", async () => {
  const file = path.join(folder, "window.jsonl.zst");
  await writeFile(file, frameWithWindow(17, 0).subarray(0, 11));
  assert.deepEqual(await linesIn(file), ["a"]);
  for (const [exponent, eighths, size] of [
    [17, 1, 144],
    [21, 0, 2048],
  ]) {
    await writeFile(file, frameWithWindow(exponent, eighths));
    await assert.rejects(linesIn(file), (error: Error) => {
      assert.match(
        error.message,
        new RegExp(`window.jsonl.zst: expected a zstd window of at most 128 MiB, found one of ${size} MiB`),
      );
      return /zstd -d --long=31 .*window.jsonl.zst/.test(error.message);
    });
  }
});

test("an empty zstd file is refused, an empty plain one has no line", async () => {
  await writeFile(path.join(folder, "empty.jsonl.zst"), "");
  await assert.rejects(linesIn(path.join(folder, "empty.jsonl.zst")), /expected zstd data, found an empty file/);
  await writeFile(path.join(folder, "empty.jsonl"), "");
  assert.deepEqual(await linesIn(path.join(folder, "empty.jsonl")), []);
});

test("bytes that are not UTF-8 are refused with the line's number, not replaced", async () => {
  const file = path.join(folder, "latin1.jsonl");
  await writeFile(file, Buffer.concat([Buffer.from("first\nstra"), Buffer.from([0xdf]), Buffer.from("e\n")]));
  await assert.rejects(linesIn(file), /latin1.jsonl, line 2: expected text in UTF-8/);
});

test("a byte order mark where the file begins is no part of its first line; lines end as on Windows, too", async () => {
  const file = path.join(folder, "mark.jsonl");
  await writeFile(file, "\ufeff{}\r\n\ufeffx\n");
  assert.deepEqual(await linesIn(file), ["{}\r", "\ufeffx"]);
});

test("a line of 300 MB is refused once too much of it has been read", async () => {
  const file = path.join(folder, "giant.jsonl");
  await writeFile(file, "short\n");
  await truncate(file, 300_000_000); // zeros, which take no room on disk
  await assert.rejects(linesIn(file), /giant.jsonl, line 2: expected at most 268435456 bytes, found a longer line/);
});

test("a damaged zstd file is refused by an error that names it, whatever the damage", async () => {
  const bytes = await readFile(zst);
  const file = path.join(folder, "damaged.jsonl.zst");
  const refused = async (content: Uint8Array): Promise<void> => {
    await writeFile(file, content);
    await linesIn(file).catch((error: Error) => {
      assert.ok(error instanceof SncError && error.failure === "input", String(error.stack));
      assert.match(error.message, /damaged.jsonl.zst(, line \d+)?: expected/);
    });
  };
  await writeFile(file, bytes.subarray(0, bytes.length - 9));
  await assert.rejects(linesIn(file), /expected zstd data, found/);
  await writeFile(file, "no zstd file, only some text");
  await assert.rejects(linesIn(file), /expected zstd data, found/);
  await fc.assert(
    fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
      const other = Uint8Array.from(bytes);
      other[at] ^= change;
      await refused(other);
    }),
    { numRuns: 150, seed: 1 },
  );
});
