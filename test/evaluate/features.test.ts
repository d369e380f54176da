import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { stream } from "../../src/base/random.js";
import { evaluateFeatures, prepareVectors } from "../../src/evaluate/features.js";
import { probeSources } from "../../src/evaluate/probing.js";
import { autoencoderOf } from "../../src/experiment/training/autoencoder.js";
import { run } from "../../src/runs.js";
import { initialParams } from "../../src/sae/params.js";
import { initialState } from "../../src/sae/state.js";
import { withBackend } from "../helpers/backend.js";

withBackend();

const [d_in, d_sae, length] = [6, 10, 20];
const scaling = { mean: Float64Array.of(1, 2, 3, 4, 5, 6), scale: 0.5 };

/** Sequences of two sources that differ in their first coordinate; more rows than are encoded at a time. */
function part(sequences: number, seed: number) {
  const random = stream(seed, "part");
  const sequence = Int32Array.from({ length: sequences * length }, (_, row) => 100 + Math.floor(row / length));
  const source = Int8Array.from(sequence, (of) => of % 2);
  const h = Float32Array.from(
    { length: sequence.length * d_in },
    (_, at) => random.normal() + (at % d_in === 0 && source[Math.floor(at / d_in)] === 1 ? 0.7 : 0),
  );
  return { h, places: { source, sequence } };
}

const [train, testing] = [part(80, 1), part(60, 2)];

function autoencoder() {
  const params = initialParams(d_in, d_sae, 3);
  const state = initialState(params, { lambda1: 0, tau: 0, activityWindow: 1, random: [1, 2, 3, 4] });
  state.alive[4] = 0;
  tf.dispose(Object.values(params));
  return autoencoderOf(state, run(0).method, { scaling });
}

test("one autoencoder evaluated chunk by chunk: the numbers of all its features at once", () => {
  const sae = autoencoder();
  const prepared = prepareVectors({ d_in, train, test: testing, scaling });
  const found = evaluateFeatures(sae, prepared);
  const rows = testing.h.length / d_in;
  const { f, ĥ } = tf.tidy(() => {
    const active = sae.features(tf.tensor2d(testing.h, [rows, d_in]));
    return { f: active.dataSync<"float32">(), ĥ: sae.decode(active).dataSync<"float32">() };
  });
  assert.equal(found.l0, f.filter((value) => value > 0).length / rows);
  const { fractionVarianceExplained } = sae.evaluate(testing.h);
  assert.ok(Math.abs(found.variance.pooled - fractionVarianceExplained) < 1e-6);
  const x = (h: Float32Array) => Array.from(h, (value, at) => value / scaling.scale + scaling.mean[at % d_in]);
  const [given, made] = [x(testing.h), x(ĥ)];
  const sum = (of: (at: number) => number) => given.reduce((total, _, at) => total + of(at), 0);
  const shrinkage = sum((at) => given[at] * made[at]) / sum((at) => given[at] ** 2);
  assert.ok(Math.abs(found.variance.shrinkage - shrinkage) < 1e-6);
  assert.deepEqual([found.directions.switchedOff, found.nearestActivation.switchedOff], [1, 1]);

  const means = (values: ArrayLike<number>, columns: number) =>
    Float32Array.from({ length: (values.length / columns / length) * columns }, (_, at) => {
      const [example, column] = [Math.floor(at / columns), at % columns];
      const of = Array.from({ length }, (_, row) => values[(example * length + row) * columns + column]);
      return of.reduce((total, value) => total + value, 0) / length;
    });
  const examples = ({ h, places }: typeof train, values: ArrayLike<number> = h, columns = d_in) => ({
    ...{ columns, values: means(values, columns) },
    source: places.source.filter((_, row) => row % length === 0),
  });
  const ofTrain = tf.tidy(() =>
    sae.features(tf.tensor2d(train.h, [train.h.length / d_in, d_in])).dataSync<"float32">(),
  );
  const naive = probeSources(examples(train, ofTrain, d_sae), examples(testing, f, d_sae), prepared.draws);
  for (const size of [1, 16, "all"] as const) assert.equal(found.probing?.probed[size].mean, naive[size].mean);
  assert.deepEqual(
    found.probing?.probed[2].sources.map(({ features }) => features),
    naive[2].sources.map(({ features }) => features),
  );
  assert.deepEqual(prepared.probing?.[1].sources[0].features, [0], "the coordinate that differs");
  assert.equal(prepared.probing?.[1].mean, probeSources(examples(train), examples(testing), prepared.draws)[1].mean);
  sae.dispose();
});

test("an evaluation leaves no tensor behind and is the same when repeated", () => {
  const sae = autoencoder();
  const prepared = prepareVectors({ d_in, train, test: testing, scaling });
  const before = tf.memory().numTensors;
  const first = evaluateFeatures(sae, prepared);
  assert.deepEqual(evaluateFeatures(sae, prepared), first);
  assert.equal(tf.memory().numTensors, before);
  sae.dispose();
});

test("one source cannot be probed; vectors of another width and places of another number are refused", () => {
  const sae = autoencoder();
  const alone = ({ h, places }: typeof train) => ({
    h,
    places: { ...places, source: new Int8Array(places.source.length) },
  });
  const prepared = prepareVectors({ d_in, train: alone(train), test: alone(testing) });
  assert.equal(prepared.probing, null);
  assert.equal(evaluateFeatures(sae, prepared).probing, null);
  assert.throws(() => evaluateFeatures(sae, { ...prepared, d_in: 3 }), /expected rows of 6 numbers/);
  assert.throws(
    () => prepareVectors({ d_in, train, test: { ...testing, places: train.places } }),
    /test: expected 1200 places, one for each vector, found 1600/,
  );
  sae.dispose();
});
