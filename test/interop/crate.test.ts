import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { readJson, sha256 } from "../../src/base/files.js";
import { sealed } from "../../src/base/recorded.js";
import { writeCrate } from "../../src/cli/export-ro-crate.js";
import { untrainedFolder } from "../../src/experiment/training/folders.js";
import type { Entity } from "../../src/interop/crate.js";
import { writeRecord } from "../../src/notebook/plan/record.js";
import { training, variation, writeResultSet } from "../helpers/result-sets.js";

const folder = mkdtempSync(path.join(os.tmpdir(), "snc-crate-"));
after(() => rmSync(folder, { recursive: true }));
const graph = new Map<string, Entity>();

/** A result set of two trainings and a variation, a notebook that succeeded, and one that failed after an earlier success. */
before(async () => {
  const varied = { ...training(2, 6, 42, { loss: 1 }), run: variation(2, "slow") };
  const trainings = [...[0, 2].map((run) => training(run, 6, 42, { loss: 1 })), varied];
  writeResultSet(folder, { trainings, verdicts: { a: "holds" }, input: "sha256:abc" });
  const control = { ...training(2, 6, 42, { loss: 3 }), optimization: { learningRate: 0 } };
  const place = path.join(untrainedFolder(folder), "runs", "layer-6", "run-2", "seed-42");
  mkdirSync(place, { recursive: true });
  writeFileSync(path.join(place, "run.json"), JSON.stringify(sealed(control)));
  mkdirSync(path.join(folder, "notebooks"));
  for (const name of ["run-0-baseline", "run-3-correlation-pairs"]) {
    const copy = path.join(folder, "notebooks", `${name}.ipynb`);
    writeFileSync(copy, "{}");
    const success = { parts: {}, parameters: { layer: 6, seed: 42 }, seconds: 2, executedCells: 5 };
    await writeRecord(copy.replace(".ipynb", ".key.json"), copy, success);
  }
  writeFileSync(path.join(folder, "notebooks", "run-3-correlation-pairs.ipynb"), '{"failed": true}');
  const { "@graph": entities } = (await readJson(await writeCrate(folder))) as { "@graph": Entity[] };
  for (const entity of entities) graph.set(entity["@id"], entity);
});

test("RO-Crate: every file has its hash and belongs to one folder, every reference inside leads somewhere", () => {
  const claims = JSON.stringify(sealed({ claims: [{ id: "a", verdict: "holds" }] }));
  assert.equal(graph.get("claims.json")?.sha256, sha256(claims));
  const parts = [...graph.values()].flatMap(({ hasPart }) => idsIn(hasPart));
  const files = [...graph.values()].filter((entity) => entity["@type"] === "File").map((entity) => entity["@id"]);
  assert.ok(files.length >= 8);
  for (const file of files) assert.equal(parts.filter((part) => part === file).length, 1, file);
  const local = [...graph.values()].flatMap(({ object, result, instrument, mentions }) =>
    [object, result, instrument, mentions].flatMap(idsIn),
  );
  for (const id of [...local, ...parts]) assert.ok(graph.has(id), `${id} is referred to and not described`);
});

const idsIn = (value: unknown): string[] =>
  (Array.isArray(value) ? value : value === undefined ? [] : [value]).map((reference) => reference["@id"]);

test("RO-Crate: a training was made by the package from the activations, a notebook from what its entry reads", () => {
  const trained = graph.get("#actions/runs/layer-6/run-2/seed-42")!;
  assert.deepEqual(idsIn(trained.instrument), ["#snc"]);
  assert.deepEqual(idsIn(trained.object), ["#activations/abc/layer-6"]);
  assert.deepEqual(idsIn(trained.result), ["runs/layer-6/run-2/seed-42/"]);
  const control = graph.get("#actions/controls/untrained/runs/layer-6/run-2/seed-42")!;
  assert.match(String(control.name), /^Control at a learning rate of 0 of Run 2 /);
  assert.deepEqual(idsIn(control.result), ["controls/untrained/runs/layer-6/run-2/seed-42/"]);
  assert.ok(idsIn(graph.get("#actions/claims")!.object).includes("controls/untrained/runs/layer-6/run-2/seed-42/"));
  const varied = graph.get("#actions/runs/layer-6/slow-0123abcd/seed-42")!;
  assert.equal(varied.name, "Training of slow, of Run 2, layer 6, seed 42");
  assert.deepEqual(idsIn(varied.result), ["runs/layer-6/slow-0123abcd/seed-42/"]);
  const executed = graph.get("#actions/notebooks/run-3-correlation-pairs")!;
  assert.deepEqual(idsIn(executed.object), [
    "#activations/abc/layer-6",
    "runs/layer-6/run-2/seed-42/",
    "controls/untrained/runs/layer-6/run-2/seed-42/run.json", // its claims are put to them
    "#parameters/run-3-correlation-pairs/layer",
    "#parameters/run-3-correlation-pairs/seed",
  ]);
});

test("RO-Crate: a copy without its record of success is a failed execution", () => {
  const status = (name: string): unknown => graph.get(`#actions/notebooks/${name}`)?.actionStatus;
  assert.equal(status("run-0-baseline"), "http://schema.org/CompletedActionStatus");
  assert.equal(status("run-3-correlation-pairs"), "http://schema.org/FailedActionStatus");
  assert.equal(graph.has("#actions/notebooks/run-4-correlation-pruning"), false, "not executed at all");
});

test("RO-Crate: inputs carry their hashes and licences, software its versions", () => {
  const model = graph.get("#inputs/smollm2-135m-instruct")!;
  assert.deepEqual(idsIn(model.license), ["https://www.apache.org/licenses/LICENSE-2.0"]);
  assert.ok(graph.has("https://www.apache.org/licenses/LICENSE-2.0"));
  assert.equal(graph.get("#tensor-backend")?.softwareVersion, "1");
});

test("RO-Crate: a name with characters that a URI gives a meaning is a path all the same", async () => {
  writeFileSync(path.join(folder, "notes #1? 100%, [ä].txt"), "");
  const { "@graph": entities } = (await readJson(await writeCrate(folder))) as { "@graph": Entity[] };
  const { "@id": id } = entities.find(({ name }) => String(name).startsWith("notes"))!;
  const { pathname, search, hash } = new URL(id, "https://example.org/set/");
  assert.equal(decodeURIComponent(pathname), "/set/notes #1? 100%, [ä].txt");
  assert.deepEqual([search, hash], ["", ""]);
});
