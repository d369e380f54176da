import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { recordHashes } from "../../../src/base/recorded.js";
import { loadTraining } from "../../../src/experiment/training/load.js";
import { readTrainedWeights } from "../../../src/experiment/training/read-weights.js";
import type { TrainingRecord } from "../../../src/experiment/training/record.js";
import type { TrainingSpec } from "../../../src/experiment/training/spec.js";
import { ensureTrained } from "../../../src/experiment/training/training.js";
import { rule } from "../../../src/method.js";
import { encodeSafetensors } from "../../../src/model/write-safetensors.js";
import { readings } from "../../../src/readings.js";
import { run } from "../../../src/runs.js";
import { withBackend } from "../../helpers/backend.js";
import { actingSpec, smallSpec } from "../../helpers/small-training.js";

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
