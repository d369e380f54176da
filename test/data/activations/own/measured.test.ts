import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { SncError } from "../../../../src/base/errors.js";
import { loadLayer, type OwnLayer, statisticsOfLayer } from "../../../../src/data/activations/own/measured.js";
import { openNpy } from "../../../../src/data/activations/own/npy.js";
import { inputScalingOf } from "../../../../src/data/activations/scale.js";
import { inputScalingBy } from "../../../../src/data/activations/statistics.js";
import { countingReporter } from "../../../helpers/counting-reporter.js";
import { npyBytes, written } from "../../../helpers/own-files.js";
import { statisticsOf, vectorOfNorm } from "../../../helpers/planted-pieces.js";
import { assertNear } from "../../../helpers/stubs.js";

const root = mkdtempSync(path.join(tmpdir(), "snc-measured-"));
after(() => rmSync(root, { recursive: true }));

/** A layer of these vectors, those of `tests` for testing. */
async function layerOf(vectors: number[][], tests: number[], changed: Partial<OwnLayer> = {}, descr = "<f4") {
  const of = await openNpy(await written(path.join(root, "a.npy"), npyBytes(vectors, { descr })));
  const split = Int8Array.from(vectors, (_, row) => (tests.includes(row) ? 1 : 0));
  const { report, counted, lines } = countingReporter();
  const layer: OwnLayer = { ...{ layer: 6, of, split, firstPosition: "dropped", batchSize: 2, report }, ...changed };
  return { layer, counted, lines };
}

/** Training norms of about 1 with a sink of 20, test norms of about 8 with one of 11: the median of all is near 8. */
const norms = [1, 8, 0.9, 20, 1.1, 11, 8.2, 1, 7.9, 0.8, 8.1];
const tests = [1, 5, 6, 8, 10];
const vectors = norms.map((norm, row) => [...Float32Array.from(vectorOfNorm(norm, 4, `row ${row}`))]);

for (const firstPosition of ["dropped", "kept"] as const)
  test(`Reading R21 ${firstPosition}: who stays, the mean and the scale, as a plain loop has them`, async () => {
    const { layer, counted, lines } = await layerOf(vectors, tests, { firstPosition });
    const set = await loadLayer(layer);
    const training = vectors.filter((_, row) => !tests.includes(row));
    const expected = statisticsOf(training, firstPosition);
    const held = vectors.filter((vector, row) => tests.includes(row) && expected.isKept(vector));
    assert.deepEqual([expected.kept.length, held.length], firstPosition === "dropped" ? [5, 4] : [6, 5]);
    assert.deepEqual([...set.train], expected.kept.flat());
    assert.deepEqual([...set.test], held.flat());
    assert.deepEqual([set.d_in, set.trainCount, set.testCount], [4, expected.kept.length, held.length]);
    assertNear([...set.mean, set.scale], [...expected.mean, expected.scale], 1e-12);
    const counts = `layer 6: ${expected.kept.length} training and ${held.length} test vectors of width 4`;
    const leftOut = "; 2 left out for a norm over 10 × the median (Reading R21)";
    assert.deepEqual(lines, [firstPosition === "dropped" ? counts + leftOut : counts]);
    assert.deepEqual(counted, { total: 22, done: 22, begun: 1, finished: 1 });
  });

test("the statistics alone are those of the loaded layer, for each reading of R14", async () => {
  const { layer } = await layerOf(vectors, tests);
  const [set, statistics] = [await loadLayer(layer), await statisticsOfLayer(layer)];
  for (const inputScale of ["unitMeanSquare", "sqrtWidth", "raw"] as const) {
    const [by, of] = [inputScalingBy(statistics, inputScale), inputScalingOf(set, inputScale)];
    assert.deepEqual([...Array.from(by.mean), by.scale], [...Array.from(of.mean), of.scale]);
  }
});

