import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { notebookFiles } from "../../src/cli/notebook-files.js";

const root = mkdtempSync(path.join(tmpdir(), "snc-files-"));
after(() => rmSync(root, { recursive: true }));
for (const file of [
  "b.ipynb",
  "a.ipynb",
  "deep/c.ipynb",
  "deep/.ipynb_checkpoints/c.ipynb",
  "deep/text.md",
  "x/[1].ipynb",
]) {
  mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
  writeFileSync(path.join(root, file), "");
}
mkdirSync(path.join(root, "empty"));
const inRoot = (...files: string[]): string[] => files.map((file) => path.join(root, file));
const found = async (named: string[], exclude: string[] = []) =>
  notebookFiles(
    named.map((name) => path.join(root, name)),
    exclude,
  );

test("a folder stands for all notebooks in and below it, but those that Jupyter keeps for itself", async () => {
  assert.deepEqual((await found(["."])).files, inRoot("a.ipynb", "b.ipynb", "deep/c.ipynb", "x/[1].ipynb"));
});

test("a pattern that no shell has expanded stands for what it matches; a file is itself, whatever its name", async () => {
  assert.deepEqual((await found(["*.ipynb"])).files, inRoot("a.ipynb", "b.ipynb"));
  assert.deepEqual((await found(["**/c.ipynb"])).files, inRoot("deep/c.ipynb"));
  assert.deepEqual((await found(["x/[1].ipynb"])).files, inRoot("x/[1].ipynb"));
  assert.deepEqual((await found(["none.ipynb"])).files, inRoot("none.ipynb"), "its absence is told when it is run");
});

test("each notebook is taken once, in the order of the arguments", async () => {
  assert.deepEqual((await found(["b.ipynb", "."])).files, inRoot("b.ipynb", "a.ipynb", "deep/c.ipynb", "x/[1].ipynb"));
});

test("what is excluded, by its name or its path, is told apart", async () => {
  const { files, excluded } = await found(["."], ["b*", "**/deep/*"]);
  assert.deepEqual([files, excluded], [inRoot("a.ipynb", "x/[1].ipynb"), inRoot("b.ipynb", "deep/c.ipynb")]);
});

test("a folder or a pattern without a notebook is refused", async () => {
  await assert.rejects(found(["empty"]), /expected notebooks \(\*\.ipynb\), found none/);
  await assert.rejects(found(["z*.ipynb"]), { failure: "input" });
});
