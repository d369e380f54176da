/**
 * README and docs say no number that nothing backs. Each quantity in their prose stands in a table that a command wrote into a
 * page, or is one that the program states, holds or tests: `stated` names the file and its words.
 */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { packageFolder } from "../../src/base/files.js";
import { proseOf, quantitiesIn, unbacked, writtenParts } from "../helpers/page-numbers.js";
import { stated } from "./stated-numbers.js";

const read = (file: string): string => readFileSync(path.join(packageFolder, file), "utf8");
const docs = readdirSync(path.join(packageFolder, "docs")).filter((name) => name.endsWith(".md"));
const pages = ["README.md", ...docs.map((name) => `docs/${name}`)];
const tables = Object.fromEntries(
  pages.map((page) => [path.basename(page), writtenParts(read(page)).map(({ text }) => text)]),
);

/** These pages say the paper's and the profiles' constants, which stand in these files. */
const ofThePaper = ["docs/readings.md", "docs/architecture.md"];
const constants = ["paper", "readings", "profiles"].flatMap((name) =>
  [...read(`src/${name}.ts`).matchAll(/(?<![\w.])\d+(?:\.\d+)?(?:e-\d+)?/g)].map(([found]) => found),
);

const backingOf = (page: string) => ({
  stated: stated[page] ?? [],
  tables,
  constants: ofThePaper.includes(page) ? constants : [],
});

for (const page of pages)
  test(`${page}: every quantity stands in a table that a command wrote, or where it is stated`, () => {
    assert.deepEqual(unbacked(path.basename(page), read(page), backingOf(page)), []);
  });

for (const [page, entries] of Object.entries(stated))
  for (const { says, file, by } of entries)
    test(`${page} says "${says}" as ${file} does`, () => {
      assert.ok(proseOf(read(page)).includes(says), "the page does not say so (any more)");
      assert.ok(read(file).includes(by), `${file}: expected "${by}"`);
      assert.ok(quantitiesIn(says).length > 0, "there is no quantity in it");
    });

test("another number in README is found, whichever it is", () => {
  const page = read("README.md");
  const found = [...new Set(quantitiesIn(proseOf(page)))];
  assert.ok(found.length > 0);
  for (const quantity of found) {
    const other = quantity.replace(/[1-9]/, (digit) => String((Number(digit) % 9) + 1)); // far from any that a table has
    const changed = page.replace(quantity, other);
    assert.deepEqual(unbacked("README.md", changed, backingOf("README.md")), [other]);
  }
});

test("what counts as a quantity, and what does not", () => {
  const says =
    "takes 3 min 20 s, 1.5 MB, 42 593 tokens, 12 % of it, 0.0034, below 1e-6, ten times slower, three minutes";
  assert.deepEqual(quantitiesIn(says), [
    ...["3 min", "20 s", "1.5 MB", "42 593 tokens", "12 %", "0.0034", "1e-6", "ten times slower", "three minutes"],
  ]);
  assert.deepEqual(
    quantitiesIn("Runs 0 to 9, 2304 × 2304, version 5.0.4, Node.js 20.19, seeds 42, 43, layer-14, 3 seeds"),
    [],
  );
});

test("a table backs what its own page says, and the paragraphs of others that link to it", () => {
  const page = "<!-- The study below is written by `npm run a`. -->\n| 1 234 ms | 0.25 |\n<!-- End of the study. -->\n";
  assert.deepEqual(writtenParts(page), [{ command: "npm run a", text: "\n| 1 234 ms | 0.25 |\n" }]);
  const backing = { stated: [], tables: { "a.md": writtenParts(page).map(({ text }) => text) } };
  assert.deepEqual(unbacked("a.md", `${page}\n1234 ms, 1235 ms, 1234 MB, 0.25`, backing), ["1235 ms", "1234 MB"]);
  assert.deepEqual(unbacked("b.md", "1 234 ms ([a](docs/a.md#part))\n\n0.25", backing), ["0.25"]);
});

test("code and addresses say nothing; a text that is stated, and a constant, need no table", () => {
  assert.deepEqual(unbacked("b.md", "`0.3 s` [x](0.5)\n\n```\n7 s\n```\n", { stated: [], tables: {} }), []);
  const backing = { stated: [{ says: "7 GB of disk" }], tables: {}, constants: ["0.5"] };
  assert.deepEqual(unbacked("b.md", "0.5, 7 GB\nof disk, 7 GB", backing), ["7 GB"]);
});

test("every table is written by a command that there is", () => {
  const { scripts } = JSON.parse(read("package.json"));
  for (const page of pages)
    for (const { command } of writtenParts(read(page))) {
      const [, script, snc, to] =
        /^npm run ([\w:-]+) -- (?:--only \w+ )?--write$|^snc ([a-z-]+)(?: [a-z]+)? --table (.+)$/.exec(command) ??
        assert.fail(`${page}: ${command}`);
      if (script) assert.ok(script in scripts, `${page}: ${command}`);
      else
        assert.ok(
          to === page && existsSync(path.join(packageFolder, "src", "cli", `${snc}.ts`)),
          `${page}: ${command}`,
        );
    }
});
