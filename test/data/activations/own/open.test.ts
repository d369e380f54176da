import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { SncError } from "../../../../src/base/errors.js";
import { openVectorFile } from "../../../../src/data/activations/own/open.js";
import {
  arrowBytes,
  bytesOf,
  npyBytes,
  rowsOf,
  rowsOfNumbers,
  safetensorsBytes,
  vectorData,
  written,
} from "../../../helpers/own-files.js";

const root = mkdtempSync(path.join(tmpdir(), "snc-own-open-"));
after(() => rmSync(root, { recursive: true }));
const at = (name: string): string => path.join(root, name);

const rows = rowsOfNumbers(4, 3);
const tensors = { acts: { dtype: "F32", shape: [4, 3], bytes: bytesOf(rows.flat(), "<f4") } };

test("the ending tells the format, in letters of any size; an Arrow file or stream is told by its bytes", async () => {
  const stream = arrowBytes([{ vector: vectorData(rows) }], true);
  const contents = {
    ...{ "a.arrow": arrowBytes([{ vector: vectorData(rows) }]), "b.arrow": stream, "c.ARROWS": stream },
    ...{ "d.feather": arrowBytes([{ vector: vectorData(rows) }]), "e.ipc": stream },
    ...{ "f.npy": npyBytes(rows), "g.NPY": npyBytes(rows), "h.safetensors": safetensorsBytes(tensors) },
  };
  for (const [name, bytes] of Object.entries(contents))
    assert.deepEqual(await rowsOf(await openVectorFile(await written(at(name), bytes), {})), rows, name);
});

async function assertRefused(
  file: string,
  columns: Parameters<typeof openVectorFile>[1],
  message: RegExp,
): Promise<void> {
  await assert.rejects(openVectorFile(file, columns), (error) => {
    assert.ok(error instanceof SncError && error.exitCode === 5, String(error));
    assert.match(error.message, message);
    assert.doesNotMatch(error.message, /snc inputs/);
    return true;
  });
}

test("refused: nothing there, a folder, an ending of another format", async () => {
  await assertRefused(at("none.npy"), {}, /none\.npy: expected a file of vectors, found none\. Check the path/);
  mkdirSync(at("folder.npy"));
  await assertRefused(
    at("folder.npy"),
    {},
    /folder\.npy: expected a file, found a folder or device\. Write the file again/,
  );
  for (const [name, found] of [
    ["a.npz", ".npz"],
    ["b.pt", ".pt"],
    ["c.parquet", ".parquet"],
    ["d", "no ending"],
  ])
    await assertRefused(
      await written(at(name), npyBytes(rows)),
      {},
      new RegExp(`that ends in \\.arrow, \\.arrows, \\.feather, \\.ipc, \\.npy, \\.safetensors, found ${found}\\.`),
    );
});

test("refused: columns of a format that has none", async () => {
  const npy = await written(at("x.npy"), npyBytes(rows));
  const safetensors = await written(at("x.safetensors"), safetensorsBytes(tensors));
  const kinds = [
    ["column", "column"],
    ["splitColumn", "split column"],
    ["documentColumn", "document column"],
  ];
  const message = (what: string, ending: string) =>
    new RegExp(`has a ${what} \\(x\\), found \\${ending}\\. Leave it out`);
  for (const [option, what] of kinds) await assertRefused(npy, { [option]: "x" }, message(what, ".npy"));
  for (const [option, what] of kinds.slice(1))
    await assertRefused(safetensors, { [option]: "x" }, message(what, ".safetensors"));
  assert.equal((await openVectorFile(safetensors, { column: "acts" })).column, "acts");
});

test("refused: no vectors, and vectors without a number", async () => {
  const none = await written(at("none.npy"), npyBytes([], { shape: "(0, 3)" }));
  await assertRefused(none, {}, /expected vectors, found none\./);
  const empty = await written(at("empty.npy"), npyBytes([[], []], { shape: "(2, 0)" }));
  await assertRefused(empty, {}, /vectors of one number or more, found vectors of none/);
  const lists = await written(at("empty.arrow"), arrowBytes([{ vector: vectorData([[], []], "f4", true) }]));
  await assertRefused(lists, {}, /vectors of one number or more, found vectors of none/);
});
