import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
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

test("a damaged zstd file is refused by an error that names it, whatever the damage", async () => {
  const bytes = await readFile(zst);
  const file = path.join(folder, "damaged.jsonl.zst");
  const refused = async (content: Uint8Array): Promise<void> => {
    await writeFile(file, content);
    await linesIn(file).catch((error: Error) => {
      assert.ok(error instanceof SncError && error.failure === "input", String(error.stack));
      assert.match(error.message, /damaged.jsonl.zst: expected/);
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
