import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { assertComplete, notebooksFolder, readNotebookManifest } from "../../../src/notebook/plan/manifest.js";
import { readNotebook, tagsOf } from "../../../src/notebook/run/document.js";
import { workFolder } from "../../helpers/runner.js";

const committed = readdirSync(notebooksFolder).filter((file) => file.endsWith(".ipynb"));

test("every notebook of the package has an entry in data-manifests/notebooks.json, and every entry its notebook", async () => {
  assertComplete(await readNotebookManifest(), committed);
});

test("an entry's parameters are declared by its notebook", async () => {
  for (const { file, parameters } of await readNotebookManifest()) {
    const { cells } = await readNotebook(path.join(notebooksFolder, file));
    const source = cells.find((cell) => tagsOf(cell).includes("parameters"))?.source ?? "";
    const declared = [...source.matchAll(/^(?:let|const|var) ([\w$]+)/gm)].map(([, name]) => name);
    for (const name of parameters) assert.ok(declared.includes(name), `${file}: ${name}`);
  }
});

test("a notebook without an entry, and an entry without its notebook, are errors that name them", () => {
  const entries = [{ file: "a.ipynb", reads: [], writes: [], parameters: [] }];
  assert.throws(() => assertComplete(entries, ["a.ipynb", "b.ipynb"]), /notebooks\.json: no entry for b\.ipynb/);
  assert.throws(() => assertComplete(entries, []), /notebooks\.json: an entry for a\.ipynb, found no such file/);
});

let manifests = 0;
async function read(...notebooks: object[]) {
  const file = path.join(workFolder, `manifest-${manifests++}.json`);
  await writeFile(file, JSON.stringify({ notebooks }));
  return readNotebookManifest(file);
}
const entry = (file: string, reads: string[] = [], writes: string[] = []) => ({ file, reads, writes, parameters: [] });

test("entries come in the order in which their notebooks can be executed", async () => {
  const entries = await read(entry("layers.ipynb", ["runs"]), entry("run-0.ipynb", [], ["runs/run-0"]));
  assert.deepEqual(
    entries.map(({ file }) => file),
    ["run-0.ipynb", "layers.ipynb"],
  );
});

for (const [what, notebooks, message] of [
  ["a circle", [entry("a.ipynb", ["x"], ["y"]), entry("b.ipynb", ["y"], ["x"])], /a\.ipynb → b\.ipynb → a\.ipynb/],
  ["two entries of one notebook", [entry("a.ipynb"), entry("a.ipynb")], /a\.ipynb has two entries/],
  [
    "two that write the same",
    [entry("a.ipynb", [], ["runs"]), entry("b.ipynb", [], ["runs/run-1"])],
    /a\.ipynb and b\.ipynb both write runs/,
  ],
  ["a misspelt property", [{ ...entry("a.ipynb"), read: [] }], /Unrecognized key: "read"/],
  ["a notebook elsewhere", [entry("../a.ipynb")], /without a folder/],
  ["an absolute path", [entry("/etc/a.ipynb")], /without a folder/],
  ["something read outside the result set", [entry("a.ipynb", ["../other"])], /a name inside a result set/],
  ["something written outside the result set", [entry("a.ipynb", [], ["runs/../../x"])], /a name inside a result set/],
] as [string, object[], RegExp][])
  test(`${what} is refused with the manifest's name`, async () => {
    await assert.rejects(read(...notebooks), (error: Error) => {
      assert.match(error.message, /manifest-\d+\.json: /);
      assert.match(error.message, message);
      return true;
    });
  });
