import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import type { CodeCell, Notebook } from "../../../src/notebook/run/document.js";
import { cellsToRun, mayRaise, prepareNotebook, skippedCells } from "../../../src/notebook/run/prepare.js";
import { newFolder } from "../../helpers/runner.js";

const old = [{ output_type: "stream", name: "stdout", text: ["old"] }];
const code = (source: string, tags: unknown = []) => ({
  ...{ cell_type: "code", metadata: { tags }, source, outputs: old, execution_count: 7 },
});
const text = { cell_type: "markdown", metadata: { tags: ["skip-execution", "raises-exception"] }, source: "# Text" };

async function prepared(cells: object[], metadata: object = {}): Promise<Notebook> {
  const folder = newFolder();
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, "n.ipynb");
  writeFileSync(file, JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata, cells }));
  return prepareNotebook(file, {});
}

test("code cells lose the output of earlier runs, a skipped one keeps it, and text stays text", async () => {
  const { cells } = await prepared([text, code("1"), code("2", ["skip-execution"]), code("")]);
  assert.deepEqual(
    cells.map((cell) => (cell.cell_type === "code" ? [cell.outputs.length, cell.execution_count] : Object.keys(cell))),
    [
      ["cell_type", "metadata", "source", "id"],
      [0, null],
      [1, 7],
      [0, null],
    ],
  );
});

test("cells run that are code, have some and are not skipped; their places count all cells", async () => {
  const notebook = await prepared([
    code("1"),
    text,
    code("2", ["skip-execution"]),
    code(" \n\t"),
    code("3", ["other", "raises-exception"]),
    code("", ["skip-execution"]),
    code("4", ["skip"]),
  ]);
  assert.deepEqual(
    cellsToRun(notebook).map(({ cell, index }) => [cell.source, index]),
    [
      ["1", 0],
      ["3", 4],
      ["4", 6],
    ],
  );
  assert.deepEqual(skippedCells(notebook), [2, 5]);
  assert.deepEqual(
    [0, 4, 6].map((at) => mayRaise(notebook.cells[at] as CodeCell)),
    [false, true, false],
  );
});

const python = { name: "python3", language: "python" };
for (const [metadata, found] of [
  [{}, null],
  [{ kernelspec: {} }, null],
  [{ kernelspec: "python" }, null],
  [{ kernelspec: { language: "typescript" } }, null],
  [{ kernelspec: { name: "python3", language: "TypeScript" } }, null],
  [{ language_info: { name: "typescript" } }, null],
  [{ kernelspec: { language: "typescript" }, language_info: { name: "python" } }, null],
  [{ kernelspec: { name: "Deno" } }, null],
  [{ kernelspec: { name: "snc-tslab" } }, null],
  [{ kernelspec: { name: "python3" }, language_info: { name: "typescript" } }, null],
  [{ kernelspec: python }, "python"],
  [{ kernelspec: python, language_info: { name: "typescript" } }, "python"],
  [{ language_info: { name: "julia" } }, "julia"],
  [{ kernelspec: { name: "tslab" }, language_info: { name: "julia" } }, "julia"],
  [{ kernelspec: { name: "python3" } }, "the kernel python3 and no language"],
  [{ kernelspec: { name: "my-tslab" } }, "the kernel my-tslab and no language"],
  [{ kernelspec: { name: "tslab2" } }, "the kernel tslab2 and no language"],
] as const)
  test(`a notebook with ${JSON.stringify(metadata)} is ${found ? "refused" : "taken"}`, async () => {
    const reading = prepared([code("1")], metadata);
    if (found === null) await reading;
    else
      await assert.rejects(reading, ({ message }: Error) =>
        message.endsWith(`n.ipynb: expected a TypeScript notebook, found ${found}`),
      );
  });