async function assertRefused({ layer, counted }: Awaited<ReturnType<typeof layerOf>>, message: RegExp): Promise<void> {
  await assert.rejects(loadLayer(layer), (error) => {
    assert.ok(error instanceof SncError && error.exitCode === 5, String(error));
    assert.match(error.message, message);
    return true;
  });
  assert.equal(counted.finished, counted.begun);
}

for (const [value, said] of [
  [Number.NaN, "NaN"],
  [Number.POSITIVE_INFINITY, "Infinity"],
  [Number.NEGATIVE_INFINITY, "-Infinity"],
] as const)
  test(`refused: ${said}, with its row and column, in training and in test`, async () => {
    for (const row of [5, 9]) {
      const damaged = vectors.with(row, [1, 2, 3, value]);
      const where = `a\\.npy: expected finite numbers, found ${said} in row ${row}, column 3 \\(both counted from 0\\)`;
      await assertRefused(await layerOf(damaged, tests), new RegExp(where));
    }
  });

test("refused: a float64 that float32 has not", async () => {
  const message = /expected numbers that are finite in float32, found Infinity in row 4, column 0/;
  await assertRefused(await layerOf(vectors.with(4, [1e39, 0, 0, 0]), tests, {}, "<f8"), message);
});

test("the largest numbers of float32 are kept: their squares do not overflow", async () => {
  const large = [
    [3e38, -3e38],
    [-3e38, 3e38],
    [3e38, 3e38],
  ];
  const { layer } = await layerOf(large, [2]);
  assert.deepEqual([...(await loadLayer(layer)).train], large.slice(0, 2).flat().map(Math.fround));
});

test("refused: fewer training vectors than a batch, before and after those of outstanding norm are left out", async () => {
  const before =
    /expected 7 training vectors, one batch, or more \(layer 6\), found 5 for training and 4 for testing \(2 left out, R21\)/;
  await assertRefused(await layerOf(vectors, tests, { batchSize: 7 }), before);
  await assertRefused(await layerOf(vectors, tests, { batchSize: 6 }), /expected 6 training vectors.*found 5 for/);
  await loadLayer((await layerOf(vectors, tests, { batchSize: 5 })).layer);
});

test("refused: no test vectors, and all of them left out", async () => {
  const message =
    /expected test vectors \(layer 6\), found 10 for training and 0 for testing \(1 left out, R21\)\. Take another share/;
  await assertRefused(await layerOf(vectors.with(0, [300, 300, 300, 300]), [0]), message);
});

test("refused: training vectors that are all equal, also where only those of testing or those left out differ", async () => {
  const message = /expected training vectors that differ \(layer 6\), found equal ones/;
  const equal = Array.from({ length: 8 }, () => [1.5, -2, 0.25]);
  await assertRefused(await layerOf(equal, [3]), message);
  await assertRefused(await layerOf(equal.with(3, [1, 2, 3]), [3]), message);
  await assertRefused(await layerOf(equal.with(4, [100, 0, 0]), [3]), message);
  await assertRefused(
    await layerOf(
      equal.map(() => [0, 0, 0]),
      [3],
    ),
    message,
  );
  const rounded = Array.from({ length: 8 }, () => [0.1, 0.2, 0.7]); // E‖x‖² − ‖mean‖² is above 0 by rounding
  await assertRefused(await layerOf(rounded, [3]), message);
  await loadLayer((await layerOf(equal.with(7, [1.5, -2, 0.5]), [3])).layer);
});

test("refused: vectors that differ by less than float64 tells beside their size", async () => {
  const nearly = Array.from({ length: 1000 }, (_, row) => [row === 7 ? 5e9 + 512 : 5e9]);
  await assertRefused(
    await layerOf(nearly, [3]),
    /expected training vectors that differ \(layer 6\), found equal ones/,
  );
});

test("a stop is heard", async () => {
  const signal = AbortSignal.abort(new SncError("interrupted", "stopped by the test"));
  const { layer, counted } = await layerOf(vectors, tests, { signal });
  await assert.rejects(loadLayer(layer), /stopped by the test/);
  assert.equal(counted.finished, 1);
});
