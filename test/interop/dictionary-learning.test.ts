/** Folders that dictionary_learning 0.1.0 saved (test/suites/interop/dictionary_learning_check.py made them), read back and refused. */
import assert from "node:assert/strict";
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { stream } from "../../src/base/random.js";
import { openOwnActivations } from "../../src/data/activations/own.js";
import { unscaleVectors } from "../../src/data/activations/scale.js";
import { loadAutoencoder } from "../../src/experiment/training/load.js";
import { readDictionaryLearning } from "../../src/interop/dictionary-learning.js";
import { importAutoencoder } from "../../src/interop/import.js";
import { encodeSafetensors } from "../../src/model/write-safetensors.js";
import { profiles } from "../../src/profiles.js";
import { withBackend } from "../helpers/backend.js";
import { snc } from "../helpers/command-line.js";
import { differencesFrom, foreignCase } from "../helpers/foreign-case.js";
import { fixtures } from "../helpers/paths.js";

withBackend();

const folders = path.join(fixtures, "dictionary-learning");
const made = mkdtemp(path.join(os.tmpdir(), "snc-dictionary-learning-"));
after(async () => rm(await made, { recursive: true }));

for (const [kind, rule, l0] of [
  ["AutoEncoder", "keepAll", [5, 7]],
  ["AutoEncoderNew", "keepAll", [5, 7]],
  ["AutoEncoderTopK", "topK", [2, 3]],
  ["BatchTopKSAE", "jumpRelu", [2, 4]],
  ["MatryoshkaBatchTopKSAE", "jumpRelu", [2, 6]],
  ["JumpReluAutoEncoder", "jumpRelu", [2, 5]],
  ["GatedAutoEncoder", "jumpRelu", [2, 7]],
] as const)
  test(`${kind}: features and reconstructions are those that dictionary_learning computed`, async () => {
    const folder = path.join(folders, kind);
    const sae = await importAutoencoder(folder);
    const found = await differencesFrom(sae, folder);
    sae.dispose();
    assert.ok(found.features < 1e-5, `features differ by ${found.features} of the largest`);
    assert.ok(found.reconstruction < 1e-5, `reconstructions differ by ${found.reconstruction} of the largest`);
    assert.equal(sae.competition.keep.rule, rule);
    assert.ok(found.l0 >= l0[0] && found.l0 <= l0[1], `${found.l0} fire`);
    const { model, hook } = await readDictionaryLearning(folder);
    assert.deepEqual([model, hook], ["openai-community/gpt2", "layer 6"]);
  });

for (const kind of ["BatchTopKSAE", "MatryoshkaBatchTopKSAE", "JumpReluAutoEncoder", "GatedAutoEncoder"])
  test(`${kind}: a threshold decides: without it more would fire`, async () => {
    const { weights } = await readDictionaryLearning(path.join(folders, kind));
    const { d_in, d_sae, tokens, x, features } = await foreignCase(path.join(folders, kind));
    let without = 0;
    for (let t = 0; t < tokens; t++)
      for (let j = 0; j < d_sae; j++) {
        let z = weights.b_enc[j];
        for (let i = 0; i < d_in; i++) z += (x[t * d_in + i] - weights.b_dec[i]) * weights.W_enc[i * d_sae + j];
        without += Number(z > 0);
      }
    assert.ok(features.filter((f) => f > 0).length < without, `${without} above 0`);
  });

/** A copy of a fixture with changes to what config.json says of the trainer, and its weights under this name. */
async function changed(name: string, kind: string, changes: Record<string, unknown>, weights = "ae.safetensors") {
  const [from, to] = [path.join(folders, kind), path.join(await made, name)];
  await mkdir(to, { recursive: true });
  await copyFile(path.join(from, "ae.safetensors"), path.join(to, weights));
  const { trainer } = JSON.parse(await readFile(path.join(from, "config.json"), "utf8"));
  await writeFile(path.join(to, "config.json"), JSON.stringify({ trainer: { ...trainer, ...changes } }));
  return to;
}

