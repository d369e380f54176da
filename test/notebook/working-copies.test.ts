import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { refreshWorkingCopies } from "../../src/notebook/working-copies.js";

const root = mkdtempSync(path.join(tmpdir(), "snc-copies-"));
after(() => rmSync(root, { recursive: true }));

test("a working copy follows its original until it is edited; an edit is never overwritten, and a newer original is said", async () => {
  const [originals, copies] = [path.join(root, "originals"), path.join(root, "copies")];
  mkdirSync(originals);
  const original = (name: string, text: string): void => writeFileSync(path.join(originals, name), text);
  const copy = (name: string): string => readFileSync(path.join(copies, name), "utf8");
  original("a.ipynb", "a1");
  original("b.ipynb", "b1");
  original("package.json", "{}");
  assert.deepEqual(await refreshWorkingCopies(originals, copies), []);
  assert.deepEqual(readdirSync(copies).sort(), [".copies.json", "a.ipynb", "b.ipynb"]);
  writeFileSync(path.join(copies, "b.ipynb"), "mine");
  assert.deepEqual(await refreshWorkingCopies(originals, copies), [], "edited, and its original is as it was");
  original("a.ipynb", "a2");
  original("b.ipynb", "b2");
  assert.deepEqual(await refreshWorkingCopies(originals, copies), ["b.ipynb"]);
  assert.deepEqual([copy("a.ipynb"), copy("b.ipynb")], ["a2", "mine"]);
  rmSync(path.join(copies, "b.ipynb"));
  assert.deepEqual(await refreshWorkingCopies(originals, copies), []);
  assert.equal(copy("b.ipynb"), "b2", "deleted, it is made anew");
});
