import assert from "node:assert/strict";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import {
  type CodeCell,
  notebookProblems,
  readNotebook,
  tagsOf,
  writeNotebook,
} from "../../../src/notebook/run/document.js";
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

const empty = { nbformat: 4, nbformat_minor: 4, metadata: {}, cells: [] };
const stream = { output_type: "stream", name: "stdout", text: "old" };

test("what other tools write and nbclient runs is read: misfits that decide nothing are brought to the format or taken out", async () => {
  const foreign: [notebook: object, read: object][] = [
    [{ ...empty, extra: 1 }, {}],
    [{ ...empty, nbformat_minor: undefined }, {}],
    [{ ...empty, metadata: undefined }, { metadata: {} }],
    [
      { ...empty, metadata: { language_info: { name: "typescript", codemirror_mode: null } } },
      { metadata: { language_info: { name: "typescript" } } },
    ],
    [{ ...empty, metadata: { kernelspec: { name: "tslab" }, own: { a: 1 } } }, { metadata: { own: { a: 1 } } }],
    [{ ...empty, metadata: { title: 7, authors: "me", orig_nbformat: 0 } }, { metadata: {} }],
  ];
  for (const [notebook, expected] of foreign)
    assert.deepEqual(await readNotebook(await file(notebook)), { ...empty, nbformat_minor: 5, ...expected });
  const cells: [cell: object, read: object][] = [
    [{ ...code, attachments: {} }, {}],
    [{ ...code, outputs: undefined, execution_count: undefined, metadata: undefined }, {}],
    [{ ...code, collapsed: true, prompt_number: 3, language: "python" }, {}],
    [{ ...code, metadata: { tags: "x", scrolled: "yes", collapsed: 1, own: 2 } }, { metadata: { own: 2 } }],
    [{ ...code, metadata: { tags: ["a", "a"] } }, {}],
    [
      { ...code, outputs: [stream, { ...stream, metadata: {} }, { output_type: "pyout" }, stream] },
      { outputs: [stream, stream] },
    ],
    [{ ...code, outputs: "none" }, {}],
    [{ ...code, execution_count: "7" }, {}],
    [
      { cell_type: "markdown", metadata: {}, source: "a", outputs: [], execution_count: 1 },
      { cell_type: "markdown", source: "a" },
    ],
    [
      { cell_type: "raw", metadata: {}, source: "a", attachments: { "a.png": 1 } },
      { cell_type: "raw", source: "a", attachments: {} },
    ],
  ];
  for (const [cell, expected] of cells) {
    const [{ id: _, ...found }] = (await readNotebook(await file({ ...empty, cells: [cell] }))).cells;
    const plain = "cell_type" in expected ? { metadata: {} } : { ...code, source: "1" };
    assert.deepEqual(found, { ...plain, ...expected }, JSON.stringify(cell));
  }
});

test("an id that is none is given anew, and a byte order mark is no part of the JSON", async () => {
  const notebook = await readNotebook(
    await file(`\ufeff${JSON.stringify({ ...empty, cells: [{ ...code, id: "not an id" }] })}`),
  );
  assert.match(notebook.cells[0].id, /^[0-9a-f]{8}$/);
});

