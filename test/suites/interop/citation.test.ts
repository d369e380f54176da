import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";
import { runProgram } from "../../../src/base/command.js";
import { packageFolder } from "../../../src/base/files.js";
import { pythonWith, whyNoPython } from "../../helpers/python-environment.js";

const citation = path.join(packageFolder, "CITATION.cff");

/** Validates a citation file by the Citation File Format's schema; throws with what does not fit. */
async function validated(file: string): Promise<string> {
  const python = await pythonWith(path.join(__dirname, "citation-requirements.txt"));
  const program = "import sys; from cffconvert.cli.cli import cli; sys.exit(cli())";
  return runProgram(python, ["-c", program, "--validate", "-i", file]);
}

test("cffconvert finds CITATION.cff valid, and one without a title invalid", async (t) => {
  const reason = await whyNoPython();
  if (reason) return t.skip(reason);
  assert.match(await validated(citation), /valid according to schema version 1\.2\.0/);
  const folder = await mkdtemp(path.join(os.tmpdir(), "snc-citation-"));
  try {
    const without = path.join(folder, "CITATION.cff");
    await writeFile(without, (await readFile(citation, "utf8")).replace(/^title: .*$/m, ""));
    await assert.rejects(validated(without), /title/);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