const refused: [kind: string, changes: Record<string, unknown>, expected: RegExp][] = [
  ["AutoEncoder", { dict_class: "IdentityDict" }, /expected dict_class AutoEncoder, .*found "IdentityDict"/],
  ["AutoEncoder", { dict_class: "toString" }, /expected dict_class/],
  [
    "AutoEncoder",
    { dict_class: "JumpReluAutoEncoder" },
    /expected tensors W_enc, b_enc, W_dec, b_dec, threshold, found bias/,
  ],
  ["AutoEncoder", { dict_class: 3 }, /dict_class/],
  ["AutoEncoderTopK", { k: null }, /expected k, how many features of a token AutoEncoderTopK keeps/],
  ["AutoEncoderTopK", { dict_size: 13 }, /ae\.safetensors: expected dict_size = 13, found 12/],
];
for (const [i, [kind, changes, expected]] of refused.entries())
  test(`refused, ${kind} with ${JSON.stringify(changes)}`, async () => {
    await assert.rejects(readDictionaryLearning(await changed(`refused-${i}`, kind, changes)), {
      failure: "input",
      message: expected,
    });
  });

test("ae.pt alone is refused with the command that converts it; so is a folder of neither package", async () => {
  const folder = await changed("pickled", "AutoEncoder", {}, "ae.pt");
  await assert.rejects(readDictionaryLearning(folder), {
    failure: "input",
    message:
      /found ae\.pt alone, a pickle, .* Convert ae\.pt: python -c 'import torch; .*weights_only=True.*ae\.safetensors"\)'$/,
  });
  await assert.rejects(importAutoencoder(await made), {
    failure: "input",
    message: /expected cfg\.json of SAELens or config\.json of dictionary_learning, found neither/,
  });
});

/** 400 vectors of width 8 in a file of the user's own. */
async function ownVectors(): Promise<string> {
  const file = path.join(await made, "x.safetensors");
  const random = stream(7, "x");
  const data = Float32Array.from({ length: 400 * 8 }, () => random.normal());
  await writeFile(file, encodeSafetensors({ x: { shape: [400, 8], data } }));
  return file;
}

test("snc import dictionary-learning: what it writes is loaded, takes raw activations, and is measured on the vectors named", async () => {
  const [folder, out, file] = [
    path.join(folders, "BatchTopKSAE"),
    path.join(await made, "imported"),
    await ownVectors(),
  ];
  const command = ["import", "dictionary-learning", folder, "--out", out];
  const { code, stdout, stderr } = await snc([...command, "--activations", file, "--format", "json"]);
  assert.equal(code, 0, stderr);
  const { measured, ...said } = JSON.parse(stdout);
  assert.deepEqual([said.from, said.kind, said.keep], ["dictionary_learning", "BatchTopKSAE", { rule: "jumpRelu" }]);

  const sae = await loadAutoencoder(out);
  const found = await differencesFrom(sae, folder);
  assert.ok(found.features < 1e-5 && found.reconstruction < 1e-5, JSON.stringify(found));
  const own = await openOwnActivations(
    { files: [{ layer: 0, file }] },
    { batchSize: profiles.default.batchSize, firstPosition: "dropped" },
  );
  const { test: h, scaling } = await own.load(0, "unitMeanSquare");
  const raw = sae.evaluate(unscaleVectors(Float32Array.from(h.subarray(0, h.length)), scaling!));
  sae.dispose();
  assert.equal(measured.vectors, h.length / 8);
  assert.ok(Math.abs(measured.l0 - raw.l0) < 0.02, `${measured.l0}, of raw vectors ${raw.l0}`);
  assert.ok(
    Math.abs(measured.fractionVarianceExplained - raw.fractionVarianceExplained) <
      1e-3 * Math.abs(raw.fractionVarianceExplained),
  );
  const inTheirUnits = measured.reconstructionError / scaling!.scale ** 2;
  assert.ok(Math.abs(inTheirUnits - raw.reconstructionError) < 1e-3 * raw.reconstructionError);
});

test("snc import: vectors of another width and a profile without a layer are refused", async () => {
  const [folder, out] = [path.join(folders, "AutoEncoder"), path.join(await made, "refused")];
  const file = path.join(await made, "narrow.safetensors");
  await writeFile(
    file,
    encodeSafetensors({ x: { shape: [400, 2], data: Float32Array.from({ length: 800 }, (_, i) => Math.sin(i)) } }),
  );
  const command = ["import", "dictionary-learning", folder, "--out", out];
  const narrow = await snc([...command, "--activations", file]);
  assert.equal(narrow.code, 2, narrow.stderr);
  assert.match(narrow.stderr, /--layer 0: expected activations of width 8, which the autoencoder takes, found 2/);
  const unsaid = await snc([...command, "--profile", "smoke"]);
  assert.equal(unsaid.code, 2, unsaid.stderr);
  assert.match(unsaid.stderr, /--profile: expected --layer beside it/);
});
