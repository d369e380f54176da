import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { readRegistry } from "../src/claims/list.js";
import { runsOf } from "../src/runs.js";

interface Cell {
  id?: string;
  cell_type: string;
  source: string[];
  metadata: { tags?: string[] };
  outputs?: unknown[];
  execution_count?: number | null;
}

const folder = path.join(__dirname, "..", "notebooks");
const files = readdirSync(folder).filter((file) => file.endsWith(".ipynb"));
const notebooks = files.map((file) => ({ file, ...JSON.parse(readFileSync(path.join(folder, file), "utf8")) }));
const codeOf = (cells: Cell[]): Cell[] => cells.filter((cell) => cell.cell_type === "code");
const textOf = (cell: Cell): string => cell.source.join("");

test("every run of the paper has a notebook by its number and name", () => {
  for (const { number, name } of runsOf()) assert.ok(files.includes(`run-${number}-${name}.ipynb`), name);
});

test("every notebook that a claim names is there, and so is one for each of Figures 1 to 3", async () => {
  const { claims } = await readRegistry();
  for (const { id, notebook } of claims) assert.ok(files.includes(`${notebook}.ipynb`), `${id}: ${notebook}`);
  for (const figure of ["Figure 1", "Figure 2", "Figure 3"]) {
    const names = new Set(claims.filter(({ section }) => section === figure).map(({ notebook }) => notebook));
    assert.ok(names.size === 1, figure);
    const [{ cells }] = notebooks.filter(({ file }) => names.has(file.replace(".ipynb", "")));
    assert.match(textOf(cells[0]), new RegExp(`^# ${figure}: .*\\n\\n> ${figure}: `), "it opens with the caption");
  }
});

test("the notebooks of the runs and layers mark the cell that shows what claims are measured on", () => {
  for (const { file, cells } of notebooks.filter(({ file: name }) => /^(run-\d|layers)/.test(name))) {
    const marked = codeOf(cells).filter(({ metadata }) => metadata.tags?.includes("claims"));
    assert.equal(marked.length, 1, file);
  }
});

for (const { file, cells, metadata, nbformat, nbformat_minor } of notebooks) {
  test(`${file} is committed as nbformat 4.5 for our kernel, without outputs`, () => {
    assert.deepEqual([nbformat, nbformat_minor], [4, 5]);
    assert.equal(metadata.kernelspec.name, "snc-tslab");
    assert.equal(new Set(cells.map((cell: Cell) => cell.id)).size, cells.length);
    for (const { id, outputs, execution_count } of codeOf(cells)) {
      assert.match(id ?? "", /^[\w-]{1,64}$/);
      assert.deepEqual([outputs, execution_count], [[], null], `cell ${id}`);
    }
  });

  test(`${file} is short: at most 25 cells, 15 lines of code in one, lines that fit`, () => {
    assert.ok(cells.length <= 25, `${cells.length} cells`);
    for (const cell of codeOf(cells)) {
      assert.ok(cell.source.length <= 15, `cell ${cell.id}: ${cell.source.length} lines`);
      for (const line of cell.source) assert.ok(line.trimEnd().length <= 104, `cell ${cell.id}: ${line}`);
    }
  });

  test(`${file} opens with a heading, imports the package by its name and has one cell of parameters`, () => {
    assert.match(textOf(cells[0]), /^# /);
    assert.match(textOf(cells[1]), /from "selective-neural-competition";/);
    const tagged = cells.filter((cell: Cell) => cell.metadata.tags?.includes("parameters"));
    assert.deepEqual(tagged, [cells[2]]);
    assert.match(textOf(cells[2]), /^let profile = "default";.*\n(.*\n)*let readings: /);
  });
}

for (const { number, name } of runsOf().slice(1)) {
  const { file, cells } = notebooks.find((notebook) => notebook.file === `run-${number}-${name}.ipynb`)!;
  test(`${file} asks the library in which slots it differs, takes the step by hand too, and says what did nothing`, () => {
    const code = codeOf(cells).map(textOf).join("\n");
    const methods = `[experiment.run(${number - 1}).method, experiment.run(${number}).method]`;
    assert.ok(code.includes(`const [before, after] = ${methods};\nconst slots = snc.differences(before, after);`));
    assert.match(code, /snc\.trainStep\(|snc\.train\(/);
    assert.match(code, /throw new Error/);
    assert.ok(code.includes(`snc.describeFlags(later.record.flags, ${number})`));
  });
}
