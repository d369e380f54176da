import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { layerFolder, pieceFile } from "../../../src/data/activations/pieces.js";
import type { InputScale } from "../../../src/data/activations/scale.js";
import { streamedActivations } from "../../../src/data/activations/test-vectors.js";
import { planted, statisticsOf, type VectorOf, vectorOfNorm } from "../../helpers/planted-pieces.js";
import { assertNear } from "../../helpers/stubs.js";

const root = mkdtempSync(path.join(tmpdir(), "snc-streamed-"));
after(() => rmSync(root, { recursive: true }));

const d_in = 4;
/** Seven training and five test sequences of three vectors, two sequences in a piece; half a buffer is three sequences. */
const shape = { layer: 3, d_in, perSequence: 3, counts: [7, 5], size: 2 } as const;
const half = 3;

/** Attention sinks (sequence/place): two in the first fill, one behind it; in testing one that begins a piece, one that ends all. */
const sinks = ["1/2", "4/0", "6/1", "9/0", "11/2"];
/** Norms from 0.8 on; 9 is large and kept, in training and in testing. Behind the first fill they are others. */
const norms: VectorOf = (sequence, place) => {
  const name = `${sequence}/${place}`;
  const usual = (sequence < 6 ? 1 : 2) * (0.8 + 0.1 * ((5 * sequence + place) % 5));
  return vectorOfNorm(sinks.includes(name) ? 60 : ["2/1", "8/1"].includes(name) ? 9 : usual, d_in, name);
};

interface Choices {
  vectorOf?: VectorOf;
  firstPosition?: "dropped" | "kept";
  inputScale?: InputScale;
}

let folders = 0;

/** A layer that streams; `asked` and `ensured` say which training sequences were asked for, as from–to. */
async function streamed({ vectorOf = norms, firstPosition = "dropped", inputScale = "unitMeanSquare" }: Choices = {}) {
  const made = planted({ folder: path.join(root, String(folders++)), ...shape }, vectorOf);
  const [train, held] = made.of.pieces;
  await made.write(held);
  const [asked, ensured] = [new Set<string>(), [] as string[]];
  const there = new Set<string>();
  const within = (from: number, to: number) => train.filter((piece) => piece.from < to && piece.to > from);
  const activations = await streamedActivations({
    ...{ ...made.of, half, sequences: 7, testSequences: 5, firstPosition, inputScale },
    isThere(from, to) {
      asked.add(`${from}–${to}`);
      return within(from, to).every(({ name }) => there.has(name));
    },
    async ensure(from, to) {
      ensured.push(`${from}–${to}`);
      const lacking = within(from, to).filter(({ name }) => !there.has(name));
      await made.write(lacking);
      for (const { name } of lacking) there.add(name);
    },
  });
  const statistics = statisticsOf(made.vectors(0, 0, 6), firstPosition);
  /** R14 in a plain loop. */
  const h = (x: number[]): number[] =>
    inputScale === "raw"
      ? x
      : inputScale === "sqrtWidth"
        ? x.map((value) => (value * Math.sqrt(d_in)) / statistics.meanNorm)
        : x.map((value, i) => (value - statistics.mean[i]) * statistics.scale);
  const kept = (split: 0 | 1, from: number, to: number): number[][] =>
    made.vectors(split, from, to).filter(statistics.isKept).map(h);
  return { activations, asked, ensured, kept, of: made.of };
}

test("Reading R21: norms over 10 × the first fill's median are in neither the first fill nor the test part", async () => {
  const { activations, ensured, kept } = await streamed();
  const [train, held] = [kept(0, 0, 6), kept(1, 0, 5)];
  assert.deepEqual([train.length, held.length], [18 - 2, 15 - 2], "two sinks in each");
  assert.equal(activations.train.length, train.length * d_in);
  assertNear(activations.train, train.flat(), 1e-6);
  assert.equal(activations.test.length, held.length * d_in);
  assertNear(activations.test.subarray(), held.flat(), 1e-5);
  assert.equal(activations.d_in, d_in);
  assert.deepEqual(ensured, ["0–6"], "two halves are captured, no more");
});

