import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { Bool, type Data, Float32, Int32, Struct, vectorFromArray } from "apache-arrow";
import { SncError } from "../../../../src/base/errors.js";
import { type ArrowColumns, openArrow } from "../../../../src/data/activations/own/arrow.js";
import type { LabelColumn } from "../../../../src/data/activations/own/vector-file.js";
import {
  arrowBytes,
  dictionaryData,
  rowsOf,
  rowsOfNumbers,
  textData,
  vectorData,
  written,
} from "../../../helpers/own-files.js";

const root = mkdtempSync(path.join(tmpdir(), "snc-own-arrow-"));
after(() => rmSync(root, { recursive: true }));

const save = (batches: Record<string, Data>[], isStream = false) =>
  written(path.join(root, "a.arrow"), arrowBytes(batches, isStream));

const rows = rowsOfNumbers(9, 3);
const [first, second] = [rows.slice(0, 4), rows.slice(4)];

async function labelsOf(column: LabelColumn | undefined) {
  const { names, codes } = await column!.read();
  return { column: column!.column, labels: Array.from(codes, (code) => names[code]), names };
}

for (const isStream of [false, true])
  for (const form of ["f2", "f4", "f8"] as const)
    for (const isList of [false, true])
      test(`${form} as ${isList ? "List" : "FixedSizeList"} in a ${isStream ? "stream" : "file"} of two batches`, async () => {
        const batches = [first, second].map((part) => ({
          before: textData(part.map((_, i) => (i % 2 ? null : "a text"))),
          vector: vectorData(part, form, isList),
          after: vectorFromArray(
            part.map((_, i) => i),
            new Int32(),
          ).data[0],
        }));
        const of = await openArrow(await save(batches, isStream), {});
        assert.deepEqual([of.column, of.rows, of.d_in], ["vector", 9, 3]);
        assert.deepEqual([of.split, of.document], [undefined, undefined]);
        assert.deepEqual(await rowsOf(of), rows);
      });

test("split and document under their usual names, or those given; names in the order of their first rows", async () => {
  const parts = ["test", "train", "train", "test"];
  const of = await openArrow(
    await save([
      { split: textData(parts), vector: vectorData(first), document: dictionaryData([2, 0, 2, 0], ["a", "b", "c"]) },
    ]),
    {},
  );
  assert.deepEqual(await labelsOf(of.split), { column: "split", labels: parts, names: ["test", "train"] });
  assert.deepEqual(await labelsOf(of.document), {
    column: "document",
    labels: ["c", "a", "c", "a"],
    names: ["c", "a"],
  });
  const named = await openArrow(
    await save([
      {
        vector: vectorData(first.map((row) => row.map(() => 0))),
        h: vectorData(first),
        part: textData(parts),
        page: vectorFromArray([7, 7, 3, 3], new Int32()).data[0],
      },
    ]),
    { column: "h", splitColumn: "part", documentColumn: "page" },
  );
  assert.equal(named.column, "h");
  assert.deepEqual(await rowsOf(named), first);
  assert.deepEqual(await labelsOf(named.split), { column: "part", labels: parts, names: ["test", "train"] });
  assert.deepEqual(await labelsOf(named.document), { column: "page", labels: [7, 7, 3, 3], names: [7, 3] });
});

test("labels go on through batches, also where each batch has a dictionary of its own", async () => {
  const batches = [
    { vector: vectorData(first), split: dictionaryData([0, 0, 1, 0], ["train", "test"]) },
    { vector: vectorData(second), split: dictionaryData([0, 1, 0, 0, 1], ["test", "train"]) },
  ];
  const { labels } = await labelsOf((await openArrow(await save(batches, true), {})).split);
  assert.deepEqual(labels, ["train", "train", "test", "train", "test", "train", "test", "test", "train"]);
});

async function assertRefused(columns: Record<string, Data>, options: ArrowColumns, message: RegExp): Promise<void> {
  const file = await save([columns]);
  const opened = openArrow(file, options).then(async ({ split, document }) => [
    await split?.read(),
    await document?.read(),
  ]);
  await assert.rejects(opened, (error) => {
    assert.ok(error instanceof SncError && error.exitCode === 5, String(error));
    assert.match(error.message, message);
    return true;
  });
}

const vector = vectorData(first);
const integers = vectorFromArray([1, 2, 3, 4], new Int32()).data[0];
const truths = vectorFromArray([true, false, true, true], new Bool()).data[0];
const decimals = vectorFromArray([1, 2, 3, 4], new Float32()).data[0];

const wrong: [what: string, columns: Record<string, Data>, options: ArrowColumns, message: RegExp][] = [
  [
    "no column vector",
    { h: vector, id: integers },
    {},
    /expected a column vector, found h FixedSizeList\[3\]<Float32>; id Int32\. Name one/,
  ],
  ["a column that is not there", { vector }, { column: "h" }, /expected a column h, found vector FixedSizeList/],
  [
    "a column of numbers",
    { vector: decimals },
    {},
    /column vector of vectors.*, found Float32\. Name a column of vectors/,
  ],
  [
    "lists of several lengths",
    { vector: vectorData([[1, 2], [3, 4], [5], [6, 7]], "f4", true) },
    {},
    /vectors of 2 numbers in column vector, found 1 in row 2\. Give all/,
  ],
  ["a split that is not there", { vector }, { splitColumn: "part" }, /expected a column part, found vector/],
  ["a document that is not there", { vector }, { documentColumn: "doc" }, /expected a column doc, found vector/],
  [
    "a split of numbers",
    { vector, split: integers },
    {},
    /column split of texts \(train or test\), found Int32\. Rename/,
  ],
  [
    "a split of truths",
    { vector, part: truths },
    { splitColumn: "part" },
    /column part of texts \(train or test\), found Bool/,
  ],
  [
    "documents of decimals",
    { vector, document: decimals },
    {},
    /column document of texts or whole numbers, found Float32/,
  ],
  [
    "a row without a part",
    { vector, split: textData(["train", "test", null, "test"]) },
    {},
    /a value of split in every row, found none in row 2/,
  ],
  [
    "a row without a document",
    { vector, document: textData([null, "a", "b", "b"]) },
    {},
    /a value of document in every row, found none in row 0/,
  ],
];
for (const [what, columns, options, message] of wrong)
  test(`refused: ${what}`, () => assertRefused(columns, options, message));

test("refused: rows without a vector, vectors without a number, structs", async () => {
  const holes = vectorFromArray([[1, 2], null, [3, 4]], vectorData([[1, 2]]).type).data[0];
  await assertRefused({ vector: holes }, {}, /numbers in every row of vector, found missing values in rows 0 to 2/);
  const gaps = vectorFromArray(
    [
      [1, null],
      [3, 4],
    ],
    vectorData([[1, 2]]).type,
  ).data[0];
  await assertRefused({ vector: gaps }, {}, /missing values in rows 0 to 1/);
  const whole = vectorFromArray([{ a: 1 }], new Struct([])).data[0];
  await assertRefused({ vector: whole }, {}, /column vector of vectors.*, found Struct/);
});
