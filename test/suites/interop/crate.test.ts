import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { runProgram } from "../../../src/base/command.js";
import { readJson, writeJson } from "../../../src/base/files.js";
import { writeRecord } from "../../../src/notebook/plan/record.js";
import { snc } from "../../helpers/command-line.js";
import { pythonOrReason } from "../../helpers/python-environment.js";
import { writeResultSet } from "../../helpers/result-sets.js";

const folder = mkdtempSync(path.join(os.tmpdir(), "snc-crate-"));
after(() => rmSync(folder, { recursive: true }));

interface Report {
  issues: [severity: string, message: string][];
  actions: Record<string, string>;
}

const environment = pythonOrReason(path.join(__dirname, "crate-requirements.txt"));

async function validated(program: string): Promise<Report> {
  const printed = await runProgram(program, [path.join(__dirname, "crate_check.py"), folder]);
  return JSON.parse(printed.trimEnd().split("\n").at(-1)!) as Report;
}

/** What the profile recommends and cannot be had: nobody is asked for a name, and the package has no page of its own. */
const unknown = /agent|author|publisher|SHOULD have a url|absolute URI|endTime/;

test("roc-validator: a result set's RO-Crate keeps Process Run Crate 0.5, but for who ran it; rocrate reads its actions", async (t) => {
  const { program, reason } = await environment;
  if (!program) return t.skip(reason);
  writeResultSet(folder, { verdicts: { a: "holds" } });
  const copy = path.join(folder, "notebooks", "run-0-baseline.ipynb");
  mkdirSync(path.dirname(copy));
  writeFileSync(copy, "{}");
  const parameters = { profile: "smoke", layer: 6, seed: 42, readings: {} };
  const record = copy.replace(".ipynb", ".key.json");
  await writeRecord(record, copy, { parts: {}, parameters, seconds: 1.5, executedCells: 3 });
  const { code, stderr } = await snc(["export", "ro-crate", folder]);
  assert.equal(code, 0, stderr);
  const { issues, actions } = await validated(program);
  assert.deepEqual(
    issues.filter(([severity, message]) => severity !== "RECOMMENDED" || !unknown.test(message)),
    [],
  );
  for (const [, message] of issues) t.diagnostic(`recommended, and not known: ${message}`);
  assert.deepEqual(actions, {
    "#actions/capture": "selective-neural-competition (command snc)",
    "#actions/runs/layer-6/run-0/seed-42": "selective-neural-competition (command snc)",
    "#actions/notebooks/run-0-baseline": "Notebook run-0-baseline.ipynb",
    "#actions/claims": "selective-neural-competition (command snc)",
  });
});

test("roc-validator finds an action without its instrument: its validation is not empty", async (t) => {
  const { program, reason } = await environment;
  if (!program) return t.skip(reason);
  const file = path.join(folder, "ro-crate-metadata.json");
  const crate = (await readJson(file)) as { "@graph": { "@id": string; instrument?: unknown }[] };
  const graph = crate["@graph"].map((entity) =>
    entity["@id"] === "#actions/claims" ? { ...entity, instrument: undefined } : entity,
  );
  await writeJson(file, { ...crate, "@graph": graph });
  const { issues } = await validated(program);
  assert.ok(
    issues.some(([severity, message]) => severity === "REQUIRED" && /instrument/.test(message)),
    String(issues),
  );
});
