/** What the library's users see: every name that they meet is exported, with a word on what it is. */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { runProgram } from "../../src/base/command.js";
import { packageFolder } from "../../src/base/files.js";
import { once } from "../../src/base/once.js";

const inPackage = (...names: string[]): string => path.join(packageFolder, ...names);

interface Documented {
  name: string;
  children?: Documented[];
}

/**
 * The names that src/index.ts exports, types as well, those of `mechanisms` behind its name, as typedoc finds them. It fails as
 * typedoc.json says, where an exported signature names a type that is not exported, or an export has no word on what it is.
 */
const documented = once(async (): Promise<Set<string>> => {
  const [typedoc, folder] = [
    inPackage("node_modules", "typedoc", "bin", "typedoc"),
    mkdtempSync(path.join(tmpdir(), "snc-docs-")),
  ];
  try {
    const file = path.join(folder, "names.json");
    await runProgram(process.execPath, [typedoc, "--skipErrorChecking", "--json", file], { cwd: packageFolder });
    const { children } = JSON.parse(readFileSync(file, "utf8")) as { children: Documented[] };
    const mechanisms = children.find(({ name }) => name === "mechanisms")?.children ?? [];
    return new Set([...children.map(({ name }) => name), ...mechanisms.map(({ name }) => `mechanisms.${name}`)]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("every type that an exported signature names is exported, and every export is documented", async () => {
  const names = await documented();
  for (const name of ["Pairs", "trainStep", "mechanisms.winnerTakesAll"]) assert.ok(names.has(name), name);
});

/** Texts that name the library's parts as their reader would write them: notebooks' cells and pages. */
function texts(): Map<string, string> {
  const found = new Map<string, string>();
  const notebooks = readdirSync(inPackage("notebooks")).filter((file) => file.endsWith(".ipynb"));
  for (const file of notebooks) {
    const { cells } = JSON.parse(readFileSync(inPackage("notebooks", file), "utf8")) as {
      cells: { source: string[] }[];
    };
    found.set(`notebooks/${file}`, cells.map(({ source }) => source.join("")).join("\n"));
  }
  const pages = readdirSync(inPackage("docs")).filter((file) => file.endsWith(".md"));
  for (const file of ["README.md", "CONTRIBUTING.md", ...pages.map((page) => `docs/${page}`)])
    found.set(file, readFileSync(inPackage(file), "utf8"));
  return found;
}

test("every snc.… name in notebooks, docs and README is exported", async () => {
  const exported = await documented();
  let seen = 0;
  for (const [file, text] of texts())
    for (const [name, first, second] of text.matchAll(/(?<![.\w])snc\.([A-Za-z_]\w*)(?:\.([A-Za-z_]\w*))?/g)) {
      seen++;
      assert.ok(exported.has(first), `${file} uses ${name}, and src/index.ts does not export ${first}`);
      if (first === "mechanisms" && second) assert.ok(exported.has(`mechanisms.${second}`), `${file} uses ${name}`);
    }
  assert.ok(seen > 200, `${seen} names are looked up`);
});

test("notebooks that take names from the package by themselves take exported ones", async () => {
  const exported = await documented();
  for (const [file, text] of texts())
    for (const [, list] of text.matchAll(/import (?:type )?\{([^}]*)\} from "selective-neural-competition"/g))
      for (const name of list.split(",").map((part) => part.trim().replace(/^type |\s+as .*$/g, "")))
        if (name) assert.ok(exported.has(name), `${file} imports ${name}`);
});

test("every name in the docstrings' examples is exported", async () => {
  const exported = await documented();
  const called = /(?<![.\w])(?!for\b|if\b)([a-z]\w+)(?=\(|<\w+>\()/g; // functions, not methods
  const source = readdirSync(inPackage("src"), { recursive: true, encoding: "utf8" }).filter((file) =>
    file.endsWith(".ts"),
  );
  let seen = 0;
  for (const file of source)
    for (const [, example] of readFileSync(inPackage("src", file), "utf8").matchAll(/@example\n((?: *\* .*\n)+)/g))
      for (const [, name] of example.matchAll(called)) {
        seen++;
        assert.ok(exported.has(name), `${file}: an example calls ${name}, which is not exported`);
      }
  assert.ok(seen > 15, `${seen} names are looked up`);
});
