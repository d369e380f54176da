import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { packageFolder } from "../src/base/files.js";
import { paper } from "../src/paper.js";

const src = path.join(packageFolder, "src");
const modules = readdirSync(src, { recursive: true, encoding: "utf8" })
  .filter((file) => /\.tsx?$/.test(file))
  .map((file) => file.split(path.sep).join("/"));

/** What each module imports from this package, by path below src/. */
const imports = new Map(
  modules.map((file) => {
    const source = readFileSync(path.join(src, file), "utf8").replace(/^(import|export) type [^;]*;/gm, ""); // types make no circle
    const found = [...source.matchAll(/(?:from|import\() ?"(\.[^"]+)\.js"/g)].map(([, target]) => {
      const module = path.posix.join(path.posix.dirname(file), target);
      return modules.includes(`${module}.tsx`) ? `${module}.tsx` : `${module}.ts`;
    });
    return [file, found] as const;
  }),
);

const inFolder = (folder: string): string[] => modules.filter((file) => file.startsWith(folder));

function assertImportsOnly(importers: string[], allowed: RegExp): void {
  assert.ok(importers.length > 0);
  for (const file of importers)
    for (const target of imports.get(file) ?? []) assert.match(target, allowed, `${file} imports ${target}`);
}

test("every import names a module that is there", () => {
  for (const [file, targets] of imports)
    for (const target of targets) assert.ok(modules.includes(target), `${file} imports ${target}`);
});

test("sae/ knows no mechanism, no run and no file", () => {
  assertImportsOnly(inFolder("sae/"), /^(sae\/|backend\/(ops|products|kernels|kernel-ops)|once|random|paper)/);
});

test("mechanisms know method and paper, and not each other", () => {
  const shared = /^(backend\/(kernels|kernel-ops)|method|paper|sae\/.*|mechanisms\/largest)\.ts$/;
  const files = inFolder("mechanisms/").filter((file) => file !== "mechanisms/index.ts");
  assertImportsOnly(files, shared);
});

test("notebook/ knows nothing of sparse autoencoders", () => {
  assertImportsOnly(inFolder("notebook/"), /^(notebook\/|errors|files|progress|command|sources)/);
});

test("model/ and data/ know neither training nor figures", () => {
  const below =
    /^(model|data|backend)\/|^(errors|files|progress|command|wheel|random|paper|profiles|local-options|sources|tables)\.ts$/;
  assertImportsOnly([...inFolder("model/"), ...inFolder("data/")], below);
});

test("figures know tables and the notebook's display, not training", () => {
  assertImportsOnly(inFolder("figures/"), /^(figures|notebook)\/|^(errors|files|random|tables|paper)\.ts$/);
});

test("what measures, trains or draws does not know the claims: only their own folder, the report and the command line do", () => {
  for (const [file, targets] of imports)
    if (!/^(claims|report|cli)\/|^index\.ts$/.test(file))
      for (const target of targets) assert.doesNotMatch(target, /^(claims|report)\//, `${file} imports ${target}`);
});

test("the paper's stated results are in data-manifests/claims.json alone, which only claims/list.ts reads", () => {
  const { claims } = JSON.parse(readFileSync(path.join(src, "..", "data-manifests", "claims.json"), "utf8"));
  const results = claims.filter((claim: { kind: string }) => claim.kind === "close");
  const stated = new Set<number>(results.map((claim: { stated: number }) => claim.stated));
  for (const constant of [paper.adaptiveSparsity.target, paper.pairs.fraction]) stated.delete(constant); // of the method as well
  assert.ok(stated.size >= 10);
  for (const file of modules.filter((name) => !name.startsWith("claims/"))) {
    const source = readFileSync(path.join(src, file), "utf8").replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, "");
    assert.doesNotMatch(source, /claimsFile|data-manifests[^\n]*claims\.json/, file);
    for (const [number] of source.matchAll(/(?<![\w.])0?\.\d+(?![\w.])/g))
      assert.ok(!stated.has(Number(number)), `${file} has ${number}, a result stated by the paper`);
  }
});

test("nothing but cli/ knows the command line", () => {
  for (const [file, targets] of imports)
    if (!file.startsWith("cli/"))
      for (const target of targets) assert.doesNotMatch(target, /^cli\//, `${file} imports ${target}`);
});

test("no module imports itself, however far round", () => {
  const visiting = new Set<string>();
  const done = new Set<string>();
  const visit = (file: string): void => {
    if (done.has(file)) return;
    assert.ok(!visiting.has(file), `a circle of imports: ${[...visiting, file].join(" → ")}`);
    visiting.add(file);
    for (const target of imports.get(file) ?? []) visit(target);
    visiting.delete(file);
    done.add(file);
  };
  for (const file of modules) visit(file);
});

test("nothing in src/ knows a notebook's name", () => {
  const notebooks = readdirSync(path.join(src, "..", "notebooks")).filter((file) => file.endsWith(".ipynb"));
  for (const file of modules) {
    const source = readFileSync(path.join(src, file), "utf8");
    for (const notebook of notebooks) assert.ok(!source.includes(notebook), `${file}: ${notebook}`);
  }
});

test("randomness comes from seeded streams alone", () => {
  for (const file of modules.filter((name) => !name.startsWith("notebook/")))
    assert.doesNotMatch(readFileSync(path.join(src, file), "utf8"), /Math\.random\(|tf\.random|truncatedNormal/, file);
});
