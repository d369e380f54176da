import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { recordHashes } from "../../../src/base/recorded.js";
import { loadAutoencoder, loadTraining, saveAutoencoder } from "../../../src/experiment/training/load.js";
import { readTrainedWeights } from "../../../src/experiment/training/read-weights.js";
import type { TrainingRecord } from "../../../src/experiment/training/record.js";
import type { TrainingSpec } from "../../../src/experiment/training/spec.js";
import { startingState } from "../../../src/experiment/training/steps.js";
import { ensureTrained } from "../../../src/experiment/training/training.js";
import { strongest, winnerTakesAll } from "../../../src/mechanisms/index.js";
import { describe, rule } from "../../../src/method.js";
import { methodNames } from "../../../src/methods/names.js";
import { encodeSafetensors } from "../../../src/model/write-safetensors.js";
import { readings } from "../../../src/readings.js";
import { run } from "../../../src/runs.js";
import { disposeState } from "../../../src/sae/state.js";
import { withBackend } from "../../helpers/backend.js";
import { actingSpec, methodSpec, smallSpec } from "../../helpers/small-training.js";

withBackend();

const root = mkdtempSync(path.join(tmpdir(), "snc-load-"));
after(() => rmSync(root, { recursive: true }));
let folders = 0;

async function trained(spec: TrainingSpec) {
  const { test: vectors, d_in } = await spec.activations.load();
  const { folder } = await ensureTrained(path.join(root, String(folders++)), spec);
  return { folder, vectors, h: () => tf.tensor2d(vectors.subarray(), [vectors.length / d_in, d_in]) };
}

type Trained = Awaited<ReturnType<typeof trained>>;

/** What a loaded training measures on h: variance explained, and the share of activations above zero. */
async function measured({ folder, h, vectors }: Trained, options?: Parameters<typeof loadTraining>[1]) {
  const sae = await loadTraining(folder, options);
  const { fractionVarianceExplained, activeFraction } = sae.evaluate(vectors);
  const found = tf.tidy(() => {
    const x = h();
    const f = sae.features(x);
    const error = tf.sum(tf.squaredDifference(x, sae.decode(f))).dataSync()[0];
    const total = tf.sum(tf.squaredDifference(x, tf.mean(x, 0))).dataSync()[0];
    return { explained: 1 - error / total, active: tf.mean(tf.cast(tf.greater(f, 0), "float32")).dataSync()[0] };
  });
  sae.dispose();
  assert.ok(Math.abs(found.explained - fractionVarianceExplained) < 1e-6);
  assert.ok(Math.abs(found.active - activeFraction) < 1e-6);
  return { ...found, record: sae.record };
}

function assertRecorded({ explained, active, record }: { explained: number; active: number; record: TrainingRecord }) {
  const { fractionVarianceExplained, activeFraction } = record.final;
  assert.ok(
    Math.abs(explained - fractionVarianceExplained!) < 1e-6,
    `${explained} is not ${fractionVarianceExplained}`,
  );
  assert.ok(Math.abs(active - activeFraction!) < 1e-6, `${active} is not ${activeFraction}`);
}

/** Run 9 in which every mechanism acts, under a reading of the competition. */
function actingUnder(changes: Record<string, string>): TrainingSpec {
  const spec = actingSpec();
  const { inhibit, neighbours } = run(9, { readings: readings(changes) }).method;
  return { ...spec, run: { ...spec.run, method: { ...spec.run.method, inhibit, neighbours } } };
}

