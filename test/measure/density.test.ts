import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { stream } from "../../src/base/random.js";
import { featureDensity } from "../../src/measure/density.js";
import { prepareEvaluation } from "../../src/measure/evaluation.js";
import { measureFeatures } from "../../src/measure/features.js";
import { run } from "../../src/runs.js";
import type { Params } from "../../src/sae/params.js";
import { disposeState, initialState } from "../../src/sae/state.js";
import { withBackend } from "../helpers/backend.js";

withBackend();

const counts = (frequencies: number[]): number[] => featureDensity(frequencies).map((bin) => bin.features);
const binWith = (frequency: number) => {
  const { log10From, log10To } = featureDensity([frequency]).find((bin) => bin.features === 1)!;
  return [log10From, log10To];
};

test("bins are never, below 10⁻⁵, and quarters of a decade up to every token", () => {
  const bins = featureDensity([]);
  assert.deepEqual(
    bins.slice(0, 3).map(({ log10From, log10To }) => [log10From, log10To]),
    [
      [null, null],
      [null, -5],
      [-5, -4.75],
    ],
  );
  for (const [n, bin] of bins.slice(3).entries()) {
    assert.equal(bin.log10From, bins[n + 2].log10To, "no gap between bins");
    assert.equal(bin.log10To! - bin.log10From!, 0.25);
  }
  assert.equal(bins.at(-1)!.log10To, 0);
});

test("a frequency at an edge belongs to the bin above it, and firing on every token to the last", () => {
  assert.deepEqual(binWith(0), [null, null]);
  assert.deepEqual(binWith(9e-6), [null, -5]);
  for (const exponent of [-5, -4, -3, -2, -1])
    assert.deepEqual(binWith(10 ** exponent), [exponent, exponent + 0.25], `10^${exponent}`);
  assert.deepEqual(binWith(0.999), [-0.25, 0]);
  assert.deepEqual(binWith(1), [-0.25, 0]);
});

test("the histogram of a trained state's features equals a count over its activations token by token", () => {
  const [tokens, d_sae] = [5000, 60]; // more than are measured in one pass
  const random = stream(3, "density");
  // Feature i fires where h · (0 … 1 … 0) exceeds its own bound: from always to never.
  const h = Float32Array.from({ length: tokens * d_sae }, () => random.uniform());
  const bounds = Array.from({ length: d_sae }, (_, i) => 1.1 * (1 - (1 - i / d_sae) ** 3));
  const params: Params = {
    W_enc: tf.eye(d_sae),
    b_enc: tf.tensor1d(bounds.map((bound) => -bound)),
    W_dec: tf.eye(d_sae),
    b_dec: tf.zeros([d_sae]),
  };
  const histogramOf = (rows: Float32Array): number[] => {
    const s = initialState(params, { lambda1: 0, tau: 0, activityWindow: 1, random: [1, 2, 3, 4] });
    const features = measureFeatures(s, run(0).method, prepareEvaluation(rows, d_sae));
    disposeState(s);
    return counts(features.map((row) => row.testFrequency));
  };

  const naive = new Map<string, number>();
  for (let i = 0; i < d_sae; i++) {
    let fired = 0;
    for (let t = 0; t < tokens; t++) if (h[t * d_sae + i] > Math.fround(bounds[i])) fired++;
    const bin = fired === 0 ? "never" : `${Math.min(-0.25, Math.floor(4 * Math.log10(fired / tokens)) / 4)}`;
    naive.set(bin, (naive.get(bin) ?? 0) + 1);
  }
  const measured = histogramOf(h);
  assert.ok(naive.size >= 6 && naive.has("never"), `${naive.size} bins are filled`);
  assert.deepEqual(
    measured,
    featureDensity([]).map(({ log10From, log10To }) => naive.get(log10To === null ? "never" : String(log10From)) ?? 0),
  );

  const reversed = h.map((_, at) => h[(tokens - 1 - Math.floor(at / d_sae)) * d_sae + (at % d_sae)]);
  assert.deepEqual(histogramOf(reversed), measured, "the order of tokens does not matter");
  tf.dispose(Object.values(params));
});
