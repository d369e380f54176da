/** What the README says was found is what is recorded, and what it shows of the code stands there. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { packageFolder, sha256 } from "../../src/base/files.js";
import { readRegistry } from "../../src/claims/list.js";
import { verdictNames } from "../../src/claims/verdict.js";
import { writtenParts } from "../helpers/page-numbers.js";

const read = (file: string): string => readFileSync(path.join(packageFolder, file), "utf8");
const readme = read("README.md");

test("the README is read in five minutes", () => {
  assert.ok(readme.split("\n").length <= 91, "90 lines at most");
});

test("the verdicts that the README counts are those recorded of the default profile", async () => {
  const { claims } = JSON.parse(read("data-manifests/expected/default.json"));
  const registry = (await readRegistry()).claims;
  const count = (verdict: string, central: boolean): number =>
    registry.filter(({ id, weight }) => claims[id].verdict === verdict && (!central || weight === "central")).length;
  const inWords: Partial<Record<string, string>> = { "self-contradictory": "the paper contradicts itself" };
  for (const verdict of verdictNames) {
    const line = `| ${inWords[verdict] ?? verdict} | ${count(verdict, false)} | ${count(verdict, true)} |`;
    assert.ok(readme.includes(line), `expected the line ${line}`);
  }
});

test("the lines of src/runs.ts that the README shows stand there", () => {
  const [, shown] = /```ts\n(const selectiveOrthogonality[\s\S]*?)\n```/.exec(readme) ?? [];
  assert.equal(shown.split("\n").length, 3);
  const runs = read("src/runs.ts");
  for (const line of shown.split("\n")) assert.ok(runs.includes(line), line);
});

test("the README's picture belongs to the tables of its page", () => {
  const [, picture, page] = /!\[[^\]]+\]\((docs\/([a-z-]+)\.svg)\)/.exec(readme) ?? [];
  const [{ text }] = writtenParts(read(`docs/${page}.md`));
  assert.ok(read(picture).includes(`<!-- of the tables with sha256 ${sha256(text.trim())} -->`), picture);
});

test("the page on which program makes which number has every notebook, and every table with its command", () => {
  const page = read("docs/artefact.md");
  const files = readdirSync(path.join(packageFolder, "notebooks")).filter((file) => file.endsWith(".ipynb"));
  for (const file of files.filter((name) => !/^run-[1-8]/.test(name))) assert.ok(page.includes(`\`${file}\``), file);
  for (const name of readdirSync(path.join(packageFolder, "docs")).filter((of) => of.endsWith(".md")))
    for (const { command } of writtenParts(read(`docs/${name}`))) {
      const row = page.split("\n").find((line) => line.startsWith(`| [${name}](${name})`));
      assert.ok(row?.includes(command), `${name}: ${command}`);
    }
});
