import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import fc from "fast-check";
import { SncError } from "../../src/base/errors.js";
import { openGguf } from "../../src/model/gguf.js";
import {
  boolean,
  f32,
  float32,
  int32s,
  list,
  makeGguf,
  string,
  strings,
  type Tensor,
  text,
  u32,
  u64,
  uint32,
} from "../helpers/make-gguf.js";

let folder: string;
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "snc-gguf-"));
});
after(() => rm(folder, { recursive: true }));

async function fileOf(bytes: Uint8Array): Promise<string> {
  const file = path.join(folder, "model.gguf");
  await writeFile(file, bytes);
  return file;
}

/** Asserts that the bytes are refused with an error about input that names the file and matches `why`. */
async function refuses(bytes: Uint8Array, why: RegExp): Promise<void> {
  const file = await fileOf(bytes);
  await assert.rejects(openGguf(file), (error: Error) => {
    assert.ok(error instanceof SncError && error.failure === "input", String(error.stack));
    assert.ok(error.message.startsWith(`${file}: expected `) && error.message.includes(", found "), error.message);
    assert.match(error.message, why);
    return true;
  });
}

const tensor: Tensor = { name: "w", shape: [2, 3], type: 0, bytes: f32(1, 2, 3, 4, 5, 6) };

for (const version of [2, 3])
  test(`version ${version}: metadata of every kind, tensors with the outermost dimension first`, async () => {
    const bytes = makeGguf({
      version,
      metadata: {
        name: string("Größe"),
        count: uint32(7),
        small: [1, Uint8Array.of(0xff)],
        large: [10, u64(2n ** 60n)],
        negative: [11, u64(-5)],
        yes: boolean(true),
        rate: float32(0.5),
        tokens: strings(["a", ""]),
        nested: [9, list(9, [list(5, [u32(1)]), list(5, [])])],
      },
      tensors: [tensor, { ...tensor, name: "v", shape: [3], bytes: f32(7, 8, 9) }],
    });
    const gguf = await openGguf(await fileOf(bytes));
    assert.deepEqual(Object.fromEntries(gguf.metadata), {
      name: "Größe",
      count: 7,
      small: -1,
      large: 2n ** 60n,
      negative: -5,
      yes: true,
      rate: 0.5,
      tokens: ["a", ""],
      nested: [[1], []],
    });
    assert.deepEqual(gguf.info("w").shape, [2, 3]);
    assert.deepEqual([...(await gguf.readFloat32("w"))], [1, 2, 3, 4, 5, 6]);
    assert.deepEqual([...(await gguf.readFloat32("v"))], [7, 8, 9]);
    await gguf.close();
  });

test("F16, BF16, Q8_0 and Q4_1 become the numbers worked out by hand", async () => {
  const half = (...bits: number[]) => new Uint8Array(Uint16Array.from(bits).buffer);
  // Q8_0: scale 0.5 (0x3800), then −16 … 15. Q4_1: scale 2 (0x4000), minimum −1 (0xbc00), then pairs of 4 bits: the low
  // ones are numbers 0 … 15, the high ones 16 … 31.
  const q8 = Buffer.concat([half(0x3800), Uint8Array.from({ length: 32 }, (_, i) => i - 16)]);
  const q4 = Buffer.concat([half(0x4000, 0xbc00), Uint8Array.from({ length: 16 }, (_, i) => i | ((15 - i) << 4))]);
  const gguf = await openGguf(
    await fileOf(
      makeGguf({
        tensors: [
          // 1, −2, the smallest subnormal, the largest number
          { name: "f16", shape: [4], type: 1, bytes: half(0x3c00, 0xc000, 0x0001, 0x7bff) },
          { name: "bf16", shape: [2], type: 30, bytes: half(0x3f80, 0xc049) },
          { name: "q8", shape: [1, 32], type: 8, bytes: q8 },
          { name: "q4", shape: [1, 32], type: 3, bytes: q4 },
        ],
      }),
    ),
  );
  assert.deepEqual([...(await gguf.readFloat32("f16"))], [1, -2, 2 ** -24, 65504]);
  assert.deepEqual([...(await gguf.readFloat32("bf16"))], [1, -3.140625]);
  assert.deepEqual(
    [...(await gguf.readFloat32("q8"))],
    Array.from({ length: 32 }, (_, i) => (i - 16) / 2),
  );
  assert.deepEqual(
    [...(await gguf.readFloat32("q4"))],
    Array.from({ length: 32 }, (_, i) => 2 * (i < 16 ? i : 31 - i) - 1),
  );
  await gguf.close();
});

test("a header longer than the first read is read on", async () => {
  const long = strings(Array.from({ length: 200_000 }, (_, i) => `token ${i}`));
  const gguf = await openGguf(await fileOf(makeGguf({ metadata: { long }, tensors: [tensor] })));
  assert.deepEqual([...(await gguf.readFloat32("w"))], [1, 2, 3, 4, 5, 6]);
  await gguf.close();
});

