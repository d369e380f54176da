import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import Ajv from "ajv/dist/2020.js";
import { stream } from "../../src/base/random.js";
import { firingsOf } from "../../src/dashboard/firings.js";
import { type Autoencoder, autoencoderOf } from "../../src/experiment/training/autoencoder.js";
import { type CoreNumbers, type CoreSubject, saeBenchCore } from "../../src/interop/saebench.js";
import { featureFrequencies, featureWeights, reconstructionNumbers } from "../../src/interop/saebench-numbers.js";
import { run } from "../../src/runs.js";
import { initialParams } from "../../src/sae/params.js";
import { initialState } from "../../src/sae/state.js";
import { withBackend } from "../helpers/backend.js";
import { fixtures } from "../helpers/paths.js";

withBackend();

const [d_in, d_sae, rows, off, neverFires] = [5, 7, 60, 2, 6];
const scaling = { mean: [1, -2, 0.5, 3, 0], scale: 0.25 };
const random = stream(5, "h");
const h = Float32Array.from({ length: rows * d_in }, () => random.normal());
const sequence = Int32Array.from({ length: rows }, (_, t) => Math.floor(t / 6));

function autoencoder(): Autoencoder {
  const params = initialParams(d_in, d_sae, 8, "kaiming");
  const b_enc = tf.tensor1d(Array.from({ length: d_sae }, (_, i) => (i === neverFires ? -100 : 0.1 * i - 0.2)));
  const b_dec = tf.tensor1d([0.1, 0.2, -0.3, 0, 0.4]);
  const state = initialState({ ...params, b_enc, b_dec }, { activityWindow: 1, random: [1, 2, 3, 4] });
  state.alive[off] = 0;
  return autoencoderOf(state, run(0).method, { scaling });
}

const subject: CoreSubject = {
  ...{ key: "0123", name: "run-0/layer-2/seed-42", modelName: "tiny", layer: 2, site: "resid_post", contextLength: 7 },
  ...{ prependBos: false, dataset: "made up", precision: "float32", d_in, d_sae, at: 1_700_000_000_000 },
};
const downstream = {
  ...{ ce: { none: 2, sae: 3, zero: 6 }, kl: { sae: 0.5, zero: 4 }, ceRecovered: 0.75, klRecovered: 0.875, tokens: 70 },
};

function numbersOf(sae: Autoencoder): CoreNumbers {
  return {
    ...{ downstream, varianceExplained: { pooled: 0.7, perToken: 0.6 } },
    reconstruction: reconstructionNumbers(sae, h),
    frequencies: featureFrequencies(firingsOf(sae, h), sequence),
    weights: featureWeights(sae),
  };
}

const near = (found: number, expected: number, message: string): void =>
  assert.ok(Math.abs(found - expected) <= 1e-5 * Math.max(1, Math.abs(expected)), `${message}: ${found}, ${expected}`);
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, value, i) => sum + value * b[i], 0);
const norm = (a: readonly number[]): number => Math.sqrt(dot(a, a));

/** f, x and x̂ of every row by plain loops, in the units of x. */
function loops(sae: Autoencoder) {
  const { W_enc, b_enc, W_dec, b_dec } = sae.weights();
  return Array.from({ length: rows }, (_, t) => {
    const one = [...h.subarray(t * d_in, (t + 1) * d_in)];
    const f = Array.from({ length: d_sae }, (_, j) =>
      Math.max(
        0,
        one.reduce((sum, value, i) => sum + (value - b_dec[i]) * W_enc[i * d_sae + j], b_enc[j]),
      ),
    );
    const hHat = one.map((_, i) => f.reduce((sum, value, j) => sum + value * W_dec[j * d_in + i], b_dec[i]));
    const unscaled = (values: readonly number[]) => values.map((value, i) => value / scaling.scale + scaling.mean[i]);
    return { f, x: unscaled(one), xHat: unscaled(hHat) };
  });
}

test("norms, errors and sparsity are in the units of the model's activations", () => {
  const sae = autoencoder();
  const found = reconstructionNumbers(sae, h);
  const all = loops(sae);
  assert.equal(found.vectors, rows);
  near(found.normIn, mean(all.map(({ x }) => norm(x))), "‖x‖");
  near(found.normOut, mean(all.map(({ xHat }) => norm(xHat))), "‖x̂‖");
  near(found.normRatio, mean(all.map(({ x, xHat }) => norm(xHat) / norm(x))), "ratio");
  const bias = mean(all.map(({ xHat }) => dot(xHat, xHat))) / mean(all.map(({ x, xHat }) => dot(x, xHat)));
  near(found.reconstructionBias, bias, "bias");
  near(
    found.meanSquaredError,
    mean(all.flatMap(({ x, xHat }) => x.map((value, i) => (value - xHat[i]) ** 2))),
    "error",
  );
  near(found.cosine, mean(all.map(({ x, xHat }) => dot(x, xHat) / (norm(x) * norm(xHat)))), "cosine");
  near(found.l0, mean(all.map(({ f }) => f.filter((value) => value > 0).length)), "L0");
  near(found.l1, mean(all.map(({ f }) => f.reduce((sum, value) => sum + value / scaling.scale, 0))), "L1");
});