for (const inputScale of ["unitMeanSquare", "sqrtWidth", "raw"] as const)
  test(`Reading R21 kept: all vectors are in both parts, sinks too, as R14 ${inputScale} has them`, async () => {
    const { activations, kept } = await streamed({ firstPosition: "kept", inputScale });
    const [train, held] = [kept(0, 0, 6), kept(1, 0, 5)];
    assert.deepEqual([train.length, held.length], [18, 15]);
    assertNear(activations.train, train.flat(), 1e-5);
    assertNear(activations.test.subarray(), held.flat(), 1e-5);
  });

test("any numbers of the test part are those of the whole, across pieces and from any one on", async () => {
  const { activations } = await streamed();
  const { test: held } = activations;
  const all = held.subarray();
  for (let from = 0; from <= all.length; from++) {
    assert.deepEqual(held.subarray(from), all.subarray(from));
    for (let to = from; to <= all.length; to += 3) assert.deepEqual(held.subarray(from, to), all.subarray(from, to));
  }
});

test("of the test part those pieces are read that are asked for, and a piece once for many numbers", async () => {
  const { activations, of } = await streamed();
  const { test: held } = activations;
  const all = held.subarray();
  const remove = (piece: number) =>
    rmSync(pieceFile(layerFolder(of.folder, of.layer), of.pieces[1][piece]), { force: true });
  // Sequences 7 and 8 are in the first piece, and their six vectors are kept.
  const begins = 6 * d_in;
  remove(0);
  const vector = held.subarray(begins, begins + d_in);
  assert.deepEqual(vector, all.subarray(begins, begins + d_in));
  assert.throws(() => held.subarray(begins - 1, begins), /test-00000.arrow: expected/);
  held.subarray(begins, begins + 1);
  remove(1);
  assert.deepEqual(held.subarray(begins, begins + d_in), vector, "it is held");
});

/** Numbers that float32 has exactly: `size` along one axis. */
const along = (axis: number, size: number): number[] => Array.from({ length: d_in }, (_, i) => (i === axis ? size : 0));

test("a norm of exactly 10 × the median is kept in every part, one above it in none", async () => {
  const over = Math.fround(10 + 2 ** -10);
  const vectorOf: VectorOf = (sequence, place) =>
    along((sequence + place) % d_in, place > 0 ? 1 : [10, over, 1][sequence % 3]);
  const { activations, kept } = await streamed({ vectorOf, inputScale: "raw" });
  assert.deepEqual([...activations.train], kept(0, 0, 6).flat());
  assert.deepEqual([...activations.test.subarray()], kept(1, 0, 5).flat());
  assert.deepEqual([kept(0, 0, 6).length, kept(1, 0, 5).length], [16, 13]);
});

/** A vector as text, to find it among others. */
const named = (vector: ArrayLike<number>): string => Array.from(vector, (value) => value.toFixed(4)).join(" ");

test("a refill brings the next half, the short one behind the fill and then the first again, without their sinks", async () => {
  const { activations, asked, ensured, kept } = await streamed();
  const buffer = activations.buffer!;
  assert.equal(buffer.vectors.length, 2 * half * 3 * d_in, "room for two halves");
  const draw = { batchSize: 2, seed: 1 };
  const epoch = kept(0, 0, 7).map(named);
  assert.equal(epoch.length, 21 - 3);
  const drawn: string[] = [];
  for (let t = 0; t < 24; t++) {
    await buffer.ready(t, draw);
    for (const slot of buffer.indices(t, draw))
      drawn.push(named(buffer.vectors.subarray(slot * d_in, (slot + 1) * d_in)));
  }
  assert.deepEqual([...new Set(drawn)].sort(), epoch.sort(), "every vector that is kept is drawn in time, no other");
  assert.deepEqual(ensured, ["0–6", "6–7"]);
  assert.deepEqual([...asked].sort(), ["0–3", "3–6", "6–7"]);
});
