import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";
import { runProgram } from "../../../src/base/command.js";
import { writeJson } from "../../../src/base/files.js";
import { stderrReporter } from "../../../src/base/progress.js";
import { fetchInputs } from "../../../src/data/texts/fetch.js";
import { inputPath, inputsFolder, readManifest, resourceNamed } from "../../../src/data/texts/manifest.js";
import { pythonWith, whyNoPython } from "../../helpers/python-environment.js";

interface Report {
  valid: boolean;
  errors: string[];
  resources: { name: string; type: string; valid: boolean; bytes: number; sha256: string; errors: string[] }[];
}

async function frictionlessReport(folder: string): Promise<Report> {
  const program = await pythonWith(path.join(__dirname, "frictionless-requirements.txt"));
  const script = path.join(__dirname, "frictionless_check.py");
  return JSON.parse(await runProgram(program, [script, "datapackage.json"], { cwd: folder })) as Report;
}

test("frictionless finds the fetched inputs a valid Data Package, with the pinned sizes and hashes", async (t) => {
  const reason = await whyNoPython();
  if (reason) return t.skip(reason);
  const manifest = await readManifest();
  await fetchInputs(manifest, { report: stderrReporter() });
  const report = await frictionlessReport(inputsFolder(manifest));
  assert.deepEqual(report.errors, []);
  assert.deepEqual(
    report.resources.map(({ name, valid, bytes, sha256 }) => ({ name, valid, bytes, hash: `sha256:${sha256}` })),
    manifest.resources.map(({ name, bytes, hash }) => ({ name, valid: true, bytes, hash })),
  );
  assert.deepEqual(new Set(report.resources.slice(1).map((r) => r.type)), new Set(["table"]));
  assert.ok(report.valid);
});

test("frictionless finds a changed input invalid: its validation is not empty", async (t) => {
  const reason = await whyNoPython();
  if (reason) return t.skip(reason);
  const manifest = await readManifest();
  await fetchInputs(manifest, { names: ["books"] });
  const folder = await mkdtemp(path.join(os.tmpdir(), "snc-frictionless-"));
  try {
    const books = resourceNamed(manifest, "books");
    await mkdir(path.join(folder, "text"));
    await writeFile(
      path.join(folder, books.path),
      `${await readFile(inputPath(manifest, "books"), "utf8")}{"text": 5}\n`,
    );
    await writeJson(path.join(folder, "datapackage.json"), { ...manifest, resources: [books] });
    const report = await frictionlessReport(folder);
    assert.deepEqual(report.resources[0].errors.sort(), ["byte-count", "hash-count", "type-error"]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
