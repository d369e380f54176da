/** Exports of features and evaluations, read by the packages whose forms they have. */
import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";
import { runProgram } from "../../../src/base/command.js";
import { snc } from "../../helpers/command-line.js";
import { fixtures } from "../../helpers/paths.js";
import { addAlone, pythonWith, whyNoPython } from "../../helpers/python-environment.js";

const requirements = path.join(__dirname, "features-requirements.txt");

/** Runs a command of the smoke profile that must end well. */
async function mustRun(args: string[], results: string): Promise<string> {
  const { code, stdout, stderr } = await snc([...args, "--profile", "smoke", "--quiet"], { SNC_RESULTS: results });
  assert.equal(code, 0, stderr);
  return stdout;
}

test("SAEDashboard reads the batches of every feature of a training, and writes the same again", async (t) => {
  const reason = await whyNoPython();
  if (reason) return t.skip(reason);
  const python = await pythonWith(requirements);
  await addAlone(python, "sae-dashboard==0.8.0");
  const results = await mkdtemp(path.join(os.tmpdir(), "snc-neuronpedia-"));
  try {
    const place = ["--run", "4", "--layer", "6", "--seed", "42"];
    const out = path.join(results, "dashboards");
    await mustRun(["train", ...place], results);
    const said = JSON.parse(
      await mustRun(["export", "neuronpedia", ...place, "--out", out, "--format", "json"], results),
    );
    const script = path.join(__dirname, "neuronpedia_check.py");
    const read = JSON.parse(await runProgram(python, [script, out]));
    t.diagnostic(`${read.features.length} features, ${read.activations} activations`);
    assert.deepEqual(read.differing, []);
    assert.deepEqual(
      read.features,
      Array.from({ length: said.features }, (_, i) => i),
    );
    assert.ok(read.activations > 20 * 100, "most features fire often");
    const refused = await snc(
      ["export", "saebench", ...place, "--profile", "smoke", "--out", path.join(results, "core.json")],
      {
        SNC_RESULTS: results,
      },
    );
    assert.equal(refused.code, 5);
    assert.match(refused.stderr, /expected an evaluation .*found none\. Run: snc evaluate$/m);
  } finally {
    await rm(results, { recursive: true });
  }
});

test("the schema that a core evaluation is held to has the names, types and demands of SAEBench's own", async (t) => {
  const reason = await whyNoPython();
  if (reason) return t.skip(reason);
  const python = await pythonWith(requirements);
  await addAlone(python, "sae-bench==0.6.0");
  const library = path.join(path.dirname(python), "..", "lib");
  const [version] = await readdir(library);
  const own = path.join(library, version, "site-packages/sae_bench/evals/core/eval_output_schema_core.json");
  const kept = JSON.parse(await readFile(path.join(fixtures, "saebench", "core.schema.json"), "utf8"));
  const { $comment, $schema, ...facts } = kept;
  assert.deepEqual(facts, factsOf(JSON.parse(await readFile(own, "utf8"))));
});

/** A schema without titles, descriptions and defaults. */
function factsOf(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(factsOf);
  if (typeof schema !== "object" || schema === null) return schema;
  const words = ["title", "description", "default", "ui_default_display"];
  return Object.fromEntries(
    Object.entries(schema)
      .filter(([name, value]) => !words.includes(name) || (typeof value === "object" && value !== null))
      .map(([name, value]) => [name, factsOf(value)]),
  );
}
