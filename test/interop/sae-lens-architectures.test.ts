/** Autoencoders of other methods as SAELens has them: what is written, and that it has the same features. */
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { stream } from "../../src/base/random.js";
import { type Autoencoder, autoencoderOf } from "../../src/experiment/training/autoencoder.js";
import { optimizationOf } from "../../src/experiment/training/steps.js";
import { importAutoencoder } from "../../src/interop/import.js";
import { readSaeLens } from "../../src/interop/sae-lens.js";
import type { SaeLensPlace } from "../../src/interop/sae-lens-config.js";
import { exportAutoencoder } from "../../src/interop/sae-lens-export.js";
import { batchTopK, jumpRelu, keepAll, topK } from "../../src/mechanisms/index.js";
import { type Method, ownRule } from "../../src/method.js";
import { methodNamed } from "../../src/methods/index.js";
import { profiles } from "../../src/profiles.js";
import { initialParams, paramsOf } from "../../src/sae/params.js";
import { disposeState, initialState } from "../../src/sae/state.js";
import { train } from "../../src/train.js";
import { withBackend } from "../helpers/backend.js";
import { relativeDifference } from "../helpers/foreign-case.js";
import { withOneOff } from "../helpers/one-off.js";
import { fixtures } from "../helpers/paths.js";

withBackend();
const made = mkdtemp(path.join(os.tmpdir(), "snc-sae-lens-architectures-"));
after(async () => rm(await made, { recursive: true }));

const [d_in, d_sae, tokens, off] = [8, 12, 40, 2];
const place: SaeLensPlace = {
  ...{ modelName: "m", layer: 2, site: "resid_post", contextLength: 4, prependBos: true, firstPosition: 1 },
};
const random = stream(3, "architectures");
const numbers = (count: number, size = 1): Float32Array =>
  Float32Array.from({ length: count }, () => size * random.normal());
const scaling = { mean: numbers(d_in, 3), scale: 0.2 };
const x = numbers(tokens * d_in, 4);

/** An autoencoder with random weights whose features are kept by this rule; one of them is switched off. */
function autoencoder(keep: Method["keep"], theta?: Float32Array): Autoencoder {
  const matrices = { W_enc: numbers(d_in * d_sae), W_dec: numbers(d_in * d_sae) };
  const biases = { b_enc: numbers(d_sae, 0.3), b_dec: numbers(d_in, 0.3) };
  const params = paramsOf({ d_in, d_sae, ...matrices, ...biases, ...(theta && { theta }) });
  return withOneOff(params, { keep, scaling, off });
}

const values = (make: () => tf.Tensor): Float32Array => tf.tidy(() => make().dataSync<"float32">());
const thresholds = Float32Array.from({ length: d_sae }, (_, i) => (i % 4) * 0.8);

for (const [name, keep, theta, like] of [
  ["keepAll", keepAll, undefined, "standard"],
  ["topK", topK({ k: 3 }), undefined, "topk"],
  ["jumpRelu", jumpRelu(), thresholds, "jumprelu"],
  ["batchTopK", batchTopK({ k: 3 }), new Float32Array(d_sae).fill(1.5), "jumprelu"],
] as const)
  test(`${name}: written as ${like}, with the fields that sae-lens writes, and its features are ours over the scale`, async () => {
    const folder = path.join(await made, name);
    const sae = autoencoder(keep, theta);
    const { architecture, scale, disabledFeatures } = await exportAutoencoder(sae, { folder, place });
    assert.deepEqual([architecture, scale, disabledFeatures], [like, 0.2, [off]]);

    const read = async (from: string) => JSON.parse(await readFile(path.join(from, "cfg.json"), "utf8"));
    const { metadata, rescale_acts_by_decoder_norm: _, ...theirs } = await read(path.join(fixtures, "sae-lens", like));
    const { metadata: ourMetadata, rescale_acts_by_decoder_norm: rescaled = false, ...ours } = await read(folder);
    assert.deepEqual(ours, theirs);
    assert.equal(rescaled, false);
    assert.equal(ourMetadata.sae_lens_version, metadata.sae_lens_version);

    const raw = await importAutoencoder(folder);
    const expected = values(() => sae.features(sae.scale(tf.tensor2d(x, [tokens, d_in]))));
    const found = values(() => tf.mul(raw.features(tf.tensor2d(x, [tokens, d_in])), scale));
    assert.ok(relativeDifference(found, expected) < 1e-5);
    const fired = expected.filter((f) => f > 0).length;
    assert.ok(fired > tokens && fired < (name === "keepAll" ? 8 : 5) * tokens, `${fired} fired`);
    assert.ok(expected.every((f, at) => at % d_sae !== off || f === 0));

    const own = await importAutoencoder(folder, { scaling });
    const h = values(() => sae.scale(tf.tensor2d(x, [tokens, d_in])));
    const again = values(() => own.features(tf.tensor2d(h, [tokens, d_in])));
    assert.ok(relativeDifference(again, expected) < 1e-5);
    const [theirMeasures, ourMeasures] = [own.evaluate(h), sae.evaluate(h)];
    assert.equal(theirMeasures.l0, ourMeasures.l0);
    assert.ok(Math.abs(theirMeasures.reconstructionError / ourMeasures.reconstructionError - 1) < 1e-5);
    for (const used of [sae, raw, own]) used.dispose();
  });

test("a loop of one's own: what a batch's largest activations are kept by is exported as the threshold of its last step", async () => {
  const method = methodNamed("batch-top-k", { k: 3, steps: 1000, interval: 100 });
  const params = initialParams(d_in, d_sae, 1);
  const state = initialState(params, { random: stream(1, "rebirth").state() });
  tf.dispose(Object.values(params));
  const batch = () => tf.tensor2d(numbers(20 * d_in, 1 / Math.sqrt(d_in)), [20, d_in]);
  for (const _ of train(state, method, batch, { ...optimizationOf(profiles.smoke), steps: 3 }));
  const sae = autoencoderOf(state, method, { scaling });
  const folder = path.join(await made, "loop");
  await exportAutoencoder(sae, { folder, place });
  const { weights } = await readSaeLens(folder);
  assert.ok(state.threshold! > 0);
  assert.ok(weights.theta!.every((theta) => Math.abs(theta * scaling.scale - state.threshold!) < 1e-6));
  sae.dispose();
  disposeState(state);
});

test("more features of a token than there are: all that are above 0, as SAELens can be told", async () => {
  const folder = path.join(await made, "many");
  const sae = autoencoder(topK({ k: 100 }));
  await exportAutoencoder(sae, { folder, place });
  sae.dispose();
  assert.equal(JSON.parse(await readFile(path.join(folder, "cfg.json"), "utf8")).k, d_sae);
});

test("features kept by a rule of one's own, or by thresholds that are not there, are refused", async () => {
  const folder = path.join(await made, "refused");
  const half = ownRule("half", "mine", {}, (_s, { a }: { a: tf.Tensor2D }) => ({ f: tf.mul(a, 0.5) as tf.Tensor2D }));
  for (const [keep, found] of [
    [half as Method["keep"], /found half without theta$/],
    [batchTopK(), /found batchTopK without theta$/],
  ] as const) {
    const sae = autoencoder(keep);
    await assert.rejects(exportAutoencoder(sae, { folder, place }), { failure: "usage", message: found });
    sae.dispose();
  }
});
