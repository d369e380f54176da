import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { tinyShape, writeMadeUpPile, writeRandomGemma } from "../../../proofs/paper-inputs.js";
import { SncError } from "../../../src/base/errors.js";
import { type ActivationRequest, openActivations } from "../../../src/data/activations/source.js";
import { type Profile, profiles } from "../../../src/profiles.js";
import { withBackend } from "../../helpers/backend.js";

/* A random Gemma-2 of three blocks and made-up texts in the Pile's form. */

withBackend();
const root = mkdtempSync(path.join(tmpdir(), "snc-source-"));
after(() => rmSync(root, { recursive: true }));
const [modelDir, pileDir, cache] = ["model", "pile", "cache"].map((name) => path.join(root, name));
before(async () => {
  await writeRandomGemma(modelDir, { ...tinyShape, num_hidden_layers: 3 });
  mkdirSync(pileDir);
  await writeMadeUpPile(path.join(pileDir, "00.jsonl"), 12);
  Object.assign(process.env, { SNC_MODEL_DIR: modelDir, SNC_PILE_DIR: pileDir, SNC_CACHE: cache });
});

/** Two training sequences of each of the eight subsets and one for testing; a buffer of 8. */
const streaming: Profile = {
  ...profiles.paper,
  ...{ layers: [1], trainSequences: 2, testSequences: 1, contextLength: 16, sequencesPerPass: 8, bufferContexts: 8 },
};
const inFiles: Profile = { ...streaming, bufferContexts: undefined };
const open = (profile: Profile, request: ActivationRequest = {}) => openActivations(profile, request);

test("a profile without a buffer has a file for each layer, one with a buffer a folder of pieces", async () => {
  const files = await open(inFiles);
  assert.deepEqual(
    files.layers.map(({ layer, state, file }) => [layer, state, file]),
    [[1, "captured", path.join(files.folder, "layer-1.arrow")]],
  );
  assert.ok(existsSync(files.layers[0].file!));
  const pieces = await open(streaming);
  assert.deepEqual(
    pieces.layers.map(({ layer, state, file, folder }) => [layer, state, file, folder]),
    [[1, "captured", undefined, path.join(pieces.folder, "layer-1")]],
  );
  assert.equal(pieces.folder, files.folder, "the vectors depend on no buffer");
  assert.notEqual(pieces.keyOf(1, "raw"), files.keyOf(1, "raw"));
  const [whole, part] = [await files.load(1, "raw"), await pieces.load(1, "raw")];
  assert.deepEqual([whole.train.length, whole.test.length], [16 * 15 * 32, 8 * 15 * 32]);
  assert.deepEqual([part.train.length, part.test.length], [8 * 15 * 32, 8 * 15 * 32]);
  assert.deepEqual(part.train, whole.train.subarray(0, part.train.length), "sequences come in the same order");
  assert.deepEqual(part.test.subarray(), whole.test);
});

test("a file's scaling is that of its activations", async () => {
  const files = await open(inFiles);
  assert.deepEqual([files.layers[0].state, files.key.length], ["present", 16]);
  for (const inputScale of ["unitMeanSquare", "sqrtWidth", "raw"] as const)
    assert.deepEqual(await files.scaling(1, inputScale), (await files.load(1, inputScale)).scaling);
  assert.equal(files.keyOf(1, "raw"), `${files.key}/layer-1/raw`);
});

test("another layer of a file's model adds a file, the first stays", async () => {
  const first = await open(inFiles, { layers: [1] });
  const written = statSync(first.layers[0].file!).mtimeMs;
  const more = await open(inFiles, { layers: [2, 1, 0] });
  assert.equal(more.key, first.key);
  assert.deepEqual(
    more.layers.map(({ layer, state }) => [layer, state]),
    [
      [2, "captured"],
      [1, "present"],
      [0, "captured"],
    ],
  );
  assert.equal(statSync(first.layers[0].file!).mtimeMs, written);
  await assert.rejects(open(inFiles, { layers: [3] }), /--layers: expected 0 to 2, found 3/);
});

test("the key, 16 digits, changes with what vectors depend on and with nothing else", async () => {
  const { key } = await open(streaming);
  assert.match(key, /^[0-9a-f]{16}$/);
  assert.equal((await open(streaming, { layers: [0] })).key, key);
  assert.equal((await open(streaming, { readings: { site: "resid_post" } })).key, key, "as it is by default");
  const others: [string, Profile, ActivationRequest?][] = [
    ["site", streaming, { readings: { site: "resid_pre" } }],
    ["first position", streaming, { readings: { firstPosition: "kept" } }],
    ["length", { ...streaming, contextLength: 8 }],
    ["size", { ...streaming, trainSequences: 1 }],
    ["pass", { ...streaming, sequencesPerPass: 4 }],
    ["form", { ...streaming, store: "float16" }],
  ];
  const keys = [key];
  for (const [what, profile, request] of others) {
    const found = (await open(profile, request)).key;
    assert.ok(!keys.includes(found), what);
    keys.push(found);
  }
});

test("texts are encoded once for each texts, tokenizer and size", async () => {
  await open(streaming);
  const folder = path.join(cache, "tokens");
  const kept = () =>
    readdirSync(folder)
      .filter((name) => name.endsWith(".arrow"))
      .map((name) => [name, statSync(path.join(folder, name)).mtimeMs]);
  const before = kept();
  assert.ok(before.every(([name]) => /^[0-9a-f]{16}\.arrow$/.test(String(name))));
  await open(streaming);
  await open(inFiles);
  assert.deepEqual(kept(), before);
});

test("an interrupted opening says so", async () => {
  const request = { layers: [2], readings: { firstPosition: "kept" }, signal: AbortSignal.abort() } as const;
  await assert.rejects(
    open({ ...streaming, contextLength: 12 }, { ...request, layers: [2] }),
    (error: Error) => error instanceof SncError && error.failure === "interrupted",
  );
});
