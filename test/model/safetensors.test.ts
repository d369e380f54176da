import assert from "node:assert/strict";
import { mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import fc from "fast-check";
import { SncError } from "../../src/base/errors.js";
import { openSafetensors } from "../../src/model/safetensors.js";
import { encodeSafetensors } from "../../src/model/write-safetensors.js";

let folder: string;
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "snc-safetensors-"));
});
after(() => rm(folder, { recursive: true }));

async function fileOf(bytes: Uint8Array): Promise<string> {
  const file = path.join(folder, "model.safetensors");
  await writeFile(file, bytes);
  return file;
}

/** A file with this header and so many bytes of data; `length` may lie about the header. */
function withHeader(header: unknown, data: Uint8Array = new Uint8Array(8), length?: bigint): Uint8Array {
  const json = Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(length ?? BigInt(json.length));
  return Buffer.concat([prefix, json, data]);
}

const entry = (dtype: unknown, shape: unknown, offsets: unknown) => ({ dtype, shape, data_offsets: offsets });

test("each dtype becomes its numbers, also where a tensor starts at an odd byte", async () => {
  const f32 = Buffer.from(Float32Array.of(1.5, -2).buffer);
  const f16 = Buffer.from(Uint16Array.of(0x3c00, 0xc000).buffer);
  const bf16 = Buffer.from(Uint16Array.of(0x3f80, 0xc049).buffer);
  const i32 = Buffer.from(Int32Array.of(-7, 2 ** 20).buffer);
  const i64 = Buffer.from(BigInt64Array.of(-7n, 2n ** 20n).buffer);
  const header: Record<string, unknown> = { __metadata__: { format: "pt" } };
  let end = 0;
  for (const [name, bytes] of Object.entries({ F16: f16, BF16: bf16, F32: f32, I32: i32, I64: i64 })) {
    header[name] = entry(name, [2], [end, end + bytes.length]);
    end += bytes.length;
  }
  // A header of odd length puts every tensor at an odd byte.
  const json = JSON.stringify(header);
  const odd = json.padEnd(json.length + ((json.length + 1) % 2));
  const file = await openSafetensors(await fileOf(withHeader(odd, Buffer.concat([f16, bf16, f32, i32, i64]))));
  const values = async (name: string) => [...(await file.readFloat32(name))];
  assert.equal(file.info("F32").offset % 2, 1);
  assert.deepEqual(await values("F32"), [1.5, -2]);
  assert.deepEqual(await values("F16"), [1, -2]);
  assert.deepEqual(await values("BF16"), [1, -3.140625]);
  assert.deepEqual(await values("I32"), [-7, 2 ** 20]);
  assert.deepEqual(await values("I64"), [-7, 2 ** 20]);
  await file.close();
});

test("what snc writes is read back: names, shapes, values", async () => {
  const w = { shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) };
  const file = await openSafetensors(
    await fileOf(encodeSafetensors({ w, b: { shape: [0], data: new Float32Array() } })),
  );
  assert.deepEqual(file.info("w").shape, [2, 3]);
  assert.deepEqual(await file.readFloat32("w"), w.data);
  assert.equal((await file.readFloat32("b")).length, 0);
  await assert.rejects(file.readFloat32("none"), /a tensor named none, found 2 others/);
  await file.close();
});

