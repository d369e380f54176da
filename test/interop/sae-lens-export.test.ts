import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { recordHashes } from "../../src/base/recorded.js";
import { type ActivationSet, loadActivations } from "../../src/data/activations/activation-file.js";
import { captureLayerFiles, layerFile } from "../../src/data/activations/layer-files.js";
import { scaled } from "../../src/data/activations/scale.js";
import type { Experiment } from "../../src/experiment/experiment.js";
import type { MethodSpec } from "../../src/experiment/spec.js";
import { loadTraining } from "../../src/experiment/training/load.js";
import { readTrainedWeights } from "../../src/experiment/training/read-weights.js";
import { ensureTrained } from "../../src/experiment/training/training.js";
import { methodRun } from "../../src/experiment/variation.js";
import { importAutoencoder } from "../../src/interop/import.js";
import { readSaeLens } from "../../src/interop/sae-lens.js";
import { exportSaeLens, type SaeLensExport } from "../../src/interop/sae-lens-export.js";
import { sparsityOf } from "../../src/methods/names.js";
import { loadDecoder } from "../../src/model/decoder.js";
import { encodeSafetensors } from "../../src/model/write-safetensors.js";
import { profiles } from "../../src/profiles.js";
import { readings } from "../../src/readings.js";
import { run } from "../../src/runs.js";
import { perWeight, type SaeWeights, shapesOf } from "../../src/sae/params.js";
import { withBackend } from "../helpers/backend.js";
import { relativeDifference } from "../helpers/foreign-case.js";
import { fixtures } from "../helpers/paths.js";
import { smallSpec } from "../helpers/small-training.js";

withBackend();
const [layer, seed, off] = [1, 42, 2];
let root: string;
let captured: string;
before(async () => {
  root = await mkdtemp(path.join(tmpdir(), "snc-sae-lens-export-"));
  process.env.SNC_CACHE = path.join(root, "cache"); // from here on: TensorFlow has come from the user's
  const model = await loadDecoder(path.join(fixtures, "models", "llama-tiny", "model.safetensors"));
  const tokens = {
    ...{ contextLength: 6, sources: ["one"], tokens: Int32Array.from({ length: 60 }, (_, i) => (i * 37) % 128) },
    ...{ source: new Int8Array(10), split: Int8Array.from({ length: 10 }, (_, i) => Number(i % 5 === 4)) },
    document: new Int32Array(10),
  };
  await captureLayerFiles({ model, tokens, layers: [layer], folder: root, sequencesPerPass: 8 });
  model.dispose();
  captured = layerFile(root, layer);
});
after(() => rm(root, { recursive: true }));

/** The smoke profile's experiment under these readings, with these captured vectors and a training of its run. */
async function experimentOf(
  number: number,
  changes: Record<string, string> = {},
  method?: MethodSpec,
): Promise<Experiment> {
  const chosen = readings(changes);
  const { inputScale } = chosen;
  const load = async () => scaled(await loadActivations(captured), inputScale);
  const small = smallSpec({ number, steps: 5 });
  const chosenRun = method ? methodRun(small.run, method, { ...small.profile, d_sae: 12 }) : small.run;
  const spec = { ...small, run: chosenRun, layer, activations: { key: JSON.stringify(changes), load } };
  const resultSet = { folder: path.join(root, "results", chosenRun.name, JSON.stringify(changes)) };
  const experiment = { profile: profiles.smoke, readings: chosen, resultSet, run, spec: async () => spec };
  return experiment as unknown as Experiment;
}

/** Trains the experiment's run and switches one feature off; returns the training's folder. */
async function trained(experiment: Experiment, number: number): Promise<string> {
  const { folder } = await ensureTrained(experiment.resultSet.folder, await experiment.spec(number, layer, seed));
  const { weights, alive, scaling, d_in, d_sae } = await readTrainedWeights(folder);
  const shapes = shapesOf({ d_in, d_sae });
  const tensors = {
    ...perWeight((name) => ({ shape: shapes[name], data: weights[name]! })),
    alive: { shape: [d_sae], data: alive.map((_, i) => (i === off ? 0 : 1)) },
    input_mean: { shape: [d_in], data: Float64Array.from(scaling!.mean) },
    input_scale: { shape: [1], data: Float64Array.of(scaling!.scale) },
  };
  await writeFile(path.join(folder, "weights.safetensors"), encodeSafetensors(tensors));
  await recordHashes(folder, ["weights.safetensors"]);
  return folder;
}

const request = (number: number, changes: Partial<SaeLensExport> = {}): SaeLensExport => ({
  ...{ run: number, layer, seed, folder: path.join(root, "out") },
  ...changes,
});

const metadataIn = async (folder: string) => JSON.parse(await readFile(path.join(folder, "cfg.json"), "utf8")).metadata;

