import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { snc } from "../helpers/command-line.js";

const results = mkdtempSync(path.join(tmpdir(), "snc-frontier-"));
after(() => rmSync(results, { recursive: true }));
const frontier = (...args: string[]) => snc(["frontier", "--profile", "smoke", ...args], { SNC_RESULTS: results });

test("snc frontier: a method, a layer or a page that cannot be meant is refused before anything is computed", async () => {
  const page = path.join(results, "page.md");
  writeFileSync(page, "# A page\n");
  for (const [args, message] of [
    [["--methods", "relu,gated"], /--methods: expected some of relu,.*, found "gated"/],
    [["--layer", "6,14"], /--layer: expected one layer, found 6, 14/],
    [
      ["--table", page],
      /--table .*page\.md: expected a page with the lines <!-- The table below .*, found a page without them/,
    ],
    [["--table", `${page}x`], /found no such file/],
    [["--levels", "most"], /Choices: "all", "few", "none"/],
  ] as const) {
    const { code, stdout, stderr } = await frontier(...args);
    assert.deepEqual([code, stdout], [2, ""], args.join(" "));
    assert.match(stderr, message);
  }
  assert.deepEqual(readdirSync(results), ["page.md"]);
});

test("snc frontier --help says what it compares, what it writes and where it is explained", async () => {
  const { code, stdout } = await frontier("--help");
  assert.equal(code, 0);
  for (const words of [/at equal\s+sparsity/, /frontier\.json/, /docs\/frontier\.md/, /--levels/, /--table/])
    assert.match(stdout, words);
});