test("a feature's density and firings per sequence, and its weights for raw activations", () => {
  const sae = autoencoder();
  const all = loops(sae);
  const { W_enc, W_dec, b_enc } = sae.weights();
  const column = (j: number): number[] => Array.from({ length: d_in }, (_, i) => W_enc[i * d_sae + j]);
  const row = (j: number): number[] => [...W_dec.subarray(j * d_in, (j + 1) * d_in)];
  for (const { feature, frequency, perSequence } of featureFrequencies(firingsOf(sae, h), sequence)) {
    const fired = [...all.keys()].filter((t) => all[t].f[feature] > 0);
    assert.equal(frequency, fired.length / rows);
    const sequences = new Set(fired.map((t) => sequence[t])).size;
    assert.equal(perSequence, fired.length > 0 ? fired.length / sequences : undefined);
  }
  const weights = featureWeights(sae);
  const alive = [0, 1, 3, 4, 5, 6];
  assert.deepEqual(
    weights.map(({ feature }) => feature),
    alive,
  );
  const cosine = (a: number[], b: number[]): number => dot(a, b) / (norm(a) * norm(b));
  for (const one of weights) {
    const others = alive.filter((j) => j !== one.feature);
    near(one.encoderBias, b_enc[one.feature] / scaling.scale, "bias");
    near(one.encoderNorm, norm(column(one.feature)), "norm");
    near(one.encoderDecoder, cosine(column(one.feature), row(one.feature)), "encoder and decoder");
    near(one.largestEncoderCosine, Math.max(...others.map((j) => cosine(column(one.feature), column(j)))), "encoder");
    near(one.largestDecoderCosine, Math.max(...others.map((j) => cosine(row(one.feature), row(j)))), "decoder");
  }
});

test("the evaluation is what SAEBench's schema of its core evaluation asks for", () => {
  const schema = JSON.parse(readFileSync(path.join(fixtures, "saebench", "core.schema.json"), "utf8"));
  const validate = new Ajv({ strict: false, allErrors: true }).compile(schema);
  const core = JSON.parse(JSON.stringify(saeBenchCore(numbersOf(autoencoder()), subject)));
  const isValid: boolean = validate(core);
  assert.ok(isValid, JSON.stringify(validate.errors));
  for (const category of Object.keys(core.eval_result_metrics))
    for (const metric of Object.keys(core.eval_result_metrics[category])) {
      const lacking = structuredClone(core);
      delete lacking.eval_result_metrics[category][metric];
      const isMissed: boolean = !validate(lacking);
      assert.ok(isMissed, `the schema does not ask for ${metric}`);
    }
});

test("metrics are the numbers given, densities and means of cosines", () => {
  const numbers = numbersOf(autoencoder());
  const { eval_result_metrics: metrics, eval_result_details: details, ...core } = saeBenchCore(numbers, subject);
  const { reconstruction, frequencies, weights } = numbers;
  assert.deepEqual(metrics.model_behavior_preservation, {
    ...{ kl_div_score: 0.875, kl_div_with_ablation: 4, kl_div_with_sae: 0.5 },
  });
  assert.deepEqual(metrics.model_performance_preservation, {
    ...{ ce_loss_score: 0.75, ce_loss_with_ablation: 6, ce_loss_with_sae: 3, ce_loss_without_sae: 2 },
  });
  assert.equal(metrics.reconstruction_quality.explained_variance, 0.7);
  assert.equal(metrics.reconstruction_quality.explained_variance_legacy, 0.6);
  assert.deepEqual(metrics.sparsity, { l0: reconstruction.l0, l1: reconstruction.l1 });
  const shares = frequencies.map(({ frequency }) => frequency);
  const total = shares.reduce((sum, share) => sum + share, 0);
  const often = shares.filter((share) => share > 0.1);
  near(metrics.misc_metrics.freq_over_10_percent, often.length / d_sae, "over 10 %");
  near(
    metrics.misc_metrics.normalized_freq_over_10_percent,
    often.reduce((sum, share) => sum + share, 0) / total,
    "of all",
  );
  near(metrics.misc_metrics.frac_alive, 5 / 7, "alive");
  const decoderCosine = mean(weights.map((one) => one.largestDecoderCosine));
  near(metrics.misc_metrics.average_max_decoder_cosine_sim, decoderCosine, "decoder");
  assert.deepEqual(
    details.map(({ index }) => index),
    [0, 1, 3, 4, 5],
    "a feature that is off, and one that never fires, have no mean firings per sequence",
  );
  assert.match(core.eval_id, /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.notEqual(saeBenchCore(numbers, { ...subject, key: "4567" }).eval_id, core.eval_id);
});

test("without a score nothing is written in its place", () => {
  const numbers = numbersOf(autoencoder());
  const { klRecovered: _, ...lacking } = downstream;
  assert.throws(() => saeBenchCore({ ...numbers, downstream: lacking }, subject), /^SncError: kl_div_score: expected/);
});

test("an autoencoder whose scaling is not known is refused", () => {
  const sae = { ...autoencoder(), scaling: undefined };
  assert.throws(() => reconstructionNumbers(sae, h), /expected how its input was scaled/);
  assert.throws(() => featureWeights(sae), /expected how its input was scaled/);
});
