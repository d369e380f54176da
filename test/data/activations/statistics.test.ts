import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { SncError } from "../../../src/base/errors.js";
import { squaredNorms } from "../../../src/data/activations/norms.js";
import { layerFolder } from "../../../src/data/activations/pieces.js";
import {
  fillStatistics,
  inputScalingBy,
  type VectorStatistics,
  vectorStatistics,
} from "../../../src/data/activations/statistics.js";
import { planted, statisticsOf, type VectorOf, vectorOfNorm } from "../../helpers/planted-pieces.js";
import { assertNear } from "../../helpers/stubs.js";

const root = mkdtempSync(path.join(tmpdir(), "snc-statistics-"));
after(() => rmSync(root, { recursive: true }));

const d_in = 5;
const shape = { layer: 3, d_in, perSequence: 3, counts: [8, 4], size: 3 } as const;

/**
 * The first four training sequences, one of which ends a piece and one begins the next: norms about 1, an attention sink of
 * 50 and one of 9, which is kept. Later ones and those for testing have other norms: they must not be seen.
 */
const withSinks: VectorOf = (sequence, place) => {
  const name = `${sequence}/${place}`;
  const norm = name === "1/2" || name === "3/0" ? 50 : name === "2/1" ? 9 : 0.8 + 0.1 * ((5 * sequence + place) % 5);
  return vectorOfNorm(sequence < 4 ? norm : 40, d_in, name);
};

let folders = 0;
async function plant(vectorOf: VectorOf) {
  const made = planted({ folder: path.join(root, String(folders++)), ...shape }, vectorOf);
  await made.write(made.of.pieces[0]);
  return made;
}

function assertStatistics(found: VectorStatistics, expected: ReturnType<typeof statisticsOf>): void {
  assertNear([found.medianNorm, found.meanNorm], [expected.medianNorm, expected.meanNorm], 1e-9);
  assertNear(found.mean, expected.mean, 1e-9);
  assertNear([found.scale], [expected.scale], 1e-9);
}

test("Reading R21 dropped: statistics of a first fill leave out norms over 10 × its median, and see nothing behind it", async () => {
  const { of, vectors } = await plant(withSinks);
  const expected = statisticsOf(vectors(0, 0, 4), "dropped");
  assert.equal(expected.kept.length, 4 * 3 - 2, "two sinks are planted");
  const found = await fillStatistics(of, 4, "dropped");
  assertStatistics(found, expected);
  assertNear([found.largestSquare], [(10 * expected.medianNorm) ** 2], 1e-9);
});

test("Reading R21 kept: statistics of all vectors, sinks too", async () => {
  const { of, vectors } = await plant(withSinks);
  const found = await fillStatistics(of, 4, "kept");
  assertStatistics(found, statisticsOf(vectors(0, 0, 4), "kept"));
  assert.equal(found.largestSquare, Number.POSITIVE_INFINITY);
});

test("a fill's statistics are kept beside its vectors, to the last bit; another fill has others", async () => {
  const { of, vectors } = await plant(withSinks);
  const [four, six] = [await fillStatistics(of, 4, "dropped"), await fillStatistics(of, 6, "dropped")];
  assertStatistics(six, statisticsOf(vectors(0, 0, 6), "dropped"));
  for (const { name } of of.pieces[0]) rmSync(path.join(layerFolder(of.folder, of.layer), `${name}.arrow`));
  const again = await fillStatistics(of, 4, "dropped");
  assert.deepEqual({ ...again, mean: [...again.mean] }, { ...withoutCount(four), mean: [...four.mean] });
  assert.equal((await fillStatistics(of, 6, "dropped")).scale, six.scale);
});

function withoutCount(statistics: VectorStatistics): VectorStatistics {
  const { medianNorm, largestSquare, mean, meanNorm, scale } = statistics;
  return { medianNorm, largestSquare, mean, meanNorm, scale };
}

test("kept statistics that somebody has changed are refused, with what to do", async () => {
  const { of } = await plant(withSinks);
  await fillStatistics(of, 4, "dropped");
  const file = path.join(layerFolder(of.folder, of.layer), "first-4.json");
  writeFileSync(file, readFileSync(file, "utf8").replace(/"scale": 0\./, '"scale": 1.'));
  await assert.rejects(fillStatistics(of, 4, "dropped"), (error: Error) => {
    assert.ok(error instanceof SncError && error.failure === "input");
    assert.ok(error.message.startsWith(`${file}: expected sha256`), error.message);
    return /Delete it and run: snc activations$/.test(error.message);
  });
});

/** Norms that float32 has exactly: `size` along one axis. */
const along = (axis: number, size: number): number[] => Array.from({ length: d_in }, (_, i) => (i === axis ? size : 0));

test("a norm of exactly 10 × the median is kept, one above it is not", async () => {
  const over = Math.fround(10 + 2 ** -10);
  const { of, vectors } = await plant((sequence, place) =>
    along((sequence + place) % d_in, place > 0 ? 1 : [10, over, 1, 1][sequence % 4]),
  );
  const expected = statisticsOf(vectors(0, 0, 4), "dropped");
  assert.equal(expected.medianNorm, 1);
  assert.equal(expected.kept.length, 4 * 3 - 1);
  assertStatistics(await fillStatistics(of, 4, "dropped"), expected);
});

/** The statistics of these vectors, none left out. */
function statisticsIn(vectors: number[][]) {
  const statistics = vectorStatistics(d_in, "kept");
  const values = Float32Array.from(vectors.flat());
  const squares = squaredNorms(values, d_in);
  for (const square of squares) statistics.seeNorm(square);
  for (const [i, square] of squares.entries()) statistics.see(values, i * d_in, square);
  return statistics.result("layer 3");
}

test("vectors that are all the same have no scale: an error that names them", () => {
  assert.throws(
    () => statisticsIn([along(1, 2), along(1, 2), along(1, 2)]),
    /^SncError: layer 3: expected training vectors that differ, found a variance of 0$/,
  );
  const { scale, count } = statisticsIn([along(1, 2), along(1, 2.5)]); // E‖x − mean‖² = 1/16
  assert.deepEqual([scale, count], [4, 2]);
});

test("Reading R14 by these statistics: centred by their mean, or by their mean norm alone", () => {
  const statistics = statisticsIn([along(0, 3), along(1, 1), along(2, 2)]);
  const { mean, scale } = inputScalingBy(statistics, "unitMeanSquare");
  assertNear([...Array.from(mean), scale], [1, 1 / 3, 2 / 3, 0, 0, 1 / Math.sqrt(14 / 3 - 14 / 9)], 1e-9);
  const byWidth = inputScalingBy(statistics, "sqrtWidth");
  assertNear([...Array.from(byWidth.mean), byWidth.scale], [0, 0, 0, 0, 0, Math.sqrt(5) / 2], 1e-9);
  assert.equal(inputScalingBy(statistics, "raw").scale, 1);
});