const specs: Record<string, TrainingSpec> = {
  ...Object.fromEntries([0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((number) => [`Run ${number}`, smallSpec({ number })])),
  "Run 7 in blocks": { ...smallSpec(), run: run(7, { readings: readings({ neighbourhood: "blocks" }) }) },
  "every mechanism acting": actingSpec(),
  "the winner subtracted": actingUnder({ inhibition: "subtractWinner" }),
  "half of the winner": actingUnder({ inhibition: "halfMax" }),
  ...Object.fromEntries(methodNames.map((name) => [name, methodSpec(name)])),
  "an adaptive window": actingUnder({ adaptiveNeighbourhood: "window" }),
};
for (const [name, spec] of Object.entries(specs))
  test(`a loaded training has the features that its metrics were measured on: ${name}`, async () => {
    assertRecorded(await measured(await trained(spec)));
  });

test("each of H, r and alive counts: without it another number comes out", async () => {
  const acting = await trained(actingSpec());
  const { weights, alive, radius, coactivation, d_in, d_sae } = await readTrainedWeights(acting.folder);
  assert.ok(
    alive.some((value) => value === 0),
    "a feature is switched off",
  );
  const shapes = { W_enc: [d_in, d_sae], b_enc: [d_sae], W_dec: [d_sae, d_in], b_dec: [d_in] };
  const all = {
    ...Object.fromEntries(
      Object.entries(shapes).map(([key, shape]) => [key, { shape, data: weights[key as "W_enc"] }]),
    ),
    alive: { shape: [d_sae], data: alive },
    r: { shape: [d_sae], data: radius },
    H: { shape: [d_sae, d_sae], data: coactivation },
  };
  const file = path.join(acting.folder, "weights.safetensors");
  const { explained } = await measured(acting);
  for (const change of [{ alive: { shape: [d_sae], data: alive.map(() => 1) } }, { r: undefined }, { H: undefined }]) {
    const kept = Object.entries({ ...all, ...change }).filter(([, tensor]) => tensor !== undefined);
    writeFileSync(file, encodeSafetensors(Object.fromEntries(kept) as typeof all));
    await recordHashes(acting.folder, ["weights.safetensors"]);
    assert.notEqual((await measured(acting)).explained, explained, Object.keys(change)[0]);
  }
});

test("a competition of the user's own is given again; without it the error says how", async () => {
  const spec = smallSpec({ number: 7 });
  const everyone = rule("everyone", "", {}, (s) => {
    const n = s.alive.length;
    const starts = Int32Array.from({ length: n + 1 }, (_, i) => i * (n - 1));
    const members = Array.from({ length: n }, (_, i) => Array.from({ length: n }, (__, j) => j).filter((j) => j !== i));
    return { starts, members: Int32Array.from(members.flat()) };
  }) as TrainingSpec["run"]["method"]["neighbours"];
  const method = { ...spec.run.method, neighbours: everyone };
  const own = await trained({ ...spec, run: { ...spec.run, method } });
  await assert.rejects(
    loadTraining(own.folder),
    /neighbours: expected a rule of this package .*found everyone.*loadTraining\(folder, \{ method \}\)/,
  );
  assertRecorded(await measured(own, { method }));
});

test("the model's own activations are scaled as in the training, where it knows how", async () => {
  const spec = smallSpec();
  const { test: vectors, ...rest } = await spec.activations.load();
  const scaling = { mean: Array.from({ length: 12 }, (_, i) => i / 3), scale: 0.25 };
  const known = { ...spec, activations: { key: "scaled", load: async () => ({ ...rest, test: vectors, scaling }) } };
  const { folder, h } = await trained(known);
  const sae = await loadTraining(folder);
  assert.deepEqual(Array.from(sae.scaling!.mean), scaling.mean);
  const worst = tf.tidy(() => {
    const x = tf.add(tf.div(h(), scaling.scale), tf.tensor1d(scaling.mean)) as tf.Tensor2D;
    return tf.max(tf.abs(tf.sub(sae.scale(x), h()))).dataSync()[0];
  });
  assert.ok(worst < 1e-6, String(worst));
  assert.throws(() => sae.features(tf.zeros([2, 13])), /h: expected rows of 12 numbers, found 13/);
  sae.dispose();
  const plain = await loadTraining((await trained(smallSpec())).folder);
  assert.throws(() => plain.scale(tf.zeros([2, 12])), /expected how its input was scaled, found nothing/);
  plain.dispose();
});

test("nothing is left in memory by features, decode and dispose but what they return", async () => {
  const { folder, h } = await trained(actingSpec());
  const before = tf.memory().numTensors;
  const sae = await loadTraining(folder);
  const x = h();
  const f = sae.features(x);
  tf.dispose([x, f, sae.decode(f)]);
  sae.dispose();
  assert.equal(tf.memory().numTensors, before);
});

test("a changed file of a training is refused wherever it is read, and so is an empty or changed run.json", async () => {
  const spec = smallSpec({ number: 9 });
  const set = path.join(root, String(folders++));
  const { folder } = await ensureTrained(set, spec);
  for (const name of ["weights.safetensors", "metrics.arrow", "trace.arrow", "features.arrow", "density.arrow"]) {
    const file = path.join(folder, name);
    const bytes = readFileSync(file);
    const flipped = Buffer.from(bytes);
    flipped[bytes.length >> 1] ^= 1;
    writeFileSync(file, flipped);
    await assert.rejects(ensureTrained(set, spec), (error: Error) =>
      error.message.startsWith(`${file}: expected sha256`),
    );
    if (name === "weights.safetensors")
      await assert.rejects(loadTraining(folder), /weights.safetensors: expected sha256/);
    writeFileSync(file, bytes);
  }
  assert.equal((await ensureTrained(set, spec)).isNew, false);
  const record = path.join(folder, "run.json");
  const text = readFileSync(record, "utf8");
  for (const [content, found] of [
    ["", /expected JSON, as snc train wrote it, found Unexpected end/],
    [text.replace(/"d_sae": 12/, '"d_sae": 13'), /expected sha256/],
  ] as const) {
    writeFileSync(record, content);
    await assert.rejects(
      loadTraining(folder),
      (error: Error) =>
        error.message.startsWith(`${record}: expected`) &&
        found.test(error.message) &&
        error.message.endsWith(`Delete ${folder} and run: snc train`),
    );
  }
  await assert.rejects(loadTraining(root), /expected a finished training \(run.json\), found none/);
});

test("a training's weights are an autoencoder like any saved one: both ways of loading give the same features", async () => {
  for (const spec of [smallSpec({ number: 4 }), smallSpec({ number: 7 }), actingSpec()]) {
    const { folder, h } = await trained(spec);
    const [training, sae] = [await loadTraining(folder), await loadAutoencoder(folder)];
    const x = h();
    assert.deepEqual(sae.features(x).dataSync(), training.features(x).dataSync());
    assert.deepEqual(sae.competition, training.competition);
    assert.deepEqual([sae.d_in, sae.d_sae, sae.alive], [12, 12, training.alive]);
    for (const loaded of [training, sae]) loaded.dispose();
  }
});

test("an autoencoder's features are refused vectors with NaN, which would fire nowhere", async () => {
  const sae = await loadTraining((await trained(smallSpec())).folder);
  const h = new Float32Array(36);
  h[25] = Number.NaN;
  assert.throws(() => sae.features(tf.tensor2d(h, [3, 12])), {
    failure: "usage",
    message: "h: expected finite numbers, found NaN in row 2",
  });
  assert.throws(() => sae.evaluate(h), { message: "h: expected finite numbers, found NaN in row 2" });
  assert.throws(() => sae.decode(tf.zeros([2, 1])), { message: "f: expected rows of 12 numbers, found 1" });
  sae.dispose();
});

/** A file like the one that Run 9 leaves, with changed tensors and metadata. */
async function savedWith(
  changes: Record<string, { shape: number[]; data: Float32Array | Float64Array | Int32Array } | undefined>,
  metadata: Record<string, string> = {},
): Promise<string> {
  const d = 3;
  const floats = (...shape: number[]) => ({ shape, data: new Float32Array(shape.reduce((n, k) => n * k)).fill(0.5) });
  const tensors = {
    ...{ W_enc: floats(2, d), b_enc: floats(d), W_dec: floats(d, 2), b_dec: floats(2) },
    alive: { shape: [d], data: Float32Array.of(1, 0, 1) },
    r: { shape: [d], data: Int32Array.of(1, 2, 0) },
    H: { shape: [d, d], data: new Float64Array(9).fill(0.25) },
    input_mean: { shape: [2], data: Float64Array.of(1, 2) },
    input_scale: { shape: [1], data: Float64Array.of(3) },
    ...changes,
  };
  const kept = Object.entries(tensors).filter(([, tensor]) => tensor !== undefined);
  const competition = JSON.stringify(describe({ inhibit: winnerTakesAll(), neighbours: strongest() }));
  const file = path.join(root, `${folders++}.safetensors`);
  writeFileSync(file, encodeSafetensors(Object.fromEntries(kept) as never, { competition, ...metadata }));
  return file;
}

test("a file without its sha256 is read; one that does not fit together is refused by the tensor that does not", async () => {
  const sae = await loadAutoencoder(await savedWith({}));
  assert.deepEqual([[...sae.alive], sae.scaling!.scale, sae.competition.neighbours.rule], [[1, 0, 1], 3, "strongest"]);
  sae.dispose();
  const refused = async (changes: Parameters<typeof savedWith>[0], message: string) => {
    const file = await savedWith(changes);
    await assert.rejects(loadAutoencoder(file), { failure: "input", message: `${file}: expected ${message}` });
  };
  const f32 = (shape: number[], ...data: number[]) => ({ shape, data: Float32Array.from(data) });
  await refused({ alive: f32([3], 1, 2, 1) }, "0 and 1 in alive, found 2");
  await refused({ alive: f32([3], 1, 0.5, 1) }, "0 and 1 in alive, found 0.5");
  await refused({ alive: f32([2], 1, 1) }, "alive of shape [3], found [2]");
  await refused({ b_enc: f32([2], 1, 1) }, "b_enc of shape [3], found [2]");
  await refused({ W_dec: f32([2, 3], 1, 1, 1, 1, 1, 1) }, "W_dec of shape [3,2], found [2,3]");
  await refused({ b_dec: f32([2], 1, Number.NaN) }, "finite numbers in b_dec, found NaN");
  await refused({ r: { shape: [3], data: Int32Array.of(0, 3, 1) } }, "whole numbers below 3 in r, found 3");
  await refused({ r: { shape: [3], data: Int32Array.of(0, -1, 1) } }, "whole numbers below 3 in r, found -1");
  await refused({ H: { shape: [3, 3], data: new Float64Array(9).fill(-1) } }, "finite numbers ≥ 0 in H, found -1");
  await refused({ H: { shape: [9], data: new Float64Array(9) } }, "H of shape [3,3], found [9]");
  await refused({ input_mean: { shape: [3], data: new Float64Array(3) } }, "input_mean of shape [2], found [3]");
  await refused({ input_scale: { shape: [1], data: Float64Array.of(0) } }, "a number above 0 in input_scale, found 0");
});

test("a file of something else, or of nobody's competition, is refused", async () => {
  const message = async (changes: Parameters<typeof savedWith>[0], metadata: Record<string, string>, pattern: RegExp) =>
    assert.rejects(loadAutoencoder(await savedWith(changes, metadata)), { failure: "input", message: pattern });
  await message(
    { alive: undefined },
    {},
    /expected an autoencoder that saveAutoencoder or snc train wrote, found tensors W_enc, /,
  );
  await message({}, { competition: "{" }, /expected a description of its competition in its metadata, found/);
  await message(
    {},
    { competition: '{"inhibit":{"rule":"noInhibition"}}' },
    /expected a description of its competition/,
  );
  const none = path.join(root, "nowhere");
  await assert.rejects(loadAutoencoder(none), {
    failure: "input",
    message: `${path.join(none, "weights.safetensors")}: expected an autoencoder, found no such file. Save one: saveAutoencoder(…)`,
  });
  const text = path.join(root, "text.safetensors");
  writeFileSync(text, "no tensors");
  await assert.rejects(loadAutoencoder(text), { failure: "input", message: /text\.safetensors: expected/ });
});

test("a saved autoencoder whose file has changed is refused, in a folder and as a file", async () => {
  const { folder } = await trained(smallSpec());
  const training = await loadTraining(folder);
  const state = startingState(12, smallSpec());
  for (const place of [path.join(root, "kept"), path.join(root, "kept.safetensors")]) {
    const file = await saveAutoencoder(place, state, run(0).method);
    (await loadAutoencoder(place)).dispose();
    const bytes = readFileSync(file);
    bytes[bytes.length - 1] ^= 1;
    writeFileSync(file, bytes);
    await assert.rejects(loadAutoencoder(place), {
      failure: "input",
      message: /: expected sha256 .*, as saveAutoencoder wrote it, found .*: it has changed since\. Save it again$/,
    });
  }
  disposeState(state);
  training.dispose();
});

test("nothing is saved into the folder of a finished training, whose files stay as they are", async () => {
  const { folder } = await trained(smallSpec());
  const bytes = () =>
    readdirSync(folder)
      .sort()
      .map((name) => [name, readFileSync(path.join(folder, name), "hex")]);
  const before = bytes();
  const state = startingState(12, smallSpec());
  for (const place of [folder, path.join(folder, "weights.safetensors"), path.join(folder, "mine.safetensors")])
    await assert.rejects(saveAutoencoder(place, state, run(0).method), {
      failure: "usage",
      message:
        /^.*: expected a folder without a training, found that of layer-\d+\/run-\d\/seed-\d+ \(run\.json\), .* Name another folder: /,
    });
  assert.deepEqual(bytes(), before);
  const other = path.join(root, "with-own-run.json");
  mkdirSync(other);
  writeFileSync(path.join(other, "run.json"), JSON.stringify({ name: "an experiment of somebody else's" }));
  (await loadAutoencoder(await saveAutoencoder(other, state, run(0).method))).dispose();
  disposeState(state);
});

test("the same state gives the same bytes wherever it is saved", async () => {
  const state = startingState(12, smallSpec());
  const files = [path.join(root, "one"), path.join(root, "two.safetensors")];
  const [one, two] = await Promise.all(files.map((place) => saveAutoencoder(place, state, run(0).method)));
  assert.deepEqual(readFileSync(one), readFileSync(two));
  disposeState(state);
});
