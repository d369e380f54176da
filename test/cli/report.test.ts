import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { snc } from "../helpers/command-line.js";
import { writeMadeUpSet } from "../helpers/made-up-report.js";

const results = mkdtempSync(path.join(tmpdir(), "snc-report-cli-"));
after(() => rmSync(results, { recursive: true }));
const report = (...args: string[]) => snc(["report", ...args], { SNC_RESULTS: results });

test("snc report writes the page into the set that is named, in any form that says where", async () => {
  await writeMadeUpSet({ folder: path.join(results, "a"), figures: () => false });
  const file = path.join(results, "a", "report.html");
  assert.deepEqual(await report("a"), { code: 0, stdout: `${file}\n`, stderr: "" });
  assert.match(await readFile(file, "utf8"), /^<!DOCTYPE html>/);
  const byFolder = await report(path.join(results, "a"), "--format", "json");
  assert.deepEqual(JSON.parse(byFolder.stdout), { report: file });
});

test("a set that is not there, or a set beside a profile, is refused", async () => {
  const { code, stderr } = await report("--profile", "smoke");
  assert.equal(code, 5);
  assert.match(stderr, /smoke-\w+: no result set there.*Run: snc reproduce/);
  assert.equal((await report("a", "--profile", "smoke")).code, 2);
  assert.equal((await report("--reading", "importance=meanAbs")).code, 2);
});
