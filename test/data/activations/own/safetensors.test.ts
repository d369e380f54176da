import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { SncError } from "../../../../src/base/errors.js";
import { openTensor } from "../../../../src/data/activations/own/safetensors.js";
import { bytesOf, rowsOf, rowsOfNumbers, safetensorsBytes, written } from "../../../helpers/own-files.js";

const root = mkdtempSync(path.join(tmpdir(), "snc-tensor-"));
after(() => rmSync(root, { recursive: true }));

const vectors = rowsOfNumbers(6, 4);
const others = rowsOfNumbers(5, 4).map((row) => row.map((value) => -value));
const forms = { F16: "<f2", BF16: "<bf2", F32: "<f4", F64: "<f8" };

const matrix = (dtype: keyof typeof forms, rows = vectors) => ({
  dtype,
  shape: [rows.length, rows[0].length],
  bytes: bytesOf(rows.flat(), forms[dtype]),
});
const whole = (shape: number[]) => ({ dtype: "I32", shape, bytes: bytesOf(Array(6).fill(1), "<i4") });
const save = (tensors: Parameters<typeof safetensorsBytes>[0]) =>
  written(path.join(root, "a.safetensors"), safetensorsBytes(tensors));

async function assertRefused(file: string, named: string | undefined, message: RegExp): Promise<void> {
  await assert.rejects(openTensor(file, named), (error) => {
    assert.ok(error instanceof SncError && error.exitCode === 5, String(error));
    assert.match(error.message, message);
    assert.doesNotMatch(error.message, /snc inputs/);
    return true;
  });
}

for (const dtype of Object.keys(forms) as (keyof typeof forms)[])
  test(`${dtype}: the only tensor of two dimensions, and one that is named`, async () => {
    const one = await openTensor(await save({ ids: whole([6]), acts: matrix(dtype), more: whole([1, 2, 3]) }));
    assert.deepEqual([one.column, one.rows, one.d_in, one.form], ["acts", 6, 4, dtype]);
    assert.deepEqual(await rowsOf(one), vectors);
    const two = await openTensor(await save({ acts: matrix(dtype), more: matrix(dtype, others) }), "more");
    assert.deepEqual([two.column, two.rows], ["more", 5]);
    assert.deepEqual(await rowsOf(two), others);
  });

test("refused with a list of what is there: two tensors and no name, a name that is not there, none of two dimensions", async () => {
  const two = await save({ acts: matrix("F16"), more: matrix("F32", others) });
  await assertRefused(
    two,
    undefined,
    /expected one tensor \[vectors, width\], found acts F16 \[6, 4\]; more F32 \[5, 4\]\. Name/,
  );
  await assertRefused(two, "act", /a tensor named act, found acts F16 \[6, 4\]; more F32 \[5, 4\]\. Name another/);
  await assertRefused(await save({ ids: whole([6]) }), undefined, /one tensor \[vectors, width\], found ids I32 \[6\]/);
  await assertRefused(await save({}), undefined, /one tensor \[vectors, width\], found none/);
  const many = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`t${i}`, whole([6])]));
  await assertRefused(await save(many), undefined, /; t11 I32 \[6\]; … \(30 in all\)\./);
});

test("refused: whole numbers, a named tensor of another dimension", async () => {
  await assertRefused(
    await save({ acts: whole([3, 2]) }),
    undefined,
    /stored as F16, BF16, F32, F64, found I32 \[3, 2\]/,
  );
  await assertRefused(
    await save({ acts: whole([3, 2, 1]) }),
    "acts",
    /two dimensions \[vectors, width\], found I32 \[3, 2, 1\]/,
  );
});

test("refused: cut off anywhere", async () => {
  const bytes = safetensorsBytes({ acts: matrix("F32") });
  for (let length = 0; length < bytes.length; length++) {
    const file = await written(path.join(root, "cut.safetensors"), bytes.subarray(0, length));
    await assertRefused(file, undefined, /cut\.safetensors: expected .*, found .*\. Write the file again$/);
  }
});
