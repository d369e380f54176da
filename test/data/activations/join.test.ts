import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { tableFromIPC } from "apache-arrow";
import { recordHash } from "../../../src/base/recorded.js";
import { type ActivationRows, loadActivations } from "../../../src/data/activations/activation-file.js";
import { joinPieces } from "../../../src/data/activations/join.js";
import { writePiece } from "../../../src/data/activations/pieces.js";
import { normOf, statisticsOf, vectorOfNorm } from "../../helpers/planted-pieces.js";
import { assertNear } from "../../helpers/stubs.js";

const root = mkdtempSync(path.join(tmpdir(), "snc-join-"));
after(() => rmSync(root, { recursive: true }));

const d_in = 3;
const sources = ["first", "second"];

interface Row {
  vector: number[];
  split: 0 | 1;
}

/** Rows whose other columns are all different, so that a row in another's place shows. */
const columnsOf = (rows: readonly Row[], start: number): ActivationRows => ({
  vector: Float32Array.from(rows.flatMap(({ vector }) => vector)),
  source: Int8Array.from(rows, (_, i) => (start + i) % 2),
  split: Int8Array.from(rows, ({ split }) => split),
  document: Int32Array.from(rows, (_, i) => 1000 + start + i),
  sequence: Int32Array.from(rows, (_, i) => 2000 + start + i),
  position: Int16Array.from(rows, (_, i) => 3000 + start + i),
  token: Int32Array.from(rows, (_, i) => 4000 + start + i),
});

let files = 0;

/** Joins pieces of these rows; returns the file. */
async function joined(pieces: readonly Row[][], firstPosition: "dropped" | "kept" = "dropped"): Promise<string> {
  const names: string[] = [];
  let start = 0;
  for (const rows of pieces) {
    const name = path.join(root, `${files++}.arrow`);
    await writePiece(name, d_in, sources, columnsOf(rows, start), "float32");
    names.push(name);
    start += rows.length;
  }
  const file = path.join(root, `${files++}.arrow`);
  await joinPieces(file, names, { d_in, sources, firstPosition, about: { model: "toy" } });
  await recordHash(file);
  return file;
}

const row = (split: 0 | 1, norm: number, name: string): Row => ({ split, vector: vectorOfNorm(norm, d_in, name) });

/** Six training vectors of norm about 1 and a sink of 20; nine test vectors of norm about 8, a sink of 11: the median of all is 8. */
const otherNorms: Row[][] = [
  [row(0, 1, "a"), row(1, 8, "b"), row(1, 7.9, "c"), row(0, 20, "d"), row(0, 0.9, "e"), row(1, 8.1, "f")],
  [row(1, 8, "g"), row(1, 7, "h"), row(1, 8.2, "i")],
  [row(0, 1.1, "j"), row(1, 11, "k"), row(0, 1, "l"), row(1, 8.3, "m"), row(0, 0.8, "n"), row(1, 7.7, "o")],
  [row(1, 8.4, "p"), row(0, 1.05, "q")],
];
const vectorsOf = (pieces: readonly Row[][], split: number): number[][] =>
  pieces.flat().flatMap((one) => (one.split === split ? [[...Float32Array.from(one.vector)]] : []));

for (const firstPosition of ["dropped", "kept"] as const)
  test(`Reading R21 ${firstPosition}: median, mean and scale are the training part's, whatever norms the test part has`, async () => {
    const file = await joined(otherNorms, firstPosition);
    const expected = statisticsOf(vectorsOf(otherNorms, 0), firstPosition);
    const held = vectorsOf(otherNorms, 1).filter(expected.isKept);
    assert.deepEqual([expected.kept.length, held.length], firstPosition === "dropped" ? [6, 9] : [7, 10]);
    const set = await loadActivations(file);
    assert.deepEqual([set.trainCount, set.testCount], [expected.kept.length, held.length]);
    assert.deepEqual([...set.train], expected.kept.flat());
    assert.deepEqual([...set.test], held.flat());
    assertNear([...set.mean, set.scale], [...expected.mean, expected.scale], 1e-9);
    assertNear([Number(set.metadata.get("medianNorm"))], [expected.medianNorm], 1e-9);
    assert.equal(set.metadata.get("leftOutForNorm"), firstPosition === "dropped" ? "2" : "0");
    assert.equal(set.metadata.get("model"), "toy");
  });

test("a row that stays keeps all its columns, in the order of the pieces", async () => {
  const table = tableFromIPC(readFileSync(await joined(otherNorms)));
  const all = otherNorms.flat();
  const stays = [...all.keys()].filter((i) => ![3, 10].includes(i));
  assert.equal(table.numRows, stays.length);
  for (const [at, i] of stays.entries()) {
    const { vector, ...rest } = table.get(at)!.toJSON();
    assert.deepEqual([...vector], [...Float32Array.from(all[i].vector)]);
    const names = { source: sources[i % 2], split: ["train", "test"][all[i].split] };
    const numbers = { document: 1000 + i, sequence: 2000 + i, position: 3000 + i, token: 4000 + i };
    assert.deepEqual(rest, { ...names, ...numbers });
  }
  assert.deepEqual(
    table.batches.map(({ numRows }) => numRows),
    [5, 3, 5, 2],
    "a record batch for each piece",
  );
});

/** Norms that float32 has exactly. */
const along = (split: 0 | 1, axis: number, size: number): Row => ({
  split,
  vector: Array.from({ length: d_in }, (_, i) => (i === axis ? size : 0)),
});

test("a norm of exactly 10 × the median is kept in both parts, one above it in none", async () => {
  const over = Math.fround(10 + 2 ** -10);
  const pieces = [
    [along(0, 0, 1), along(0, 1, 1), along(0, 2, 10), along(1, 0, 10), along(1, 1, over)],
    [along(0, 1, over), along(0, 0, 1), along(1, 2, 3)],
  ];
  const { train, test: held } = await loadActivations(await joined(pieces));
  const normsOf = (values: Float32Array): number[] =>
    Array.from({ length: values.length / d_in }, (_, i) => normOf([...values.subarray(i * d_in, (i + 1) * d_in)]));
  assert.deepEqual(
    [normsOf(train), normsOf(held)],
    [
      [1, 1, 10, 1],
      [10, 3],
    ],
  );
});

test("a piece whose sha256 nobody recorded is not joined", async () => {
  const name = path.join(root, "unrecorded.arrow");
  await writePiece(name, d_in, sources, columnsOf(otherNorms[0], 0), "float32");
  rmSync(`${name}.sha256`);
  const options = { d_in, sources, firstPosition: "kept", about: {} } as const;
  await assert.rejects(
    joinPieces(path.join(root, "joined.arrow"), [name], options),
    /unrecorded.arrow: expected the sha256 that snc activations recorded of it, found none/,
  );
});
