import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { SncError } from "../../../src/base/errors.js";
import { stream } from "../../../src/base/random.js";
import { piecesOf, readPiece, storedBytes, writePiece } from "../../../src/data/activations/pieces.js";
import { decodeNumbers, toBfloat16, toFloat16 } from "../../../src/model/encodings.js";
import { storedForms } from "../../../src/profiles.js";

let folder: string;
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "snc-pieces-"));
});
after(() => rm(folder, { recursive: true }));

const valuesOf = (encoding: "F16" | "BF16", bits: Uint16Array): Float32Array => {
  const out = new Float32Array(bits.length);
  decodeNumbers(encoding, new Uint8Array(bits.buffer, bits.byteOffset, bits.byteLength), out);
  return out;
};

const forms = { F16: toFloat16, BF16: toBfloat16 } as const;

for (const [encoding, encode] of Object.entries(forms) as ["F16" | "BF16", typeof toFloat16][]) {
  test(`every number that ${encoding} has keeps its bits`, () => {
    const bits = Uint16Array.from({ length: 65536 }, (_, i) => i);
    const values = valuesOf(encoding, bits);
    const again = encode(values);
    for (let i = 0; i < 65536; i++)
      if (Number.isNaN(values[i])) assert.ok(Number.isNaN(valuesOf(encoding, again.subarray(i, i + 1))[0]));
      else assert.equal(again[i], i);
  });

  test(`${encoding}: every other number becomes the nearest, of two equally near the one with an even last bit`, () => {
    // Positive finite numbers in order are their bits in order: the neighbours of bits b are b and b + 1.
    const finite = encoding === "F16" ? 0x7c00 : 0x7f80;
    const all = valuesOf(
      encoding,
      Uint16Array.from({ length: finite }, (_, i) => i),
    );
    const random = stream(7, "half");
    for (let n = 0; n < 20_000; n++) {
      const below = random.integer(finite - 1);
      const [a, b] = [all[below], all[below + 1]];
      const share = n % 4 === 0 ? 0.5 : random.uniform();
      const value = Math.fround(a + share * (b - a));
      const [toA, toB] = [value - a, b - value];
      const expected = toA < toB ? below : toB < toA ? below + 1 : below + (below & 1);
      assert.equal(encode(Float32Array.of(value))[0], expected, `${value}`);
      assert.equal(encode(Float32Array.of(-value))[0], expected | 0x8000, `${-value}`);
    }
  });
}

const d_in = 6;
const rowsOf = (vector: Float32Array) => {
  const n = vector.length / d_in;
  const zeros = { document: new Int32Array(n), sequence: new Int32Array(n), position: new Int16Array(n) };
  return { vector, source: new Int8Array(n), split: new Int8Array(n), token: new Int32Array(n), ...zeros };
};

test("a piece comes back as it was stored: float32 with its bits, the others rounded to 16", async () => {
  const random = stream(3, "piece");
  const vector = Float32Array.from({ length: 7 * d_in }, () => 300 * random.normal());
  for (const store of storedForms) {
    const file = path.join(folder, `${store}.arrow`);
    await writePiece(file, d_in, ["a"], rowsOf(vector), store);
    const expected = {
      float32: vector,
      float16: valuesOf("F16", toFloat16(vector)),
      bfloat16: valuesOf("BF16", toBfloat16(vector)),
    }[store];
    assert.deepEqual([...readPiece(file, d_in)], [...expected], store);
    assert.throws(() => readPiece(file, 5), /expected vectors of 5 numbers, found FixedSizeList\[6\]/);
  }
  assert.deepEqual(storedForms.map(storedBytes), [4, 2, 2]);
});

test("what a form cannot hold is refused, not stored as infinity", async () => {
  const file = path.join(folder, "large.arrow");
  const large = rowsOf(new Float32Array(d_in).fill(70_000));
  await assert.rejects(writePiece(file, d_in, ["a"], large, "float16"), /found 70000. Take another: --store bfloat16/);
  await writePiece(file, d_in, ["a"], large, "bfloat16");
  const broken = rowsOf(new Float32Array(d_in).fill(Number.NaN));
  await assert.rejects(writePiece(file, d_in, ["a"], broken, "float32"), /found NaN/);
});

test("a file that is no piece is refused", async () => {
  const file = path.join(folder, "other.arrow");
  await writeFile(file, "some text that is no Arrow file");
  assert.throws(
    () => readPiece(file, d_in),
    (error: Error) => error instanceof SncError && error.failure === "input" && error.message.startsWith(file),
  );
});

test("pieces cover a split's sequences once, the last with what is left", () => {
  assert.deepEqual(
    piecesOf("test-", 100, 70, 32).map(({ from, to }) => [from, to]),
    [
      [100, 132],
      [132, 164],
      [164, 170],
    ],
  );
});
