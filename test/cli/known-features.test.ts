import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { snc } from "../helpers/command-line.js";

const root = mkdtempSync(path.join(tmpdir(), "snc-known-features-"));
after(() => rmSync(root, { recursive: true }));
const results = path.join(root, "results");
const known = (...args: string[]) =>
  snc(["known-features", "--profile", "smoke", "--out", results, ...args], { SNC_CACHE: process.env.SNC_CACHE });

test("snc known-features: a method or a page that cannot be meant is refused before anything is computed", async () => {
  const page = path.join(root, "page.md");
  writeFileSync(page, "# A page\n");
  for (const [args, message] of [
    [["--methods", "run-0,gated"], /--methods: expected some of run-0,.*, found "gated"/],
    [["--methods", "untrained"], /found "untrained"/],
    [["--steps", "1000,2000"], /--steps: expected some of 1000,5000, found 2000/],
    [["--table", page], /--table .*page\.md: expected a page with the lines .*, found a page without them/],
    [["--profile", "paper"], /Choices: "smoke", "default"/],
  ] as const) {
    const { code, stdout, stderr } = await known(...args);
    assert.deepEqual([code, stdout], [2, ""], args.join(" "));
    assert.match(stderr, message);
  }
  assert.deepEqual(readdirSync(root), ["page.md"]);
});

test("snc known-features at smoke: tables, a page, known-features.json and the figure", async () => {
  const page = path.join(root, "page.md");
  const begin = "<!-- The table below is written by `snc known-features --table docs/known-features.md`. -->";
  writeFileSync(page, `# A page\n\n${begin}\n\n<!-- End of the table. -->\n`);
  const { code, stdout, stderr } = await known(
    "--methods",
    "batch-top-k",
    "--steps",
    "1000",
    "--format",
    "json",
    "--table",
    page,
  );
  assert.equal(code, 0, stderr);
  const { folder, figure, points, trueL0 } = JSON.parse(stdout);
  assert.ok(Math.abs(trueL0 - 1.92) < 1e-9);
  assert.equal(points.filter(({ method }: { method: string }) => method === "batch-top-k").length, 2);
  assert.ok(readdirSync(folder).includes("known-features.json"));
  assert.match(readFileSync(figure, "utf8"), /Where the true features are known, who finds them\?/);
  const text = readFileSync(page, "utf8");
  for (const words of [/64 true features in 32 dimensions/, /\*\*32 features, 1000 steps\*\*/, /\| BatchTopK \|/])
    assert.match(text, words);
  assert.match(stderr, /known features: 2 of 2 trainings are missing/);
});