test("what is no valid notebook is refused with the place and the reason", async () => {
  const cases: [content: unknown, says: RegExp][] = [
    ["", /expected a notebook in JSON, found nothing/],
    ['{"cells": [', /expected a notebook in JSON/],
    [" \n", /expected a notebook in JSON, found nothing/],
    ["[1]", /expected a notebook of format 4, found something else/],
    [{ nbformat: 3, worksheets: [] }, /found format 3. Run: jupyter nbconvert --to notebook --inplace/],
    [{ nbformat: 5, metadata: {}, cells: [] }, /expected a notebook of format 4, found format 5/],
    [{}, /expected a notebook of format 4, found something else/],
    ["null", /expected a notebook of format 4, found something else/],
    [{ nbformat: "4", metadata: {}, cells: [] }, /expected a notebook of format 4, found format 4/],
    [{ ...empty, cells: undefined }, /notebook must have required property 'cells'/],
    [{ ...empty, cells: [{ ...code, source: undefined }] }, /\n {2}cells\[0\] must have required property 'source'\n/],
    [{ ...empty, cells: [{ ...code, source: 1 }] }, /cells\[0\]\.source must be string/],
    [{ ...empty, cells: [{ ...code, cell_type: "sql" }] }, /cells\[0\]/],
  ];
  for (const [content, says] of cases) await assert.rejects(readNotebook(await file(content)), says);
  await assert.rejects(readNotebook(path.join(newFolder(), "none.ipynb")), /none\.ipynb: there is no such notebook/);
  await assert.rejects(readNotebook(path.dirname(fixture("ok"))), /notebooks: it cannot be read \(EISDIR/);
});

test("an invalid notebook is never written", async () => {
  const to = path.join(newFolder(), "n.ipynb");
  const notebook = await readNotebook(fixture("ok"));
  notebook.cells[0].id = "";
  await assert.rejects(writeNotebook(to, notebook), /would not be valid/);
  await assert.rejects(readFile(to), { code: "ENOENT" });
  const other = { ...(await readNotebook(fixture("ok"))), metadata: 7 as unknown as Record<string, unknown> };
  assert.deepEqual(notebookProblems(other), ["metadata must be object"]);
  await assert.rejects(writeNotebook(to, other), /n\.ipynb: .* would not be valid:\n {2}metadata must be object$/);
  assert.deepEqual(notebookProblems({ nbformat: 4 }).length > 0, true);
});

test("a copy has no half of a surrogate pair, wherever a cell has printed one", async () => {
  const to = path.join(newFolder(), "n.ipynb");
  const notebook = await readNotebook(fixture("ok"));
  const cell = notebook.cells.find((other) => other.cell_type === "code") as CodeCell;
  cell.outputs = [
    { output_type: "stream", name: "stdout", text: "a\ud83d…" },
    { output_type: "display_data", data: { "text/plain": "\udcc8" }, metadata: { "\ud83d": "\ud83d" } },
    { output_type: "error", ename: "E\ud83d", evalue: "📈", traceback: ["\udcc8"] },
  ];
  await writeNotebook(to, notebook);
  const text = await readFile(to, "utf8");
  assert.doesNotMatch(text, /\\ud[89a-f]/i);
  assert.match(text, /a�…/);
  assert.match(text, /📈/);
});

test("of many problems five are told, each once", async () => {
  const isToldInFive = ({ message }: Error): boolean => {
    const told = message.split("\n").filter((line) => line.startsWith("  "));
    return told.length === 5 && new Set(told).size === 5 && !/exactly one schema|allowed values/.test(message);
  };
  const cells = Array.from({ length: 7 }, () => ({ ...code, source: 1 }));
  await assert.rejects(readNotebook(await file({ ...empty, cells })), isToldInFive);
  const notebook = await readNotebook(fixture("ok"));
  for (let i = 0; i < 7; i++) notebook.cells.push({ ...notebook.cells[0], id: "" });
  await assert.rejects(writeNotebook(path.join(newFolder(), "n.ipynb"), notebook), isToldInFive);
});

test("whoever refuses a notebook sees it as it lies in its file", async () => {
  const seen: unknown[] = [];
  const written = { ...empty, extra: 1 };
  await readNotebook(await file(written), (notebook) => seen.push(structuredClone(notebook)));
  assert.deepEqual(seen, [written]);
  const refusing = readNotebook(await file({ ...empty, cells: 7 }), () => {
    throw new Error("refused");
  });
  await assert.rejects(refusing, /refused/, "before it is checked");
});

test("texts are single strings in memory and lines in files, by their type; JSON stays JSON", async () => {
  const types: [type: string, inFile: unknown, inMemory: unknown][] = [
    ["text/plain", ["a\n", "b"], "a\nb"],
    ["text/html", ["<b>\n", "\n", "</b>\n"], "<b>\n\n</b>\n"],
    ["image/svg+xml", ["<svg/>"], "<svg/>"],
    ["application/javascript", ["1\n", "2"], "1\n2"],
    ["image/png", "AA\nAA\n", "AA\nAA\n"],
    ["application/json", ["a", "b"], ["a", "b"]],
    ["application/vnd.plot.v1+json", ["a", "b"], ["a", "b"]],
  ];
  const data = Object.fromEntries(types.map(([type, inFile]) => [type, inFile]));
  const outputs = [
    { output_type: "display_data", data, metadata: {} },
    { output_type: "stream", name: "stdout", text: ["a\n", "b"] },
  ];
  const written = { ...empty, nbformat_minor: 5, cells: [{ ...code, id: "a", source: ["1;\n", "2"], outputs }] };
  const notebook = await readNotebook(await file(written));
  const [cell] = notebook.cells as CodeCell[];
  assert.equal(cell.source, "1;\n2");
  assert.deepEqual(cell.outputs, [
    { ...outputs[0], data: Object.fromEntries(types.map(([type, , inMemory]) => [type, inMemory])) },
    { output_type: "stream", name: "stdout", text: "a\nb" },
  ]);
  const to = path.join(newFolder(), "n.ipynb");
  await writeNotebook(to, notebook);
  assert.deepEqual(JSON.parse(await readFile(to, "utf8")), written);
});

test("tags are the texts of a list, and none of anything else", () => {
  const tagged = (tags: unknown) => tagsOf({ ...code, id: "a", metadata: { tags } } as unknown as CodeCell);
  assert.deepEqual(tagged(["a", 1, "b"]), ["a", "b"]);
  assert.deepEqual(tagged("a"), []);
  assert.deepEqual(tagged(undefined), []);
});

test("keys stand in order in the file, at every depth, whatever order they came in", async () => {
  const metadata = { z: { b: 1, c: { y: 1, x: 2 }, a: [{ d: 1, c: 2 }] }, k: 1, a: 2, c: 3, b: 4 };
  const to = path.join(newFolder(), "n.ipynb");
  await writeNotebook(to, await readNotebook(await file({ ...empty, metadata })));
  const compact = JSON.stringify(JSON.parse(await readFile(to, "utf8")));
  const inOrder = '{"a":2,"b":4,"c":3,"k":1,"z":{"a":[{"c":2,"d":1}],"b":1,"c":{"x":2,"y":1}}}';
  assert.equal(compact, `{"cells":[],"metadata":${inOrder},"nbformat":4,"nbformat_minor":5}`);
});
