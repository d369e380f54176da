import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { openNpy } from "../../../../src/data/activations/own/npy.js";
import { vectorsOf } from "../../../../src/data/activations/own/vector-file.js";
import { npyBytes, numberAt, rowsOfNumbers, written } from "../../../helpers/own-files.js";

const root = mkdtempSync(path.join(tmpdir(), "snc-vectors-"));
after(() => rmSync(root, { recursive: true }));

const [rows, d_in] = [11, 3];

/** The parts in which a file's vectors come: the row of the first, and the vectors. */
async function partsOf(bytes: Uint8Array, numbersAtATime: number): Promise<[first: number, numbers: number[]][]> {
  const of = await openNpy(await written(path.join(root, "a.npy"), bytes));
  const parts: [number, number[]][] = [];
  for await (const { first, vectors } of vectorsOf(of, undefined, numbersAtATime)) parts.push([first, [...vectors]]);
  return parts;
}

/** Rows in parts of `size`, in a plain loop. */
function expectedParts(size: number): [first: number, numbers: number[]][] {
  const parts: [number, number[]][] = [];
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < d_in; column++) {
      if (row % size === 0 && column === 0) parts.push([row, []]);
      parts[parts.length - 1][1].push(numberAt(row, column));
    }
  return parts;
}

for (const fortran of [false, true])
  test(`vectors come in parts, each row once and in order${fortran ? ", from Fortran's order" : ""}`, async () => {
    for (const descr of ["<f2", "<f4", ">f8"]) {
      const bytes = npyBytes(rowsOfNumbers(rows, d_in), { descr, fortran });
      for (const [numbers, size] of [
        [12, 4],
        [14, 4],
        [33, 11],
        [34, 11],
        [1000, 11],
        [3, 1],
        [2, 1],
      ])
        assert.deepEqual(await partsOf(bytes, numbers), expectedParts(size), `${numbers} numbers at a time`);
    }
  });

test("a stop is heard between parts", async () => {
  const file = await written(path.join(root, "b.npy"), npyBytes(rowsOfNumbers(4, 2)));
  const stop = new AbortController();
  const parts = vectorsOf(
    {
      ...(await openNpy(file)),
      blocks: [
        { rows: 2, at: 128 },
        { rows: 2, at: 144 },
      ],
    },
    stop.signal,
  );
  assert.equal((await parts.next()).value!.first, 0);
  stop.abort();
  await assert.rejects(parts.next(), /stopped on request/);
});

test("a file that shrinks while it is read is told by name, with what a user can do", async () => {
  const file = await written(path.join(root, "c.npy"), npyBytes(rowsOfNumbers(4, 2)));
  const of = await openNpy(file);
  await written(file, npyBytes(rowsOfNumbers(3, 2)));
  await assert.rejects(
    vectorsOf(of).next(),
    /c\.npy: expected 32 bytes from byte 128, found 24\. Write the file again$/,
  );
});
