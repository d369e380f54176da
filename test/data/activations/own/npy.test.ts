import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { SncError } from "../../../../src/base/errors.js";
import { openNpy } from "../../../../src/data/activations/own/npy.js";
import { type NpyForm, npyBytes, rowsOf, rowsOfNumbers, written } from "../../../helpers/own-files.js";

const root = mkdtempSync(path.join(tmpdir(), "snc-npy-"));
after(() => rmSync(root, { recursive: true }));

const save = (bytes: Uint8Array) => written(path.join(root, "a.npy"), bytes);
const vectors = rowsOfNumbers(7, 3);

for (const descr of ["<f2", "<f4", "<f8", ">f2", ">f4", ">f8"])
  for (const fortran of [false, true])
    test(`${descr} in ${fortran ? "Fortran's" : "C's"} order, of versions 1 to 3`, async () => {
      for (const version of [1, 2, 3]) {
        const of = await openNpy(await save(npyBytes(vectors, { descr, fortran, version })));
        assert.deepEqual([of.rows, of.d_in, of.column, of.split, of.document], [7, 3, undefined, undefined, undefined]);
        assert.deepEqual(await rowsOf(of), vectors);
      }
    });

test("float64 is rounded to the nearest float32", async () => {
  const values = [
    [0.1, 1 + 2 ** -24, 1 + 2 ** -24 + 2 ** -40],
    [1e-46, -1e-45, 3.4028234e38],
  ];
  const read = await rowsOf(await openNpy(await save(npyBytes(values, { descr: "<f8" }))));
  assert.deepEqual(
    read,
    values.map((row) => row.map(Math.fround)),
  );
  assert.deepEqual(read[0].slice(1), [1, 1 + 2 ** -23], "ties to even");
});

test("a head by another writer: double quotes, other order, no comma at the end, a long of Python 2", async () => {
  for (const head of [
    `{"shape": (7, 3), "fortran_order": False, "descr": "<f4"}`,
    `{'fortran_order':False,'shape':(7L,3L),'descr':'<f4'}`,
  ])
    assert.deepEqual(await rowsOf(await openNpy(await save(npyBytes(vectors, { head })))), vectors);
});

async function assertRefused(bytes: Uint8Array, message: RegExp): Promise<void> {
  await assert.rejects(openNpy(await save(bytes)), (error) => {
    assert.ok(error instanceof SncError && error.exitCode === 5, String(error));
    assert.match(error.message, message);
    assert.doesNotMatch(error.message, /snc inputs/);
    return true;
  });
}

const wrong: [what: string, form: NpyForm, message: RegExp][] = [
  [
    "one dimension",
    { shape: "(21,)" },
    /expected an array of two dimensions .*, found shape \(21\)\. Save array\.reshape/,
  ],
  ["three dimensions", { shape: "(7, 3, 1)" }, /found shape \(7, 3, 1\)/],
  ["no dimension", { shape: "()" }, /found shape \(\)/],
  [
    "integers",
    { head: "{'descr': '<i4', 'fortran_order': False, 'shape': (7, 3)}" },
    /expected floats.*, found <i4\. Save/,
  ],
  ["objects", { head: "{'descr': '|O', 'fortran_order': False, 'shape': (7, 3)}" }, /found pickled objects\. Save one/],
  ["records", { head: "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (7,)}" }, /found \[\('a', '<f4'\)\]/],
  [
    "bfloat16, of which numpy knows two bytes",
    { head: "{'descr': '<V2', 'fortran_order': False, 'shape': (7, 3)}" },
    /<V2/,
  ],
  [
    "no shape",
    { head: "{'descr': '<f4', 'fortran_order': False}" },
    /expected a head with descr, fortran_order and shape/,
  ],
  ["no order", { head: "{'descr': '<f4', 'shape': (7, 3)}" }, /expected a head with descr, fortran_order and shape/],
  [
    "a shape of more than is there",
    { shape: "(8, 3)" },
    /expected 224 bytes, as its shape \(8, 3\) of <f4.*, found 212/,
  ],
  ["a shape of less than is there", { shape: "(6, 3)" }, /expected 200 bytes.*, found 212\. .*with one array in it/],
  ["version 4", { version: 4 }, /of version 1, 2 or 3, found version 4/],
];
for (const [what, form, message] of wrong)
  test(`refused: ${what}`, () => assertRefused(npyBytes(vectors, form), message));

test("refused: cut off anywhere, or no .npy file", async () => {
  const whole = npyBytes(vectors);
  for (let length = 0; length < whole.length; length++)
    await assertRefused(whole.subarray(0, length), /expected (a \.npy file|a head|\d+ bytes).*, found/);
  await assertRefused(
    Buffer.from("PK\x03\x04 an archive of numpy's savez"),
    /expected a \.npy file, found another kind/,
  );
  const long = Buffer.from(whole);
  long.writeUInt16LE(65535, 8);
  await assertRefused(long, /expected a head within 202 bytes, found one of 65535/);
});
