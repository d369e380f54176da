import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { writeJson } from "../../src/base/files.js";
import { cellOfClaim, type ExecutedNotebook, executedNotebooks } from "../../src/report/executed.js";

const set = mkdtempSync(path.join(tmpdir(), "snc-executed-"));
after(() => rmSync(set, { recursive: true }));

const markdown = (source: string) => ({ cell_type: "markdown", id: `m${source.length}`, metadata: {}, source });
let cells = 0;
const code = (source: string, outputs: object[] = [], tags: string[] = []) => ({
  ...{ cell_type: "code", id: `c${++cells}`, metadata: { tags }, source, outputs, execution_count: cells },
});
const error = (ename: string) => ({ output_type: "error", ename, evalue: "so", traceback: [] });
const write = (name: string, all: object[]): Promise<void> =>
  writeJson(path.join(set, "notebooks", name), { nbformat: 4, nbformat_minor: 5, metadata: {}, cells: all });

test("executed notebooks by name: title, record, and the error of the first cell that was not to raise one", async () => {
  await write("b two.ipynb", [
    markdown("## Not this\n# The title\nText"),
    code("1", [error("Meant")], ["raises-exception"]),
    code("2", [{ output_type: "stream", name: "stdout", text: "# no" }, error("Bad")]),
    code("3", [error("Later")]),
  ]);
  await write("a.ipynb", [markdown("no heading"), code("# not of markdown")]);
  await writeJson(path.join(set, "notebooks", "a.key.json"), {
    ...{ key: "k", parts: {}, parameters: { seed: 7 }, copy: "c", seconds: 1.5, executedCells: 4 },
  });
  writeFileSync(path.join(set, "notebooks", "a.log"), "");
  const [a, b, ...others] = await executedNotebooks(set);
  assert.deepEqual(others, []);
  const { cells: ofA, ...first } = a;
  assert.deepEqual(first, {
    ...{ name: "a", title: "a", file: "notebooks/a.ipynb", executedCells: 4, error: "", seconds: 1.5 },
    parameters: { seed: 7 },
  });
  assert.equal(ofA.length, 2);
  const { cells: ofB, ...second } = b;
  assert.deepEqual(second, {
    ...{ name: "b two", title: "The title", file: "notebooks/b%20two.ipynb", executedCells: null, error: "Bad: so" },
    ...{ seconds: null, parameters: {} },
  });
  assert.equal(ofB.length, 4);
  assert.deepEqual(await executedNotebooks(path.join(set, "none")), []);
});

test("the cell of a claim: whose code has its whole id, else what prints it as text, else the first that is tagged", () => {
  const stream = (text: string) => [{ output_type: "stream", name: "stdout", text }];
  const shown = (data: object) => [{ output_type: "display_data", data, metadata: {} }];
  const named = code('claim("run-9")');
  const longer = code('claim("run-9-more"); claim("my-run-9")');
  const prints = code("1", stream("say run-9."));
  const shows = code("2", shown({ "text/plain": "run-9" }));
  const failed = code("3", [error("run-9")]);
  const html = code("4", shown({ "text/html": "run-9" }));
  const [tagged, alsoTagged] = [code("5", [], ["claims"]), code("6", [], ["claims"])];
  const cellIn = (...all: object[]): string | undefined =>
    cellOfClaim({ cells: all } as unknown as ExecutedNotebook, "run-9")?.id;
  assert.equal(cellIn(tagged, prints, longer, named), named.id);
  assert.equal(cellIn(tagged, longer, shows, prints), shows.id);
  assert.equal(cellIn(longer, prints, tagged), prints.id);
  assert.equal(cellIn(longer, failed, html, tagged, alsoTagged), tagged.id);
  assert.equal(cellIn({ ...markdown("run-9") }, longer), undefined);
  const { executionCount } = cellOfClaim({ cells: [named] } as unknown as ExecutedNotebook, "run-9")!;
  assert.equal(executionCount, named.execution_count);
});