const hostile: Record<string, [Uint8Array, RegExp]> = {
  "an empty file": [new Uint8Array(), /8 bytes or more, found 0/],
  "a header beyond the end": [withHeader({}, undefined, 2n ** 40n), /a header of 2 to/],
  "a header of negative length": [withHeader({}, undefined, 2n ** 64n - 1n), /a header of 2 to/],
  "a header of nothing": [withHeader("", undefined), /a header of 2 to/],
  "a header that is no JSON": [withHeader("{oops}"), /JSON/],
  "a header that is not UTF-8": [Buffer.concat([withHeader("{}").subarray(0, 8), Buffer.from([0xff, 0xfe])]), /JSON/],
  "a header that is a list": [withHeader([1]), /named tensors/],
  "a header nested 100 000 deep": [withHeader("[".repeat(100_000)), /expected/],
  "metadata that is not text": [withHeader({ __metadata__: { a: 1 } }), /__metadata__ of strings/],
  "a tensor that is a number": [withHeader({ w: 3 }), /dtype, shape and data_offsets/],
  "an unknown dtype": [withHeader({ w: entry("F9", [8], [0, 8]) }), /a dtype of the format.*F9/],
  "a dtype from the prototype": [
    withHeader({ w: entry("constructor", [2], [0, 8]) }),
    /a dtype of the format.*constructor/,
  ],
  "a negative dimension": [withHeader({ w: entry("F32", [-2, -1], [0, 8]) }), /a shape of/],
  "a fractional dimension": [withHeader({ w: entry("F32", [0.5, 4], [0, 8]) }), /a shape of/],
  "a dimension of NaN": [withHeader({ w: entry("F32", [null], [0, 8]) }), /a shape of/],
  "a dimension beyond the file": [withHeader({ w: entry("F32", [1e15], [0, 8]) }), /a shape of/],
  "a thousand dimensions": [withHeader({ w: entry("F32", new Array(1000).fill(1), [0, 4]) }), /a shape of/],
  "bytes that do not fit the shape": [
    withHeader({ w: entry("F32", [3], [0, 8]) }),
    /12 bytes, as its shape asks for, found 8/,
  ],
  "offsets past the end": [withHeader({ w: entry("F32", [2], [8, 16]) }), /start at byte|end by byte/],
  "offsets beyond the file": [withHeader({ w: entry("F32", [2], [1e12, 1e12 + 8]) }), /data_offsets of two/],
  "offsets backwards": [withHeader({ w: entry("F32", [2], [8, 0]) }), /8 bytes, as its shape asks for/],
  "one offset": [withHeader({ w: entry("F32", [2], [0]) }), /data_offsets of two/],
  "tensors that overlap": [withHeader({ a: entry("F32", [2], [0, 8]), b: entry("F32", [1], [4, 8]) }), /start at byte/],
  "a hole between tensors": [withHeader({ a: entry("F32", [1], [0, 4]) }), /the tensors to end at/],
};

for (const [what, [bytes, why]] of Object.entries(hostile))
  test(`refused: ${what}`, async () => {
    const file = await fileOf(bytes);
    await assert.rejects(openSafetensors(file), (error: Error) => {
      assert.ok(error instanceof SncError && error.failure === "input", String(error.stack));
      assert.ok(error.message.startsWith(`${file}: expected `) && error.message.includes(", found "), error.message);
      assert.match(error.message, why);
      return true;
    });
  });

test("no header makes the reader throw anything but such an error", async () => {
  const counts = fc.oneof(fc.nat(16), fc.integer(), fc.double(), fc.constant(2 ** 53), fc.string({ maxLength: 3 }));
  const entries = fc.record({
    dtype: fc.oneof(fc.constantFrom("F32", "F16", "BF16", "I64"), fc.string({ maxLength: 5 })),
    shape: fc.array(counts, { maxLength: 4 }),
    data_offsets: fc.array(counts, { maxLength: 3 }),
  });
  const headers = fc.oneof(
    fc.dictionary(fc.string({ maxLength: 5 }), fc.oneof(entries, fc.jsonValue()), { maxKeys: 4 }),
    fc.jsonValue(),
    fc.string(),
  );
  const before = process.resourceUsage().maxRSS;
  await fc.assert(
    fc.asyncProperty(
      headers,
      fc.uint8Array({ maxLength: 64 }),
      fc.option(fc.bigInt(0n, 2n ** 64n - 1n)),
      async (h, data, length) => {
        try {
          const file = await openSafetensors(await fileOf(withHeader(h, data, length ?? undefined)));
          for (const name of file.tensors.keys()) await file.readFloat32(name);
          await file.close();
        } catch (error) {
          assert.ok(error instanceof SncError && error.failure === "input", String((error as Error).stack));
        }
      },
    ),
    { numRuns: 400, seed: 1 },
  );
  const grownMegabytes = (process.resourceUsage().maxRSS - before) / 1024;
  assert.ok(grownMegabytes < 150, `${grownMegabytes} MB`);
});

test("a tensor beyond the first 4 GiB of a file is read, and no more of the file than it", async () => {
  const before = 2 ** 30 + 1; // float32 numbers
  const header = { large: entry("F32", [before], [0, 4 * before]), w: entry("F32", [2], [4 * before, 4 * before + 8]) };
  const json = Buffer.from(JSON.stringify(header));
  const start = Buffer.alloc(8);
  start.writeBigUInt64LE(BigInt(json.length));
  const name = path.join(folder, "large.safetensors");
  const handle = await open(name, "w");
  try {
    await handle.write(Buffer.concat([start, json]));
    // The large tensor is a hole in the file: it takes no disk.
    await handle.write(Buffer.from(Float32Array.of(1.5, -2).buffer), 0, 8, 8 + json.length + 4 * before);
  } finally {
    await handle.close();
  }
  const file = await openSafetensors(name);
  assert.deepEqual(await file.readFloat32("w"), Float32Array.of(1.5, -2));
  await file.close();
});
