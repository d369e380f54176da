import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";
import { runProgram } from "../../../src/base/command.js";
import { writeJson } from "../../../src/base/files.js";
import { captureLayerFiles, layerFile } from "../../../src/data/activations/layer-files.js";
import { readManifest } from "../../../src/data/texts/manifest.js";
import { activationsFile, croissantOf } from "../../../src/interop/croissant.js";
import { loadDecoder } from "../../../src/model/decoder.js";
import { withBackend } from "../../helpers/backend.js";
import { fixtures } from "../../helpers/paths.js";
import { pythonOrReason } from "../../helpers/python-environment.js";

withBackend();

interface Report {
  warnings: string[];
  /** What reading gives without an Arrow reader of ours. */
  without: string | number;
  records: {
    vector: number[];
    source: string;
    split: string;
    document: number;
    sequence: number;
    position: number;
    token: number;
  }[];
}

test("mlcroissant finds the description of an activation set valid, and its columns by it, with an Arrow reader", async (t) => {
  const { program, reason } = await pythonOrReason(path.join(__dirname, "croissant-requirements.txt"));
  if (!program) return t.skip(reason);
  const folder = await mkdtemp(path.join(os.tmpdir(), "snc-croissant-"));
  const fixture = path.join(fixtures, "models", "llama-tiny", "model.safetensors");
  const model = await loadDecoder(fixture);
  try {
    const tokens = Int32Array.from({ length: 10 * 6 }, (_, i) => (i * 29) % 128);
    const split = Int8Array.from({ length: 10 }, (_, i) => (i % 5 === 4 ? 1 : 0));
    const sequences = {
      contextLength: 6,
      tokens,
      sources: ["code", "mail"],
      source: split,
      split,
      document: Int32Array.from(split.keys()),
    };
    const about = { key: "0", model: "smollm2-135m-instruct", textsSha256: JSON.stringify({ code: "", mail: "" }) };
    await captureLayerFiles({ sequencesPerPass: 8, model, tokens: sequences, layers: [1, 2], folder, about });
    const files = [];
    for (const layer of [1, 2]) files.push(await activationsFile(layer, layerFile(folder, layer)));
    const description = path.join(folder, "croissant.json");
    await writeJson(description, croissantOf(files, await readManifest(), folder));
    const script = path.join(__dirname, "croissant_check.py");
    const printed = await runProgram(program, [script, description, "layer-2"]);
    const { warnings, without, records } = JSON.parse(printed.trimEnd().split("\n").at(-1)!) as Report;

    assert.deepEqual(warnings, []);
    t.diagnostic(`without an Arrow reader mlcroissant says: ${without}`);
    const expected = model.forward(tokens.subarray(0, 8 * 6), [8, 6], [2]).get(2)!;
    assert.equal(records.length, 50);
    for (const [i, row] of records.slice(0, 40).entries()) {
      const at = row.sequence * 6 + row.position;
      assert.deepEqual([row.sequence, row.position, row.token], [Math.floor(i / 5), 1 + (i % 5), tokens[at]]);
      assert.deepEqual([row.source, row.split], row.sequence % 5 === 4 ? ["mail", "test"] : ["code", "train"]);
      assert.deepEqual(row.vector, [...expected.subarray(at * 48, (at + 1) * 48)]);
    }
  } finally {
    model.dispose();
    await rm(folder, { recursive: true });
  }
});

test("mlcroissant refuses a description whose column names no file: its validation is not empty", async (t) => {
  const { program, reason } = await pythonOrReason(path.join(__dirname, "croissant-requirements.txt"));
  if (!program) return t.skip(reason);
  const folder = await mkdtemp(path.join(os.tmpdir(), "snc-croissant-"));
  try {
    const file = { layer: 3, file: path.join(folder, "x.arrow"), bytes: 1, sha256: "0", modified: new Date(0) };
    const description = croissantOf([{ ...file, metadata: new Map([["model", "m"]]) }], await readManifest(), folder);
    await writeJson(path.join(folder, "croissant.json"), { ...description, distribution: [] });
    const script = path.join(__dirname, "croissant_check.py");
    const check = runProgram(program, [script, path.join(folder, "croissant.json"), "layer-3"]);
    await assert.rejects(check, /layer-3/);
  } finally {
    await rm(folder, { recursive: true });
  }
});
