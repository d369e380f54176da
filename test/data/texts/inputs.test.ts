import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { tinyShape, writeMadeUpPile, writeRandomGemma } from "../../../proofs/paper-inputs.js";
import { sha256OfFile } from "../../../src/base/files.js";
import { inputsOf } from "../../../src/data/texts/inputs.js";
import { inputPath, readManifest } from "../../../src/data/texts/manifest.js";
import { readPaperModel, readPileSubsets } from "../../../src/data/texts/published.js";
import { cutRules } from "../../../src/data/texts/tokens.js";
import { loadTokenizer } from "../../../src/model/tokenizer/tokenizer.js";
import { profiles } from "../../../src/profiles.js";

const root = mkdtempSync(path.join(tmpdir(), "snc-inputs-"));
after(() => rmSync(root, { recursive: true }));
process.env.SNC_CACHE = path.join(root, "cache");

test("inputs that the manifest pins: the model's file, eight texts, each by its hash, before anything is fetched", async () => {
  const manifest = await readManifest();
  const inputs = await inputsOf(profiles.smoke);
  const pinned = (name: string) => manifest.resources.find((resource) => resource.name === name)!.hash;
  assert.deepEqual(inputs.hashes, Object.fromEntries(manifest.resources.map(({ name, hash }) => [name, hash])));
  assert.equal(inputs.model, inputPath(manifest, "smollm2-135m-instruct"));
  const model = pinned("smollm2-135m-instruct").slice("sha256:".length);
  assert.deepEqual(inputs.modelHashes, { "smollm2-135m-instruct": model });
  assert.equal(Object.keys(inputs.texts).length, 8);
  for (const [name, hash] of Object.entries(inputs.texts)) assert.equal(`sha256:${hash}`, pinned(name));
  assert.equal(inputs.reader, "data/texts/tokens");
  assert.deepEqual(inputs.about, {
    model: "smollm2-135m-instruct",
    modelSha256: model,
    textsSha256: JSON.stringify(inputs.texts),
  });
});

test("inputs of folders: the model's files by hash apart from the Pile's fingerprint; sequences of all subsets", async () => {
  const [modelDir, pileDir] = ["model", "pile"].map((name) => path.join(root, name));
  await writeRandomGemma(modelDir, { ...tinyShape, num_hidden_layers: 1 });
  mkdirSync(pileDir);
  await writeMadeUpPile(path.join(pileDir, "00.jsonl"), 12);
  Object.assign(process.env, { SNC_MODEL_DIR: modelDir, SNC_PILE_DIR: pileDir });
  const inputs = await inputsOf(profiles.paper);
  assert.equal(inputs.model, modelDir);
  assert.deepEqual(
    Object.keys(inputs.hashes).filter((name) => !(name in inputs.modelHashes)),
    ["pile"],
  );
  assert.equal(
    inputs.modelHashes["gemma-2-2b/config.json"],
    `sha256:${await sha256OfFile(path.join(modelDir, "config.json"))}`,
  );
  const subsets = await readPileSubsets();
  assert.deepEqual(inputs.texts, {
    pile: inputs.hashes.pile,
    subsets: subsets.map(({ pile_set_name }) => pile_set_name),
  });
  assert.deepEqual([inputs.reader, inputs.about], ["data/texts/pile", { model: "gemma-2-2b" }]);
  await inputs.fetch({ offline: true });
  const rules = { ...cutRules, trainSequences: 2, testSequences: 1, contextLength: 16 };
  const sequences = await inputs.sequences(await loadTokenizer(modelDir), rules, {});
  assert.deepEqual(
    sequences.sources,
    subsets.map(({ name }) => name),
  );
  assert.equal(sequences.split.length, 3 * 8);
});

test("the paper's model is published in shards, each pinned by size and sha256", async () => {
  const { files, config, revision } = await readPaperModel();
  const shards = Object.keys(files).filter((name) => name.endsWith(".safetensors"));
  assert.deepEqual([shards.length, Object.keys(files).length], [3, 4]);
  assert.match(revision, /^[0-9a-f]{40}$/);
  assert.equal(config.hidden_size, 2304);
});