for (const [changes, slice, hook] of [
  [{}, [1, null], "blocks.1.hook_resid_post"],
  [{ firstPosition: "kept" }, [0, null], "blocks.1.hook_resid_post"],
  [{ site: "resid_pre" }, [1, null], "blocks.1.hook_resid_pre"],
] as const)
  test(`cfg.json says which positions and which site were trained on: ${JSON.stringify(changes)}`, async () => {
    const experiment = await experimentOf(3, changes);
    await trained(experiment, 3);
    const { folder } = await exportSaeLens(experiment, request(3));
    const { selective_neural_competition: about, ...metadata } = await metadataIn(folder);
    assert.deepEqual(metadata.seqpos_slice, slice);
    assert.equal(metadata.hook_name, hook);
    assert.deepEqual(
      [metadata.model_name, metadata.context_size, metadata.prepend_bos],
      ["HuggingFaceTB/SmolLM2-135M-Instruct", 128, false],
    );
    assert.deepEqual([about.run, about.layer, about.seed], [{ number: 3, name: run(3).name }, 1, 42]);
    assert.deepEqual([about.disabledFeatures, about.competitionLeftOut], [[off], false]);
  });

/** Features of x by plain loops. */
function featuresOf({ d_in, d_sae, W_enc, b_enc, b_dec }: SaeWeights, x: ArrayLike<number>): number[] {
  return Array.from({ length: d_sae }, (_, j) => {
    let a = b_enc[j];
    for (let i = 0; i < d_in; i++) a += (x[i] - b_dec[i]) * W_enc[i * d_sae + j];
    return Math.max(a, 0);
  });
}

test("the exported encoder gives for a raw activation the trained features over the scale, of those that are not off", async () => {
  const experiment = await experimentOf(3);
  const training = await trained(experiment, 3);
  const { folder, scale } = await exportSaeLens(experiment, request(3));
  const { weights } = await readSaeLens(folder);
  const { weights: trainedWeights, d_in: width, d_sae } = await readTrainedWeights(training);
  const own: SaeWeights = { ...trainedWeights, d_in: width, d_sae };
  const raw: ActivationSet = await loadActivations(captured);
  assert.equal(scale, raw.scale);
  const { d_in } = raw;
  let fired = 0;
  for (let t = 0; t < raw.testCount; t++) {
    const x = raw.test.subarray(t * d_in, (t + 1) * d_in);
    const expected = featuresOf(
      own,
      Array.from(x, (value, i) => (value - raw.mean[i]) * scale),
    );
    for (const [j, feature] of featuresOf(weights, x).entries()) {
      const byHand = j === off ? 0 : expected[j];
      assert.ok(Math.abs(feature * scale - byHand) < 1e-4, `${t}, ${j}: ${feature * scale}, by hand ${byHand}`);
      fired += Number(byHand > 0);
    }
  }
  assert.ok(fired > 10, `${fired} features fired`);
});

for (const [method, architecture] of [
  ["top-k", "topk"],
  ["batch-top-k", "jumprelu"],
  ["matryoshka", "jumprelu"],
  ["jump-relu", "jumprelu"],
  ["frozen-decoder", "standard"],
] as const)
  test(`${method} is exported as ${architecture}, and read back it has the features of the training`, async () => {
    const choice: MethodSpec = { method, ...(sparsityOf(method) === "k" && { k: 3 }) };
    const experiment = await experimentOf(0, {}, choice);
    const asked = { ...request(0, { folder: path.join(root, method) }), run: choice };
    await assert.rejects(exportSaeLens(experiment, asked), (error: Error) =>
      new RegExp(`Run: snc train --profile smoke --method ${method} .*--layer 1 --seed 42$`).test(error.message),
    );
    const spec = await experiment.spec(choice, layer, seed);
    const { folder: training } = await ensureTrained(experiment.resultSet.folder, spec);
    const exported = await exportSaeLens(experiment, asked);
    assert.equal(exported.architecture, architecture);
    assert.equal((await metadataIn(exported.folder)).selective_neural_competition.run.name, spec.run.name);

    const { test: h, d_in, scaling } = await spec.activations.load();
    const [own, theirs] = [await loadTraining(training), await importAutoencoder(exported.folder, { scaling })];
    const [expected, found] = [own, theirs].map((sae) =>
      tf.tidy(() => sae.features(tf.tensor2d(h as Float32Array, [h.length / d_in, d_in])).dataSync<"float32">()),
    );
    assert.ok(relativeDifference(found, expected) < 1e-4);
    assert.equal(theirs.evaluate(h).l0, own.evaluate(h).l0);
    assert.ok(own.evaluate(h).l0 > 0.5, `L0 ${own.evaluate(h).l0}`);
    for (const used of [own, theirs]) used.dispose();
  });

test("a run that competes is exported only if its competition may be left out, and the folder says so", async () => {
  const experiment = await experimentOf(7);
  await trained(experiment, 7);
  await assert.rejects(exportSaeLens(experiment, request(7)), {
    failure: "usage",
    message: /^--run 7: expected a run without competition \(0 to 6\).*--without-competition$/,
  });
  const { folder, competitionLeftOut } = await exportSaeLens(experiment, request(7, { withoutCompetition: true }));
  assert.equal(competitionLeftOut, true);
  assert.equal((await metadataIn(folder)).selective_neural_competition.competitionLeftOut, true);
});

test("a run that is not trained is refused with the command that trains it", async () => {
  await assert.rejects(exportSaeLens(await experimentOf(2), request(2)), {
    failure: "input",
    message:
      /expected a finished, unchanged training of run 2, layer 1, seed 42, found none\. Run: snc train --profile smoke --run 2 --layer 1 --seed 42$/,
  });
});
