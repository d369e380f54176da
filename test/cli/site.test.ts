import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { snc } from "../helpers/command-line.js";
import { writeMadeUpSet } from "../helpers/made-up-report.js";

const results = mkdtempSync(path.join(tmpdir(), "snc-site-cli-"));
after(() => rmSync(results, { recursive: true }));
const site = (...args: string[]) => snc(["site", ...args], { SNC_RESULTS: results });

test("snc site --help says what it writes, where, and what to open", async () => {
  const { code, stdout } = await site("--help");
  assert.equal(code, 0);
  for (const words of [/executed\s+notebooks/, /default: the newest/, /site\/ in the result\s+set/, /index\.html/])
    assert.match(stdout, words);
});

test("snc site: without a result set it says how to make one; with one it writes the pages and says how many", async () => {
  const none = await site("made-up");
  assert.equal(none.code, 5);
  assert.match(none.stderr, /made-up: no result set there.*Run: snc reproduce/);
  const folder = await writeMadeUpSet({ folder: path.join(results, "made-up") });
  const { code, stdout, stderr } = await site("made-up", "--format", "json", "--quiet");
  assert.deepEqual([code, stderr], [0, ""]);
  const written = JSON.parse(stdout);
  assert.equal(written.folder, path.join(folder, "site"));
  assert.ok(written.pages > 40 && written.files > written.pages);
  assert.ok(existsSync(path.join(written.folder, "index.html")));
});
