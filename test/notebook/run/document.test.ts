import assert from "node:assert/strict";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { notebookProblems, readNotebook, writeNotebook } from "../../../src/notebook/run/document.js";
import { fixture, newFolder } from "../../helpers/runner.js";

async function file(content: unknown): Promise<string> {
  const folder = newFolder();
  await mkdir(folder, { recursive: true });
  const name = path.join(folder, "n.ipynb");
  await writeFile(name, typeof content === "string" ? content : JSON.stringify(content));
  return name;
}
const code = { cell_type: "code", metadata: {}, source: "1", outputs: [], execution_count: null };

test("reading and writing a notebook gives the same bytes", async () => {
  for (const name of await readdir(path.dirname(fixture("ok")))) {
    const from = path.join(path.dirname(fixture("ok")), name);
    const to = path.join(newFolder(), name);
    await writeNotebook(to, await readNotebook(from));
    assert.equal(await readFile(to, "utf8"), await readFile(from, "utf8"));
  }
});

test("a notebook of format 4.4 gets cell ids that depend on its content alone", async () => {
  const old = { nbformat: 4, nbformat_minor: 4, metadata: {}, cells: [code, { ...code, source: ["2\n", "3"] }] };
  const [first, second] = await Promise.all([readNotebook(await file(old)), readNotebook(await file(old))]);
  assert.equal(first.nbformat_minor, 5);
  assert.equal(first.cells[1].source, "2\n3");
  assert.match(first.cells[0].id, /^[0-9a-f]{8}$/);
  assert.deepEqual(first, second);
});

test("cells that share an id get different ones", async () => {
  const cells = [
    { ...code, id: "a" },
    { ...code, id: "a" },
  ];
  const { cells: read } = await readNotebook(await file({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells }));
  assert.equal(new Set(read.map(({ id }) => id)).size, 2);
});

test("what is no valid notebook is refused with the place and the reason", async () => {
  const cases: [content: unknown, says: RegExp][] = [
    ["", /expected a notebook in JSON, found nothing/],
    ['{"cells": [', /expected a notebook in JSON/],
    ["[1]", /expected a notebook of format 4, found something else/],
    [{ nbformat: 3, worksheets: [] }, /found format 3/],
    [
      { nbformat: 4, nbformat_minor: 5, metadata: {}, cells: [{ ...code, id: "a", outputs: undefined }] },
      /cells\[0\] must have required property 'outputs'/,
    ],
    [
      { nbformat: 4, nbformat_minor: 5, metadata: {}, cells: [{ ...code, id: "not an id" }] },
      /cells\[0\]\.id must match pattern/,
    ],
    [
      { nbformat: 4, nbformat_minor: 5, metadata: {}, cells: [], extra: 1 },
      /notebook must NOT have additional properties \(extra\)/,
    ],
  ];
  for (const [content, says] of cases) await assert.rejects(readNotebook(await file(content)), says);
  await assert.rejects(readNotebook(path.join(newFolder(), "none.ipynb")), /there is no such notebook/);
});

test("an invalid notebook is never written", async () => {
  const to = path.join(newFolder(), "n.ipynb");
  const notebook = await readNotebook(fixture("ok"));
  notebook.cells[0].id = "";
  await assert.rejects(writeNotebook(to, notebook), /would not be valid/);
  await assert.rejects(readFile(to), { code: "ENOENT" });
  assert.deepEqual(notebookProblems({ nbformat: 4 }).length > 0, true);
});
