/** The second paper, which shows that the frame is not of this paper alone. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { packageFolder } from "../../src/base/files.js";
import { newFolder, readCopy, runCli } from "../helpers/runner.js";

const folder = path.join(packageFolder, "examples/superposition");
const [notebook, model] = ["superposition.ipynb", "toy-model.ts"].map((name) => path.join(folder, name));

interface Cell {
  cell_type: string;
  source: string[];
  outputs: { data?: Record<string, string[] | string> }[];
}

test("it is under 150 lines of code", () => {
  const cells: Cell[] = JSON.parse(readFileSync(notebook, "utf8")).cells;
  const code = cells.filter(({ cell_type }) => cell_type === "code");
  const lines = code.flatMap(({ source }) => source).length + readFileSync(model, "utf8").trimEnd().split("\n").length;
  assert.ok(lines < 150, `${lines} lines`);
});

test("snc run executes it: both claims hold, neither where it must not, in every reading that is drawn", async () => {
  const out = newFolder();
  const { code, stderr } = await runCli([notebook, "--out", out]);
  assert.equal(code, 0, stderr);
  const { cells } = (await readCopy(path.join(out, "superposition.ipynb"))) as unknown as { cells: Cell[] };
  const shown = cells.flatMap(({ outputs = [] }) => outputs.flatMap(({ data }) => (data ? [data] : [])));
  const tables = shown.map((data) => [data["text/plain"] ?? ""].flat().join(""));
  const row = (text: string): string[] =>
    tables.flatMap((table) => table.split("\n").flatMap((line) => (line.startsWith(text) ? [line.trim()] : [])));
  const [dense, denseIn] = row("two features where dense");
  const [sparse, sparseIn] = row("beyond a linear model where sparse");
  assert.match(dense, / {2}holds {2}.* differs$/);
  assert.match(sparse, / {2}holds {2}.* differs$/);
  assert.deepEqual(
    [denseIn, sparseIn].map((line) => line.split(/ {2,}/)[1]),
    ["6 of 6", "6 of 6"],
  );
  assert.equal(shown.filter((data) => "image/png" in data && "application/vnd.plotly.v1+json" in data).length, 1);
});