const huge = 2n ** 63n + 5n; // a negative number to whoever reads it as signed
const hostile: Record<string, [Uint8Array, RegExp]> = {
  "an empty file": [new Uint8Array(), /0 bytes/],
  "another magic": [makeGguf({ magic: "GGML" }), /GGUF/],
  "version 1": [makeGguf({ version: 1 }), /version 2 or 3/],
  "big-endian": [makeGguf({ version: 3 << 24 }), /version 2 or 3/],
  "more tensors than bytes": [makeGguf({ tensorCount: 2 ** 40 }), /tensor descriptions/],
  "more metadata than bytes": [makeGguf({ valueCount: 1e9 }), /metadata/],
  "a count beyond 2^53": [makeGguf({ tensorCount: huge }), /below 2\^53/],
  "a string beyond the end": [makeGguf({ metadata: { k: [8, u64(1e12)] } }), /within the file's/],
  "a string of negative length": [makeGguf({ metadata: { k: [8, u64(-1)] } }), /below 2\^53/],
  "a string that is not UTF-8": [
    makeGguf({ metadata: { k: [8, Buffer.from([1, 0, 0, 0, 0, 0, 0, 0, 0xff])] } }),
    /UTF-8/,
  ],
  "an array beyond the end": [makeGguf({ metadata: { k: [9, list(8, [], 2 ** 50)] } }), /within the file's/],
  "an unknown value type": [makeGguf({ metadata: { k: [13, u32(0)] } }), /0 to 12/],
  "a boolean of 2": [makeGguf({ metadata: { k: [7, Uint8Array.of(2)] } }), /boolean/],
  "arrays in arrays in arrays …": [
    makeGguf({ metadata: { k: [9, Buffer.concat(Array.from({ length: 1000 }, () => list(9, [], 1)))] } }),
    /nested at most 4/,
  ],
  "a tensor without dimensions": [makeGguf({ tensors: [{ ...tensor, shape: [] }] }), /1 to 4 dimensions/],
  "a tensor with five": [makeGguf({ tensors: [{ ...tensor, shape: [1, 1, 1, 1, 6] }] }), /1 to 4 dimensions/],
  "a dimension of 0": [makeGguf({ tensors: [{ ...tensor, shape: [2, 0] }] }), /dimension/],
  "a negative dimension": [makeGguf({ tensors: [{ ...tensor, shape: [2, -3] }] }), /below 2\^53/],
  "dimensions whose product overflows": [
    makeGguf({ tensors: [{ ...tensor, shape: [1000, 1000, 1000, 1000] }] }),
    /within the file's|fits the file/,
  ],
  "a tensor larger than the file": [
    makeGguf({ tensors: [{ ...tensor, shape: [9, 9] }] }),
    /within the file's|to end by/,
  ],
  "an unknown tensor type": [makeGguf({ tensors: [{ ...tensor, type: 23 }] }), /Q4_1.*found type 23/],
  "rows that are no whole blocks": [makeGguf({ tensors: [{ ...tensor, type: 8 }] }), /blocks of 32/],
  "an offset past the end": [makeGguf({ tensors: [{ ...tensor, offset: 4096n }] }), /end by byte/],
  "an offset beyond 2^53": [makeGguf({ tensors: [{ ...tensor, offset: huge }] }), /below 2\^53/],
  "an offset between aligned bytes": [makeGguf({ tensors: [{ ...tensor, offset: 4n }] }), /multiple of 32/],
  "tensors that overlap": [makeGguf({ tensors: [tensor, { ...tensor, name: "v", offset: 0n }] }), /start at byte/],
  "a tensor twice": [makeGguf({ tensors: [tensor, tensor] }), /once/],
  "a key twice": [
    Buffer.concat([Buffer.from("GGUF"), u32(3), u64(0), u64(2), ...[0, 1].flatMap(() => [text("k"), u32(4), u32(1)])]),
    /once/,
  ],
  "an alignment of 0": [makeGguf({ metadata: { "general.alignment": uint32(0) } }), /general.alignment/],
  "an alignment that is text": [makeGguf({ metadata: { "general.alignment": string("32") } }), /general.alignment/],
};

for (const [what, [bytes, why]] of Object.entries(hostile)) test(`refused: ${what}`, () => refuses(bytes, why));

test("refused: a file cut off anywhere", async () => {
  const whole = makeGguf({ metadata: { tokens: strings(["a", "b"]), kinds: int32s([1, 2]) }, tensors: [tensor] });
  for (let length = 0; length < whole.length - 8; length += 3) await refuses(whole.subarray(0, length), /expected/);
});

test("refused: a missing file and a folder", async () => {
  await assert.rejects(openGguf(path.join(folder, "none.gguf")), /ENOENT.*snc inputs fetch/);
  await assert.rejects(openGguf(folder), /expected a file/);
});

test("no header makes the reader throw anything but such an error, hang, or take much memory", async () => {
  const whole = makeGguf({
    metadata: { name: string("x"), tokens: strings(["a", "b", "c"]), kinds: int32s([1, 2]), eps: float32(1e-5) },
    tensors: [tensor, { ...tensor, name: "v" }],
  });
  const before = process.resourceUsage().maxRSS;
  const damage = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.constantFrom(0, 1, 2, 9, 127, 128, 255)), {
    maxLength: 6,
  });
  await fc.assert(
    fc.asyncProperty(damage, fc.nat(whole.length), async (changes, cut) => {
      const bytes = Uint8Array.from(whole);
      for (const [at, value] of changes) bytes[at] = value;
      try {
        const gguf = await openGguf(await fileOf(bytes.subarray(0, cut < 60 ? whole.length : cut)));
        for (const name of gguf.tensors.keys()) await gguf.readFloat32(name);
        await gguf.close();
      } catch (error) {
        assert.ok(error instanceof SncError && error.failure === "input", String((error as Error).stack));
      }
    }),
    { numRuns: 400, seed: 1 },
  );
  const grownMegabytes = (process.resourceUsage().maxRSS - before) / 1024;
  assert.ok(grownMegabytes < 150, `${grownMegabytes} MB`);
});
