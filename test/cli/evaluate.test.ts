import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { snc } from "../helpers/command-line.js";

const results = mkdtempSync(path.join(tmpdir(), "snc-evaluate-"));
after(() => rmSync(results, { recursive: true }));
const evaluate = (...args: string[]) => snc(["evaluate", "--profile", "smoke", ...args], { SNC_RESULTS: results });

test("snc evaluate: what cannot be meant is refused before anything is computed", async () => {
  const page = path.join(results, "page.md");
  writeFileSync(page, "# A page\n");
  for (const [args, message] of [
    [
      ["--table", page],
      /--table .*page\.md: expected a page with the lines <!-- The table below is written by .*evaluate/,
    ],
    [["--k", "3"], /k -> method/],
  ] as const) {
    const { code, stdout, stderr } = await evaluate(...args);
    assert.deepEqual([code, stdout], [2, ""], `${args.join(" ")}: ${stderr}`);
    assert.match(stderr, message);
  }
  assert.deepEqual(readdirSync(results), ["page.md"]);
});

test("snc evaluate --help says what it measures, what it writes and where it is explained", async () => {
  const { code, stdout } = await evaluate("--help");
  assert.equal(code, 0);
  for (const words of [/still\s+predict/, /evaluation\.arrow/, /docs\/evaluation\.md/, /--table/, /--force/])
    assert.match(stdout, words);
});
