import assert from "node:assert/strict";
import { test } from "node:test";
import { SncError } from "../../../../src/base/errors.js";
import { splitOf, splitRuleOf } from "../../../../src/data/activations/own/split.js";
import type { LabelColumn, VectorFile } from "../../../../src/data/activations/own/vector-file.js";

const column = (name: string, labels: (string | number)[]): LabelColumn => {
  const names = [...new Set(labels)];
  return {
    column: name,
    read: async () => ({ names, codes: Int32Array.from(labels, (label) => names.indexOf(label)) }),
  };
};

const fileOf = (rows: number, labels: Pick<VectorFile, "split" | "document"> = {}): VectorFile => ({
  ...{ file: "a.arrow", d_in: 2, rows, form: "F32", blocks: [], ...labels },
});

const count = (split: Int8Array): number => split.filter((part) => part === 1).length;

test("a column's words decide, whatever the share", async () => {
  const of = fileOf(4, {
    split: column("part", ["test", "train", "train", "test"]),
    document: column("d", [1, 1, 1, 1]),
  });
  for (const share of [0.1, 0.9]) {
    assert.deepEqual([...(await splitOf(of, share))], [1, 0, 0, 1]);
    assert.deepEqual(splitRuleOf(of, share), { column: "part" });
  }
});

test("another word is refused with its row", async () => {
  const words: [labels: string[], message: RegExp][] = [
    [["train", "test", "valid", "Train"], /or test in every row of column part, found "valid" in row 2\./],
    [
      ["Test", "test", "train"],
      /a\.arrow: expected train or test in every row of column part, found "Test" in row 0\./,
    ],
    [["train", "test", ""], /found "" in row 2\./],
  ];
  for (const [labels, message] of words)
    await assert.rejects(splitOf(fileOf(labels.length, { split: column("part", labels) }), 0.2), (error) => {
      assert.ok(error instanceof SncError && error.exitCode === 5);
      assert.match(error.message, message);
      return true;
    });
});

test("a share is that many rows, rounded; the same ones each time, and spread over the file", async () => {
  for (const [rows, share, expected] of [
    [100, 0.2, 20],
    [7, 0.5, 4],
    [10, 0.04, 0],
    [3, 0.9, 3],
  ]) {
    const split = await splitOf(fileOf(rows), share);
    assert.deepEqual([split.length, count(split)], [rows, expected]);
    assert.deepEqual(await splitOf(fileOf(rows), share), split);
  }
  const split = await splitOf(fileOf(1000), 0.2);
  for (let from = 0; from < 1000; from += 250) {
    const tests = count(split.subarray(from, from + 250));
    assert.ok(tests > 25 && tests < 75, `${tests} of rows ${from} to ${from + 249}`);
  }
  assert.deepEqual(splitRuleOf(fileOf(9), 0.3), { share: 0.3, document: undefined, seed: 0 });
});

test("documents are in training or in test as a whole, in a seeded order until they have the share", async () => {
  const labels = Array.from({ length: 300 }, (_, row) => `page ${(row * 7) % 60}`);
  const of = fileOf(300, { document: column("page", labels) });
  const split = await splitOf(of, 0.2);
  assert.equal(count(split), 60, "12 documents of 5 rows");
  const parts = new Map<string, Set<number>>();
  for (const [row, label] of labels.entries()) parts.set(label, (parts.get(label) ?? new Set()).add(split[row]));
  assert.ok([...parts.values()].every((of) => of.size === 1));
  const tests = [...parts].filter(([, of]) => of.has(1)).map(([label]) => label);
  assert.equal(tests.length, 12);
  assert.notDeepEqual(tests, [...parts.keys()].slice(0, 12), "not the first ones");
  assert.deepEqual(await splitOf(of, 0.2), split);
  assert.deepEqual(splitRuleOf(of, 0.2), { share: 0.2, document: "page", seed: 0 });
});

test("the last document drawn may exceed the share; one document alone is all for testing", async () => {
  const labels = Array.from({ length: 10 }, (_, row) => (row < 4 ? 1 : row < 7 ? 2 : 3));
  const split = await splitOf(fileOf(10, { document: column("d", labels) }), 0.5);
  assert.ok(count(split) >= 5 && count(split) <= 8, `${count(split)}`);
  assert.equal(count(await splitOf(fileOf(5, { document: column("d", ["a", "a", "a", "a", "a"]) }), 0.1)), 5);
});
