import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { Float64 } from "apache-arrow";
import { int32, vectorRows, writeArrowFile } from "../../../src/base/arrow-file.js";
import { SncError } from "../../../src/base/errors.js";
import { recordHash } from "../../../src/base/recorded.js";
import { activationColumns, loadActivations, madeByCapture } from "../../../src/data/activations/activation-file.js";

const root = mkdtempSync(path.join(tmpdir(), "snc-activation-file-"));
after(() => rmSync(root, { recursive: true }));

const d_in = 3;
const columns = activationColumns(d_in, ["a"]);
const mean = Float64Array.of(0.5, -2, 1 / 3);
const base64 = (values: Float64Array): string => Buffer.from(values.buffer).toString("base64");
const metadata = { model: "toy", d_in: "3", trainCount: "4", testCount: "5", mean: base64(mean), scale: "0.25" };

/** Row r has the vector (3r, 3r + 1, 3r + 2). */
const vectorOf = (row: number): number[] => [3 * row, 3 * row + 1, 3 * row + 2];
function batchOf(rows: readonly number[], splits: readonly (0 | 1)[]) {
  const n = rows.length;
  return {
    vector: Float32Array.from(rows.flatMap(vectorOf)),
    source: new Int8Array(n),
    split: Int8Array.from(splits),
    document: new Int32Array(n),
    sequence: new Int32Array(n),
    position: new Int16Array(n),
    token: new Int32Array(n),
  };
}

/** Nine rows in three batches; splits begin, end and change within them. */
const batches = [batchOf([0, 1, 2, 3], [0, 1, 1, 0]), batchOf([4], [1]), batchOf([5, 6, 7, 8], [1, 1, 0, 0])];

let files = 0;
async function written(changes: Record<string, string | undefined> = {}, replaced: object = {}, parts = batches) {
  const file = path.join(root, `${files++}.arrow`);
  const entries = Object.entries({ ...metadata, ...changes }).filter(([, value]) => value !== undefined);
  await writeArrowFile(
    file,
    { ...columns, ...replaced } as never,
    new Map(entries as [string, string][]),
    async (append) => {
      for (const part of parts) await append(part as never);
    },
  );
  await recordHash(file);
  return file;
}

test("training and test vectors come apart in the order of the file, whole runs and single ones", async () => {
  const set = await loadActivations(await written());
  assert.deepEqual([...set.train], [0, 3, 7, 8].flatMap(vectorOf));
  assert.deepEqual([...set.test], [1, 2, 4, 5, 6].flatMap(vectorOf));
  assert.deepEqual([set.d_in, set.trainCount, set.testCount, set.scale], [3, 4, 5, 0.25]);
  assert.deepEqual(set.mean, mean, "to the last bit");
  assert.equal(set.metadata.get("model"), "toy");
});

async function refused(file: string, message: string): Promise<void> {
  await assert.rejects(loadActivations(file), (error: Error) => {
    assert.ok(error instanceof SncError && error.failure === "input", String(error.stack));
    assert.equal(error.message, `${file}: ${message}. Run: snc activations`);
    return true;
  });
}

test("more or fewer vectors than the file says are refused with both counts", async () => {
  const says = (train: number, held: number) => `expected ${train} training and ${held} test vectors, found`;
  const of = (trainCount: number, testCount: number) =>
    written({ trainCount: String(trainCount), testCount: String(testCount) });
  await refused(await of(3, 5), `${says(3, 5)} more`);
  await refused(await of(4, 4), `${says(4, 4)} more`);
  await refused(await of(5, 5), `${says(5, 5)} 4 and 5`);
  await refused(await of(4, 6), `${says(4, 6)} 4 and 5`);
  await refused(await of(5, 4), `${says(5, 4)} more`);
});

test("counts that no file of this size can hold are refused before memory is asked for", async () => {
  for (const [train, held] of [
    ["4", "1000000000000"],
    ["1000000000000", "5"],
  ]) {
    const file = await written({ trainCount: train, testCount: held });
    await assert.rejects(
      loadActivations(file),
      new RegExp(`expected ${train} training and ${held} test vectors, found a file of \\d+ bytes`),
    );
  }
  const one = await written({ trainCount: "1", testCount: "1" }, {}, [batchOf([0, 1], [0, 1])]);
  assert.equal((await loadActivations(one)).train.length, 3, "a file that is mostly vectors is not");
});

test("numbers that are none, not above 0 or not whole where they count are refused by name", async () => {
  for (const [key, what] of [
    ["trainCount", "whole number"],
    ["testCount", "whole number"],
    ["d_in", "whole number"],
    ["scale", "number"],
  ])
    for (const value of ["0", "-1", "NaN", "Infinity", "x", undefined])
      await refused(
        await written({ [key]: value }),
        `expected a ${what} above 0 for ${key} (toy), found ${value ?? "none"}`,
      );
  await refused(
    await written({ trainCount: "4.5" }),
    "expected a whole number above 0 for trainCount (toy), found 4.5",
  );
});

test("a mean of another length is refused; a file that names no model is one of a model", async () => {
  await refused(await written({ mean: base64(new Float64Array(4)) }), "expected a mean of 3 numbers (toy), found 4");
  await refused(await written({ mean: base64(new Float64Array(2)) }), "expected a mean of 3 numbers (toy), found 2");
  await refused(await written({ mean: undefined }), "expected a mean of 3 numbers (toy), found 0");
  await refused(
    await written({ model: undefined, mean: undefined }),
    "expected a mean of 3 numbers (a model), found 0",
  );
});

test("columns of another type are refused with both", async () => {
  const wide = batches.map((batch) => ({ ...batch, vector: Float64Array.from(batch.vector) }));
  await refused(
    await written({}, { vector: vectorRows(new Float64() as never, d_in) }, wide as never),
    "expected column vector of FixedSizeList[3]<Float32> (toy), found FixedSizeList[3]<Float64>",
  );
  const flat = batches.map((batch) => ({ ...batch, vector: batch.token }));
  await refused(
    await written({}, { vector: int32 }, flat as never),
    "expected column vector of FixedSizeList[3]<Float32> (toy), found Int32",
  );
  const longer = batches.map((batch) => ({ ...batch, position: Int32Array.from(batch.position) }));
  await refused(
    await written({}, { position: int32 }, longer as never),
    "expected column position of Int16 (toy), found Int32",
  );
  await refused(await written({ d_in: "2", mean: base64(new Float64Array(2)) }), "expected d_in = 2 (toy), found 3");
});

test("a damaged file has to go with its sha256 before it is made again", () => {
  assert.deepEqual(madeByCapture("cache/layer-3.arrow"), {
    by: "snc activations",
    next: "Delete it and layer-3.arrow.sha256. Run: snc activations",
  });
  assert.deepEqual(Object.keys(columns), ["vector", "source", "split", "document", "sequence", "position", "token"]);
});
