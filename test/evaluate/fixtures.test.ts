import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { gatherActivations } from "../../src/evaluate/activations.js";
import type { Dictionary } from "../../src/evaluate/dictionary.js";
import { directionMeasures } from "../../src/evaluate/directions.js";
import { nearestActivation } from "../../src/evaluate/nearest-activation.js";
import { type Examples, type ProbeSize, type Probing, probeSizes, probeWithNull } from "../../src/evaluate/probing.js";
import { type MatchedCosines, type SeedDictionary, seedStability } from "../../src/evaluate/stability.js";
import { varianceSums, vectorVariance } from "../../src/evaluate/variance.js";
import { withBackend } from "../helpers/backend.js";
import {
  type EvaluationFixture,
  evaluationFixtureFiles,
  readEvaluationFixture,
} from "../helpers/evaluation-fixtures.js";

withBackend();

for (const file of evaluationFixtureFiles) {
  test(`${file}: the four definitions of variance explained`, async () => {
    const fixture = await readEvaluationFixture(file);
    const { d_in } = fixture.sae;
    const xHat = valuesOf(fixture, "expected.xHat");
    const x = withoutFirstPositions(valuesOf(fixture, "expected.x"), xHat.length, d_in);
    const sums = varianceSums(vectorVariance(x, d_in));
    for (let at = 0; at < x.length; at += 7 * d_in)
      sums.add(x.subarray(at, at + 7 * d_in), xHat.subarray(at, at + 7 * d_in));
    const found = sums.explained();
    for (const [name, value] of Object.entries<number>(fixture.expected.varianceExplained))
      near(found[name as keyof typeof found], value);
  });

  test(`${file}: directions of features and how near they are`, async () => {
    const fixture = await readEvaluationFixture(file);
    const { expected } = fixture;
    const found = directionMeasures(dictionary(fixture, ""));
    assert.equal(found.switchedOff, expected.featuresSwitchedOff);
    near(found.nearestDecoder.mean, expected.nearestDecoder.mean);
    near(found.nearestDecoder.median, expected.nearestDecoder.median);
    near(found.nearestDecoder.p95, expected.nearestDecoder.p95);
    near(found.meanDecoder.mean, expected.meanDecoder);
    near(found.meanDecoder.null, expected.meanDecoderNull);
  });

  test(`${file}: the largest correlation of each feature's activations`, async () => {
    const fixture = await readEvaluationFixture(file);
    const { d_sae } = fixture.sae;
    const f = valuesOf(fixture, "expected.f");
    const gathering = gatherActivations(d_sae, f.length / d_sae);
    gathering.add(tf.tensor2d(f, [f.length / d_sae, d_sae]));
    const found = nearestActivation(gathering.activations(), valuesOf(fixture, "alive"));
    near(found.mean, fixture.expected.nearestActivation);
    assert.deepEqual([found.neverFire, found.switchedOff], [0, fixture.expected.featuresSwitchedOff]);
  });

  test(`${file}: two and three seeds matched one to one`, async () => {
    const fixture = await readEvaluationFixture(file);
    const seeds: SeedDictionary[] = ["", "seed.b.", "seed.c."].map((prefix, seed) => ({
      seed,
      dictionary: dictionary(fixture, prefix),
    }));
    const { two, three, pairs } = fixture.expected.seedStability as ExpectedStability;
    for (const [count, expected] of [
      [2, two],
      [3, three],
    ] as const) {
      const found = seedStability(seeds.slice(0, count));
      near(found.mean, expected.mean!);
      near(found.share, expected.share!);
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
    const fixture = await readEvaluationFixture(file);
    const { trainSource, testSource, negatives, permutation } = fixture.probing as Drawn;
    const draws = negatives.map((drawn, i) => ({ ...drawn, permutation: permutation[i] }));
    const examples = (name: string, source: number[]): Examples => {
      const values = valuesOf(fixture, name);
      return { values, source, columns: values.length / source.length };
    };
    const probe = (of: "f" | "x") =>
      probeWithNull(examples(`probe.${of}.train`, trainSource), examples(`probe.${of}.test`, testSource), draws);
    same(probe("f").probed, fixture.expected.probing.f);
    same(probe("x").probed, fixture.expected.probing.x);
    same(probe("f").permuted, fixture.expected.probing.permuted);
  });
}

const valuesOf = ({ arrays }: EvaluationFixture, name: string): Float32Array => arrays.get(name)!.values;

/** Throws unless found is within 1e-4 of what is expected, in units of `of`. */
function near(found: number | null, expected: number, of = Math.abs(expected)): void {
  assert.ok(Math.abs(found! - expected) <= 1e-4 * of, `expected ${expected}, found ${found}`);
}

/** What a fixture says of seeds compared. */
interface ExpectedStability {
  two: MatchedCosines;
  three: MatchedCosines;
  pairs: { seeds: string[]; mean: number; share: number; matched: [number, number][] }[];
}

/** Which sequences a fixture probes. */
interface Drawn {
  trainSource: number[];
  testSource: number[];
  negatives: { source: number; train: number[]; test: number[] }[];
  permutation: number[][];
}

/** What a fixture says of the probes of one size. */
interface ExpectedProbes {
  mean: number;
  sources: {
    source: number;
    accuracy: number;
    correct: number;
    of: number;
    features?: number[];
    weights?: number[];
    intercept?: number;
  }[];
}

function same(found: Probing, expected: Record<ProbeSize, ExpectedProbes>): void {
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

const dictionary = (fixture: EvaluationFixture, prefix: string): Dictionary => ({
  d_in: fixture.sae.d_in,
  W_dec: valuesOf(fixture, `${prefix}W_dec`),
  alive: valuesOf(fixture, `${prefix}alive`),
});

/** x of every position [sequences, T, d_in] without position 0, as many numbers as x̂ has. */
function withoutFirstPositions(x: Float32Array, numbers: number, d_in: number): Float32Array {
  const sequences = (x.length - numbers) / d_in;
  const length = x.length / sequences;
  const parts = Array.from({ length: sequences }, (_, s) => x.subarray(s * length + d_in, (s + 1) * length));
  return Float32Array.from(parts.flatMap((part) => Array.from(part)));
}
