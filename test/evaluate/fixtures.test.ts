import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { gatherActivations } from "../../src/evaluate/activations.js";
import type { Dictionary } from "../../src/evaluate/dictionary.js";
import { directionMeasures } from "../../src/evaluate/directions.js";
import { nearestActivation } from "../../src/evaluate/nearest-activation.js";
import { type Examples, type Probing, probeSizes, probeSources } from "../../src/evaluate/probing.js";
import { type SeedDictionary, seedStability } from "../../src/evaluate/stability.js";
import { meanVector, varianceSums } from "../../src/evaluate/variance.js";
import { withBackend } from "../helpers/backend.js";
import { evaluationCase, evaluationCases, near } from "../helpers/evaluation-cases.js";

withBackend();

for (const file of evaluationCases) {
  test(`${file}: the four definitions of variance explained`, async () => {
    const { numbers, array } = await evaluationCase(file);
    const { d_in } = numbers.sae;
    const xHat = array("expected.xHat");
    const x = withoutFirstPositions(array("expected.x"), xHat.length, d_in);
    const sums = varianceSums(meanVector(x, d_in));
    for (let at = 0; at < x.length; at += 7 * d_in)
      sums.add(x.subarray(at, at + 7 * d_in), xHat.subarray(at, at + 7 * d_in));
    const found = sums.explained();
    for (const [name, value] of Object.entries(numbers.expected.varianceExplained))
      near(found[name as keyof typeof found], value);
  });

  test(`${file}: directions of features and how near they are`, async () => {
    const { numbers, array } = await evaluationCase(file);
    const { expected } = numbers;
    const found = directionMeasures(dictionary(numbers.sae.d_in, array, ""));
    assert.equal(found.switchedOff, expected.featuresSwitchedOff);
    near(found.nearestDecoder.mean, expected.nearestDecoder.mean);
    near(found.nearestDecoder.median, expected.nearestDecoder.median);
    near(found.nearestDecoder.p95, expected.nearestDecoder.p95);
    near(found.meanDecoder.mean, expected.meanDecoder);
    near(found.meanDecoder.null, expected.meanDecoderNull);
  });

  test(`${file}: the largest correlation of each feature's activations`, async () => {
    const { numbers, array } = await evaluationCase(file);
    const { d_sae } = numbers.sae;
    const f = array("expected.f");
    const gathering = gatherActivations(d_sae, f.length / d_sae);
    gathering.add(tf.tensor2d(f, [f.length / d_sae, d_sae]));
    const found = nearestActivation(gathering.activations(), array("alive"));
    near(found.mean, numbers.expected.nearestActivation);
    assert.deepEqual([found.neverFire, found.switchedOff], [0, numbers.expected.featuresSwitchedOff]);
  });

  test(`${file}: two and three seeds matched one to one`, async () => {
    const { numbers, array } = await evaluationCase(file);
    const seeds: SeedDictionary[] = ["", "seed.b.", "seed.c."].map((prefix, seed) => ({
      seed,
      dictionary: dictionary(numbers.sae.d_in, array, prefix),
    }));
    const { two, three, pairs } = numbers.expected.seedStability;
    for (const [count, expected] of [
      [2, two],
      [3, three],
    ] as const) {
      const found = seedStability(seeds.slice(0, count));
      near(found.mean, expected.mean);
      near(found.share, expected.share);
      for (const pair of found.pairs) {
        const named = pair.seeds.map((seed) => "abc"[seed]);
        const known = pairs.find((one) => one.seeds.join() === named.join())!;
        near(pair.mean, known.mean);
        near(pair.share, known.share);
        assert.deepEqual(
          pair.matched.map(({ first, second }) => [first, second]),
          known.matched,
        );
      }
    }
  });

  test(`${file}: sparse probing of f, of x and with permuted labels`, async () => {
    const { numbers, array } = await evaluationCase(file);
    const { trainSource, testSource, negatives, permutation } = numbers.probing;
    const draws = negatives.map((drawn, i) => ({ ...drawn, permutation: permutation[i] }));
    const examples = (name: string, source: number[]): Examples => {
      const values = array(name);
      return { values, source, columns: values.length / source.length };
    };
    const probe = (of: "f" | "x", permuted: boolean): Probing =>
      probeSources(examples(`probe.${of}.train`, trainSource), examples(`probe.${of}.test`, testSource), draws, {
        permuted,
      });
    same(probe("f", false), numbers.expected.probing.f);
    same(probe("x", false), numbers.expected.probing.x);
    same(probe("f", true), numbers.expected.probing.permuted);
  });
}

type Expected = Awaited<ReturnType<typeof evaluationCase>>["numbers"]["expected"]["probing"]["f"];

function same(found: Probing, expected: Expected): void {
  for (const size of probeSizes) {
    assert.equal(found[size].mean, expected[size].mean);
    assert.equal(found[size].sources.length, expected[size].sources.length);
    for (const [i, one] of expected[size].sources.entries()) {
      const { source, accuracy, correct, of, features, weights, intercept } = found[size].sources[i];
      assert.deepEqual([source, accuracy, correct, of], [one.source, one.accuracy, one.correct, one.of]);
      if (one.features) assert.deepEqual(features, one.features);
      if (!one.weights) continue;
      const largest = Math.max(...one.weights.map(Math.abs));
      for (const [k, weight] of one.weights.entries()) near(weights[k], weight, largest);
      near(intercept, one.intercept!, largest);
    }
  }
}

const dictionary = (d_in: number, array: (name: string) => Float32Array, prefix: string): Dictionary => ({
  d_in,
  W_dec: array(`${prefix}W_dec`),
  alive: array(`${prefix}alive`),
});

/** x of every position [sequences, T, d_in] without position 0, as many numbers as x̂ has. */
function withoutFirstPositions(x: Float32Array, numbers: number, d_in: number): Float32Array {
  const sequences = (x.length - numbers) / d_in;
  const length = x.length / sequences;
  const parts = Array.from({ length: sequences }, (_, s) => x.subarray(s * length + d_in, (s + 1) * length));
  return Float32Array.from(parts.flatMap((part) => Array.from(part)));
}
