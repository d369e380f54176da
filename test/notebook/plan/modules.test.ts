import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { packageFolder } from "../../../src/base/files.js";
import * as snc from "../../../src/index.js";
import { exportsOf, importsOf } from "../../../src/notebook/plan/modules.js";

const exported = exportsOf(`
export { type Backend, chooseBackend } from "./backend/choose.js";
export type { Figure } from "./figures/figure.js";
export * as mechanisms from "./mechanisms/index.js";
export { show as showFigure, saveFigure } from "./figures/show.js";
`);
const modules = (code: string): string[] => importsOf(code, "pkg", exported).modules;

test("an index: every name with its module, types and renamed ones included", () => {
  assert.deepEqual(Object.fromEntries(exported), {
    Backend: "backend/choose",
    chooseBackend: "backend/choose",
    Figure: "figures/figure",
    mechanisms: "mechanisms/index",
    showFigure: "figures/show",
    saveFigure: "figures/show",
  });
});

test("every name of this package's index is found", () => {
  const index = exportsOf(readFileSync(path.join(packageFolder, "src", "index.ts"), "utf8"));
  for (const name of Object.keys(snc)) assert.ok(index.has(name), name);
});

test("the modules behind the names that the cells use, and no others", () => {
  assert.deepEqual(modules(`import * as p from "pkg";\nconst x: p.Figure = p.mechanisms.off;`), [
    "figures/figure",
    "mechanisms/index",
  ]);
  assert.deepEqual(modules(`import { chooseBackend as b, type Figure } from 'pkg';`), [
    "backend/choose",
    "figures/figure",
  ]);
  assert.deepEqual(
    modules(`import * as p from "pkg";\nconst q = { p: 1 }.p;`).length,
    1,
    "a property is a use too many",
  );
  assert.deepEqual(modules(`import * as fs from "node:fs";\nfs.readFileSync("x");`), []);
});

for (const [why, code] of [
  ["the namespace goes elsewhere", `import * as p from "pkg";\nconst q = p;`],
  ["a name is computed", `import * as p from "pkg";\np["chooseBackend"]();`],
  ["a name is not known", `import * as p from "pkg";\np.nothing();`],
  ["required", `const p = require("pkg");`],
  ["imported later", `const p = await import("pkg");`],
  ["a default import", `import p from "pkg";`],
])
  test(`all of the package where ${why}`, () => {
    assert.deepEqual(modules(code), ["index"]);
  });

test("imports of files beside the notebook are named", () => {
  const code = `import { a } from "./a";\nconst b = require('../b.json');\nawait import("/c.js");\nimport "./d";`;
  assert.deepEqual(importsOf(code, "pkg", exported).local, ["./a", "../b.json", "/c.js", "./d"]);
});
