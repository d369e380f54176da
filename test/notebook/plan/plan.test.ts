import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { copyFile, mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { sha256OfFile } from "../../../src/base/files.js";
import { notebooksFolder } from "../../../src/notebook/plan/manifest.js";
import { changedMeanwhile, type PartsContext, partsOf } from "../../../src/notebook/plan/parts.js";
import { decide, type PlannedNotebook, planNotebooks } from "../../../src/notebook/plan/plan.js";
import { readRecord, writeRecord } from "../../../src/notebook/plan/record.js";
import type { Parameters } from "../../../src/notebook/run/parameters.js";
import { fixture, newFolder } from "../../helpers/runner.js";

/** What is known of the world, to be changed by a test. */
interface World {
  artifacts: Record<string, string>;
  backend: string;
}

const contextOf = (world: World): PartsContext => ({
  artifactHash: async (artifact) => world.artifacts[artifact],
  backend: async () => world.backend,
});

/** A copy of a fixture in a folder of its own, planned, with the record of a success as an execution would leave it. */
async function executed(name: string, { parameters = {} as Parameters, reads = ["x"], writes = ["y"] } = {}) {
  const world: World = { artifacts: { x: "1".repeat(16), y: "2".repeat(16) }, backend: "native 1 on cpu" };
  const folder = newFolder();
  await mkdir(folder, { recursive: true });
  const file = path.join(folder, `${name}.ipynb`);
  await copyFile(fixture(name), file);
  const out = path.join(folder, "out");
  const [planned] = await planNotebooks({
    files: [file],
    folder: out,
    out,
    logs: path.join(out, "logs"),
    entries: [],
    parametersOf: () => parameters,
  });
  const notebook: PlannedNotebook = { ...planned, reads, writes };
  await mkdir(out);
  await writeFile(notebook.output, "the executed copy");
  const parts = await partsOf(notebook, contextOf(world));
  assert.ok(parts);
  await writeRecord(notebook.recordFile, notebook.output, { parts, parameters, seconds: 12, executedCells: 3 });
  return { notebook, world, reason: () => reasonFor(notebook, world) };
}

/** Why a notebook would be executed; "unchanged" where it would not. */
async function reasonFor(notebook: PlannedNotebook, world: World): Promise<string> {
  const { execute, reason } = await decide(notebook, contextOf(world));
  assert.equal(execute, reason !== "unchanged");
  return reason;
}

test("nothing changed, nothing to do; what it took is known", async () => {
  const { notebook, world } = await executed("ok");
  const decision = await decide(notebook, contextOf(world));
  assert.equal(decision.execute, false);
  assert.equal(decision.earlier?.seconds, 12);
  assert.equal((await decide(notebook, contextOf(world), true)).reason, "--force");
});

test("a changed cell, of text or code, is named; outputs and counts of the notebook itself do not matter", async () => {
  const { notebook, reason } = await executed("ok");
  const text = await readFile(notebook.file, "utf8");
  await writeFile(notebook.file, text.replace('"execution_count": null', '"execution_count": 7'));
  assert.equal(await reason(), "unchanged");
  await writeFile(notebook.file, text.replace("gain * 2", "gain * 3"));
  assert.equal(await reason(), "cells changed");
  await writeFile(notebook.file, text.replace("Runs to its end", "Runs"));
  assert.equal(await reason(), "cells changed");
});

test("parameters are compared with their types, each by its name", async () => {
  const { notebook, world, reason } = await executed("parameters", { parameters: { layer: 6, profile: "smoke" } });
  assert.equal(await reason(), "unchanged");
  const given = (parameters: Parameters) => reasonFor({ ...notebook, parameters }, world);
  assert.equal(await given({ profile: "smoke", layer: 6 }), "unchanged");
  assert.equal(await given({ layer: "6", profile: "smoke" }), 'parameter layer 6 → "6"');
  assert.equal(await given({ layer: 6 }), "parameter profile is missing");
  assert.equal(await given({ layer: 6, profile: "smoke", seeds: [1] }), "parameter seeds is new");
});

test("what it reads and what it writes: another content, or none", async () => {
  const { world, reason } = await executed("ok");
  world.artifacts.x = "3".repeat(16);
  assert.equal(await reason(), "x (read) changed");
  world.artifacts = { x: "1".repeat(16) };
  assert.equal(await reason(), "y (written) is missing");
});

test("the package's source and backend count for a notebook that uses the package, and only for it", async () => {
  const user = await executed("import-package");
  user.world.backend = "wasm 1 on cpu";
  assert.equal(await user.reason(), "backend native 1 on cpu → wasm 1 on cpu");
  const record = await readRecord(user.notebook.recordFile);
  assert.deepEqual(
    Object.keys(record?.parts ?? {}).filter((name) => /package|backend/.test(name)),
    ["package source", "package dependencies", "backend"],
  );
  const other = await executed("ok");
  other.world.backend = "wasm 1 on cpu";
  assert.equal(await other.reason(), "unchanged");
});

test("another version of Node.js is named with the one before", async () => {
  const { notebook, reason } = await executed("ok");
  const record = JSON.parse(await readFile(notebook.recordFile, "utf8"));
  record.parts.node = "1.2.3";
  await writeFile(notebook.recordFile, JSON.stringify(record));
  assert.equal(await reason(), `node 1.2.3 → ${process.versions.node}`);
});

test("an executed copy that was edited or is missing, and a record that cannot be read", async () => {
  const edited = await executed("ok");
  await writeFile(edited.notebook.output, "edited");
  assert.match(await edited.reason(), /^its executed copy is not the recorded one/);
  await rm(edited.notebook.output);
  assert.equal(await edited.reason(), "its executed copy is missing");
  const broken = await executed("ok");
  await writeFile(broken.notebook.recordFile, '{"key": ');
  assert.equal(await broken.reason(), "no successful execution is recorded");
});

test("a notebook that imports files beside it is always executed, and says why", async () => {
  const { notebook, world } = await executed("ok");
  const text = await readFile(notebook.file, "utf8");
  await writeFile(notebook.file, text.replace("gain * 2", "import { a } from './helper';"));
  const parts = await partsOf(notebook, contextOf(world));
  await writeRecord(notebook.recordFile, notebook.output, {
    parts: parts!,
    parameters: {},
    seconds: 1,
    executedCells: 1,
  });
  assert.equal(await reasonFor(notebook, world), "it imports ./helper, which is not followed");
});

test("what is no notebook is executed, so that the execution says what is wrong", async () => {
  const { notebook, reason } = await executed("ok");
  await writeFile(notebook.file, "{}");
  assert.equal(await reason(), "it cannot be read");
});

test("during an execution what it writes may change and what was missing may come; nothing else may", () => {
  const before = { cells: "c", "x (read)": "x", "y (written)": "y" };
  assert.deepEqual(changedMeanwhile(before, { ...before, "y (written)": "new", "z (read)": "new" }), []);
  assert.deepEqual(changedMeanwhile(before, { ...before, cells: "d" }), ["cells c → d"]);
  assert.deepEqual(changedMeanwhile(before, { cells: "c" }), ["x (read) is missing"]);
});

const plan = (files: string[], out: string, parameters: Parameters = {}) =>
  planNotebooks({ files, folder: out, out, logs: path.join(out, "logs"), entries: [], parametersOf: () => parameters });

test("two notebooks of one name and parameters that one does not take are refused before anything runs", async () => {
  await assert.rejects(plan([fixture("ok"), path.join("elsewhere", "ok.ipynb")], newFolder()), {
    failure: "usage",
    message: /would both be written to/,
  });
  await assert.rejects(plan([fixture("ok")], newFolder(), { layer: 6 }), {
    failure: "usage",
    message: /ok\.ipynb: takes no parameters/,
  });
});

test("of several notebooks each gets the parameters it declares; one that none declares is refused", async () => {
  const several = [fixture("parameters"), fixture("ok")];
  const planned = await plan(several, newFolder(), { layer: 6 });
  assert.deepEqual(
    planned.map(({ name, parameters }) => [name, parameters]),
    [
      ["parameters", { layer: 6 }],
      ["ok", {}],
    ],
  );
  await assert.rejects(plan(several, newFolder(), { layer: 6, sed: 1 }), {
    failure: "usage",
    message: /none of the 2 notebooks has a parameter sed/,
  });
  await assert.rejects(plan(several, newFolder(), { layer: "six" }), {
    failure: "usage",
    message: /parameters\.ipynb: parameter layer: expected number, as its cell declares it, found the string "six"/,
  });
});

test("the package's notebooks wait for those that write what they read; one of the same name elsewhere does not", async () => {
  const entry = (file: string, reads: string[], writes: string[]) => ({ file, reads, writes, parameters: [] });
  const out = newFolder();
  const planned = await planNotebooks({
    files: ["layers.ipynb", "run-1.ipynb", "run-0.ipynb"]
      .map((file) => path.join(notebooksFolder, file))
      .concat(path.join("elsewhere", "figure.ipynb")),
    folder: out,
    out,
    logs: out,
    entries: [
      entry("layers.ipynb", ["runs"], []),
      entry("run-0.ipynb", ["activations"], ["runs/run-0"]),
      entry("run-1.ipynb", ["activations", "runs/run-0"], ["runs/run-1"]),
      entry("figure.ipynb", ["runs"], ["figures"]),
    ],
    parametersOf: () => ({}),
  });
  assert.deepEqual(
    planned.map(({ name, dependsOn }) => [name, ...dependsOn]),
    [["run-0"], ["run-1", "run-0"], ["layers", "run-1", "run-0"], ["figure"]],
  );
});

for (const [what, link] of [
  ["copy", "ok.ipynb"],
  ["record", "ok.key.json"],
  ["log", "logs/ok.log"],
  ["folder of logs", "logs"],
])
  test(`a link at the place of the ${what} that leads out of the output folder is refused, and its target left alone`, async () => {
    const [out, elsewhere] = [newFolder(), newFolder()];
    await mkdir(path.dirname(path.join(out, link)), { recursive: true });
    await mkdir(elsewhere, { recursive: true });
    const target = path.join(elsewhere, "ok.log");
    await writeFile(target, "mine");
    await symlink(link === "logs" ? elsewhere : target, path.join(out, link));
    const before = await sha256OfFile(target);
    await assert.rejects(plan([fixture("ok")], out), { failure: "usage", message: /leads out of/ });
    assert.equal(await sha256OfFile(target), before);
  });

test("names with dots stay in the output folder", async () => {
  const folder = newFolder();
  await mkdir(folder, { recursive: true });
  for (const name of ["..ipynb", "...ipynb", "..%2f..%2fx.ipynb"]) {
    await copyFile(fixture("ok"), path.join(folder, name));
    const [notebook] = await plan([path.join(folder, name)], path.join(folder, "out"));
    for (const file of [notebook.output, notebook.recordFile, notebook.logFile])
      assert.ok(path.resolve(file).startsWith(path.join(folder, "out") + path.sep), file);
  }
  assert.equal(existsSync(path.join(folder, "out")), false, "planning writes nothing");
});
