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

/** More numbers than are read at a time. */
const [rows, d_in] = [1_500_000, 3];

for (const fortran of [false, true])
  test(`more than is read at a time comes in parts, each row once and in order${fortran ? ", from Fortran's order" : ""}`, async () => {
    const file = await written(
      path.join(root, "a.npy"),
      npyBytes(rowsOfNumbers(rows, d_in), { descr: "<f2", fortran }),
    );
    const firsts: number[] = [];
    let row = 0;
    for await (const { first, vectors } of vectorsOf(await openNpy(file))) {
      firsts.push(first);
      assert.equal(first, row);
      for (let i = 0; i < vectors.length; i++)
        if (vectors[i] !== numberAt(first + Math.floor(i / d_in), i % d_in)) assert.fail(`row ${row}, number ${i}`);
      row += vectors.length / d_in;
    }
    assert.equal(row, rows);
    assert.deepEqual(firsts, [0, Math.floor(2 ** 22 / d_in)]);
  });

test("vectors wider than is read at a time come one by one", async () => {
  const wide = Array.from({ length: 3 }, (_, row) => new Array(2 ** 22 + 1).fill(row + 1) as number[]);
  const file = await written(path.join(root, "wide.npy"), npyBytes(wide, { descr: "<f2" }));
  const found: number[][] = [];
  for await (const { first, vectors } of vectorsOf(await openNpy(file)))
    found.push([first, vectors.length, vectors[0], vectors[vectors.length - 1]]);
  assert.deepEqual(
    found,
    [0, 1, 2].map((row) => [row, 2 ** 22 + 1, row + 1, row + 1]),
  );
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
