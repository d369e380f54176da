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

/** What each module imports from this package, types as well, by path below src/. */
const imports = new Map(
  modules.map((file) => {
    const source = readFileSync(path.join(src, file), "utf8");
    const found = [...source.matchAll(/(?:from|import\(|import) ?"(\.[^"]+)\.js"/g)].map(([, target]) => {
      const module = path.posix.join(path.posix.dirname(file), target);
      return modules.includes(`${module}.tsx`) ? `${module}.tsx` : `${module}.ts`;
    });
    return [file, found] as const;
  }),
);

/** What a holder of the paper looks for, and nothing else, stands at the root of src. */
const root = ["index", "paper", "readings", "profiles", "method", "runs", "features", "observe", "train"];

/** The rooms, each built on those before it; what stands in one line does not know each other. */
const floors: readonly (readonly string[])[] = [
  ["base"],
  ["paper", "readings", "notebook"],
  ["profiles", "backend"],
  ["model", "sae"],
  ["data", "method"],
  ["mechanisms", "features", "observe"],
  ["runs", "train"],
  ["measure", "figures", "methods"],
  ["experiment"],
  ["evaluate"],
  ["frontier", "known-features", "dashboard"],
  ["claims", "interop"],
  ["multiverse"],
  ["report"],
  ["site"],
  ["cli", "index"],
];

/** The first folder of a module's path, or the module's own name at the root. */
const roomOf = (file: string): string => file.split("/")[0].replace(/\.ts$/, "");
const floorOf = (file: string): number => floors.findIndex((rooms) => rooms.includes(roomOf(file)));

/** Circles of imports among `names`, each told once. */
function circles(names: Iterable<string>, next: (name: string) => Iterable<string>): string[] {
  const found: string[] = [];
  const visiting = new Set<string>();
  const done = new Set<string>();
  const visit = (name: string): void => {
    if (done.has(name)) return;
    if (visiting.has(name)) {
      const way = [...visiting];
      found.push([...way.slice(way.indexOf(name)), name].join(" → "));
      return;
    }
    visiting.add(name);
    for (const target of next(name)) visit(target);
    visiting.delete(name);
    done.add(name);
  };
  for (const name of names) visit(name);
  return found;
}

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

test("no module imports itself, however far round, types counted", () => {
  assert.deepEqual(
    circles(modules, (file) => imports.get(file) ?? []),
    [],
  );
});

test("the root of src is the paper: every other file has a room", () => {
  const atRoot = modules.filter((file) => !file.includes("/"));
  assert.deepEqual(atRoot.sort(), root.map((name) => `${name}.ts`).sort());
});

test("imports go down: a room knows only rooms on the floors below it", () => {
  for (const [file, targets] of imports) {
    assert.notEqual(floorOf(file), -1, `${file}: its room stands on no floor of this test`);
    for (const target of targets)
      if (roomOf(target) !== roomOf(file))
        assert.ok(floorOf(target) < floorOf(file), `${file} imports ${target}, which is not below it`);
  }
});

test("sae/ knows no mechanism, no model and no file", () => {
  assertImportsOnly(inFolder("sae/"), /^(sae|backend)\/|^base\/(checks|errors|random|once)\.ts$|^paper\.ts$/);
});

test("mechanisms know method, paper and sae/, and not each other; two modules list them all", () => {
  const lists = ["mechanisms/index.ts", "mechanisms/by-name.ts"];
  const files = inFolder("mechanisms/").filter((file) => !lists.includes(file));
  assertImportsOnly(files, /^(method|paper)\.ts$|^base\/checks\.ts$|^(sae|backend)\//);
});

test("notebook/ knows nothing of sparse autoencoders", () => {
  assertImportsOnly(inFolder("notebook/"), /^(notebook|base)\//);
});

test("figures know tables and the notebook's display; of training, what a step records", () => {
  assertImportsOnly(inFolder("figures/"), /^(figures|notebook|base)\/|^(paper|train)\.ts$/);
});

test("the paper's stated results are in data-manifests/claims.json alone, which only claims/list.ts reads", () => {
  const { claims } = JSON.parse(readFileSync(path.join(src, "..", "data-manifests", "claims.json"), "utf8"));
  const results = claims.filter((claim: { kind: string }) => claim.kind === "close");
  const stated = new Set<number>(results.map((claim: { stated: number }) => claim.stated));
  for (const constant of [paper.adaptiveSparsity.target, paper.pairs.fraction]) stated.delete(constant); // of the method as well
  assert.ok(stated.size >= 10);
  const ownNumbers = ["base/interval.ts"]; // the probability of an interval
  for (const file of modules.filter((name) => !name.startsWith("claims/") && !ownNumbers.includes(name))) {
    const source = readFileSync(path.join(src, file), "utf8").replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, "");
    assert.doesNotMatch(source, /claimsFile|data-manifests[^\n]*claims\.json/, file);
    for (const [number] of source.matchAll(/(?<![\w.])0?\.\d+(?![\w.])/g))
      assert.ok(!stated.has(Number(number)), `${file} has ${number}, a result stated by the paper`);
  }
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

/** Settings of this process that a library reads when it is loaded, and the marks by which a kernel's processes are found. */
const ofTheProcess = [
  "TF_CPP_MIN_LOG_LEVEL",
  "TF_ENABLE_ONEDNN_OPTS",
  "NVIDIA_TF32_OVERRIDE",
  "TF_FORCE_GPU_ALLOW_GROWTH",
];
const ofTheKernel = ["markVariable", "descriptorsVariable"];

test("nothing below cli/ writes an environment variable that says what is computed", () => {
  const write = /process\.env(?:\.(\w+)|\[(\w+)\]) *(?:\?\?|\|\|)?=(?!=)|delete process\.env[.[](\w+)/g;
  const written = modules
    .filter((file) => roomOf(file) !== "cli")
    .flatMap((file) => {
      const source = readFileSync(path.join(src, file), "utf8");
      assert.doesNotMatch(source, /(?:assign|setProperty|set|defineProperty)\(process\.env/, file);
      return [...source.matchAll(write)].map((names) => [roomOf(file), names.slice(1).find(Boolean) ?? "?"]);
    });
  for (const [room, name] of written)
    assert.ok(
      (room === "backend" && ofTheProcess.includes(name)) || (room === "notebook" && ofTheKernel.includes(name)),
      `${room}: ${name}`,
    );
  assert.equal(written.length, ofTheProcess.length + ofTheKernel.length, "each is written in one place");
});
