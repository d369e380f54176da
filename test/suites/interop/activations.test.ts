import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";
import { runProgram } from "../../../src/base/command.js";
import { captureLayerFiles, layerFile } from "../../../src/data/activations/layer-files.js";
import { loadDecoder } from "../../../src/model/decoder.js";
import { withBackend } from "../../helpers/backend.js";
import { fixtures } from "../../helpers/paths.js";
import { pythonWith, whyNoPython } from "../../helpers/python-environment.js";

withBackend();

interface Report {
  fields: Record<string, [type: string, nullable: boolean]>;
  batches: number;
  metadata: Record<string, string>;
  rows: { vector: number[]; source: string; split: string; sequence: number; position: number; token: number }[];
  meanSquare: number;
  largestMeanError: number;
}

test("pyarrow opens a layer's file: schema, values, mean and scale", async (t) => {
  const reason = await whyNoPython();
  if (reason) return t.skip(reason);
  const program = await pythonWith(path.join(__dirname, "activations-requirements.txt"));
  const folder = await mkdtemp(path.join(os.tmpdir(), "snc-pyarrow-"));
  const fixture = path.join(fixtures, "models", "llama-tiny", "model.safetensors");
  const model = await loadDecoder(fixture);
  try {
    const tokens = Int32Array.from({ length: 20 * 6 }, (_, i) => (i * 29) % 128);
    const split = Int8Array.from({ length: 20 }, (_, i) => (i % 5 === 4 ? 1 : 0));
    const document = Int32Array.from(split.keys());
    const sequences = { contextLength: 6, tokens, sources: ["größer", "b"], source: split, split, document };
    await captureLayerFiles({
      sequencesPerPass: 8,
      model,
      tokens: sequences,
      layers: [2],
      folder,
      about: { model: "llama-tiny" },
    });
    const script = path.join(__dirname, "activations_check.py");
    const report = JSON.parse(await runProgram(program, [script, layerFile(folder, 2)])) as Report;

    assert.deepEqual(report.fields, {
      vector: ["fixed_size_list<item: float not null>[48]", false],
      source: ["dictionary<values=string, indices=int8, ordered=0>", false],
      split: ["dictionary<values=string, indices=int8, ordered=0>", false],
      document: ["int32", false],
      sequence: ["int32", false],
      position: ["int16", false],
      token: ["int32", false],
    });
    assert.equal(report.batches, 3);
    const { mean: _mean, scale: _scale, medianNorm: _median, ...metadata } = report.metadata;
    assert.deepEqual(metadata, {
      model: "llama-tiny",
      layer: "2",
      site: "resid_post",
      firstPosition: "dropped",
      hook: "blocks.2.resid_post",
      d_in: "48",
      trainCount: "80",
      testCount: "20",
      leftOutForNorm: "0",
    });
    const expected = model.forward(tokens.subarray(0, 8 * 6), [8, 6], [2]).get(2)!;
    for (const [i, row] of report.rows.slice(0, 40).entries()) {
      const at = row.sequence * 6 + row.position;
      assert.deepEqual([row.sequence, row.position, row.token], [Math.floor(i / 5), 1 + (i % 5), tokens[at]]);
      const isTest = row.sequence % 5 === 4;
      assert.deepEqual([row.source, row.split], isTest ? ["b", "test"] : ["größer", "train"]);
      assert.deepEqual(row.vector, [...expected.subarray(at * 48, (at + 1) * 48)]);
    }
    assert.equal(report.rows.length, 100);
    assert.ok(Math.abs(report.meanSquare - 1) < 1e-9 && report.largestMeanError < 1e-9);
  } finally {
    model.dispose();
    await rm(folder, { recursive: true });
  }
});
