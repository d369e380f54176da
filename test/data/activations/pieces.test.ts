import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { int32, writeArrowFile } from "../../../src/base/arrow-file.js";
import { SncError } from "../../../src/base/errors.js";
import { stream } from "../../../src/base/random.js";
import { recordHash } from "../../../src/base/recorded.js";
import {
  layerFolder,
  pieceFile,
  piecesOf,
  readPiece,
  storedBytes,
  vectorsOf,
  writePiece,
} from "../../../src/data/activations/pieces.js";
import { decodeNumbers, toBfloat16, toFloat16 } from "../../../src/model/encodings.js";
import { storedForms } from "../../../src/profiles.js";
import { planted } from "../../helpers/planted-pieces.js";

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

test("a piece is named by its place, in five digits; no sequences make no piece", () => {
  assert.deepEqual(piecesOf("train-", 0, 3, 2), [
    { name: "train-00000", from: 0, to: 2 },
    { name: "train-00001", from: 2, to: 3 },
  ]);
  assert.deepEqual(piecesOf("test-", 5, 0, 2), []);
  assert.deepEqual(piecesOf("", 4, 2, 2), [{ name: "00000", from: 4, to: 6 }]);
});

test("the vectors of sequences of a split, counted from 0 in it, come piece by piece; no other piece is read", async () => {
  const shape = { folder: path.join(folder, "planted"), layer: 2, d_in: 2, perSequence: 3, counts: [7, 5], size: 2 };
  const made = planted({ ...shape, counts: [7, 5] }, (sequence, place) => [sequence, place]);
  for (const split of [0, 1] as const) {
    const count = shape.counts[split];
    const pieces = made.of.pieces[split];
    for (let from = 0; from <= count; from++)
      for (let to = from; to <= count; to++) {
        await rm(layerFolder(shape.folder, shape.layer), { recursive: true, force: true });
        const touched = pieces.filter((_, i) => 2 * i < to && 2 * i + 2 > from && from < to);
        await made.write(touched);
        const found = [...vectorsOf(made.of, split, from, to)];
        assert.deepEqual(
          found.map(({ piece }) => piece.name),
          touched.map(({ name }) => name),
        );
        assert.deepEqual(
          found.flatMap(({ vectors }) => [...vectors]),
          made.vectors(split, from, to).flat(),
          `${split}: ${from} to ${to}`,
        );
      }
  }
});

test("of a split without pieces there are no vectors", () => {
  const of = { folder, layer: 0, d_in, perSequence: 1, pieces: [[], []] as [[], []] };
  assert.deepEqual([...vectorsOf(of, 0, 0, 4)], []);
});

test("the largest number of float16 is stored, the next float32 is refused with the file's name", async () => {
  const file = path.join(folder, "limit.arrow");
  const filled = (value: number, length = d_in) => rowsOf(new Float32Array(length).fill(value));
  for (const value of [65504, -65504]) {
    await writePiece(file, d_in, ["a"], filled(value), "float16");
    assert.equal(readPiece(file, d_in)[0], value);
  }
  for (const value of [65505, -65505, 65504.004])
    await assert.rejects(writePiece(file, d_in, ["a"], filled(Math.fround(value)), "float16"), (error: Error) => {
      assert.ok(error instanceof SncError && error.failure === "usage");
      return error.message.startsWith(`${file}: expected numbers that float16 holds, found`);
    });
  await writePiece(file, d_in, ["a"], filled(70_000), "float32");
});

test("a number that is not finite is refused in every form, with the sequence it is in", async () => {
  const file = path.join(folder, "broken.arrow");
  for (const store of storedForms)
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
      for (const at of [0, 2 * d_in + 1]) {
        const rows = rowsOf(new Float32Array(3 * d_in));
        rows.vector[at] = value;
        rows.sequence.set([40, 41, 42]);
        await assert.rejects(writePiece(file, d_in, ["a"], rows, store), (error: Error) => {
          assert.ok(error instanceof SncError && error.failure === "internal");
          return error.message.endsWith(`found ${value} in sequence ${at === 0 ? 40 : 42}`);
        });
      }
});

test("a piece that does not say how it is stored, or has no vectors, is refused with what to do", async () => {
  const file = path.join(folder, "unsaid.arrow");
  const written = async (columns: object, values: object, store?: string): Promise<void> => {
    await writeArrowFile(file, columns as never, new Map(store ? [["store", store]] : []), (append) =>
      append(values as never),
    );
    await recordHash(file);
  };
  const numbers = { token: Int32Array.of(1, 2) };
  const refused = (why: RegExp): void =>
    assert.throws(
      () => readPiece(file, d_in),
      (error: Error) => {
        assert.ok(error instanceof SncError && error.failure === "input");
        assert.match(error.message, why);
        return error.message.endsWith("Delete it and run: snc activations");
      },
    );
  await written({ token: int32 }, numbers);
  refused(/unsaid.arrow: expected activations stored as float32, float16, bfloat16, found undefined/);
  await written({ token: int32 }, numbers, "float64");
  refused(/stored as float32, float16, bfloat16, found float64/);
  await written({ token: int32 }, numbers, "float32");
  refused(/expected vectors of 6 numbers, found undefined/);
  await writeFile(file, "some text");
  await recordHash(file);
  refused(/expected an Arrow file, found/);
});

test("where a layer's pieces lie", () => {
  assert.equal(
    pieceFile(layerFolder("activations", 19), { name: "test-00003" }),
    path.join("activations", "layer-19", "test-00003.arrow"),
  );
});
