import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { snc } from "../helpers/command-line.js";

const root = mkdtempSync(path.join(tmpdir(), "snc-lab-test-"));
after(() => rmSync(root, { recursive: true }));

/** A `jupyter` that says what it was called with. */
const bin = path.join(root, "bin");
mkdirSync(bin);
writeFileSync(path.join(bin, "jupyter"), '#!/bin/sh\nprintf "%s\\n" "$@"\n');
chmodSync(path.join(bin, "jupyter"), 0o755);
const env = { PATH: `${bin}${path.delimiter}${process.env.PATH}`, SNC_RESULTS: path.join(root, "results") };

test("snc lab opens working copies and passes what follows -- to jupyter lab", async () => {
  const { code, stdout, stderr } = await snc(["lab", "--", "--port=9999", "--no-browser"], env);
  assert.equal(code, 0, stderr);
  const copies = path.join(root, "results", "work", "notebooks");
  const start = "--LabApp.default_url=/lab/tree/start-here.md";
  assert.deepEqual(stdout.trim().split("\n"), ["lab", "--notebook-dir", copies, start, "--port=9999", "--no-browser"]);
  assert.ok(existsSync(path.join(copies, "start-here.md")));
  assert.ok(existsSync(path.join(copies, "claims.ipynb")));
});

test("snc lab opens a result set's notebooks as copies, a folder of one's own as it is, and refuses one that is not there", async () => {
  const set = path.join(root, "results", "smoke-1", "notebooks");
  mkdirSync(set, { recursive: true });
  writeFileSync(path.join(set, "..", "experiment.json"), "{}");
  const opened = async (folder: string) => (await snc(["lab", folder], env)).stdout.trim().split("\n").slice(2);
  const start = "--LabApp.default_url=/lab/tree/start-here.md";
  assert.deepEqual(await opened(set), [path.join(root, "results", "work", "smoke-1"), start]);
  assert.deepEqual(await opened(bin), [bin]);
  const { code, stderr } = await snc(["lab", path.join(root, "none")], env);
  assert.equal(code, 2);
  assert.match(stderr, /none: expected a folder of notebooks, found ENOENT/);
});
