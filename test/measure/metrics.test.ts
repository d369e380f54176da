import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { stream, unitDirections } from "../../src/base/random.js";
import { independentCosine, pearsonNoiseFloor, randomDirectionCosine } from "../../src/measure/chance.js";
import { prepareEvaluation } from "../../src/measure/evaluation.js";
import { measureFeatures } from "../../src/measure/features.js";
import { measure } from "../../src/measure/metrics.js";
import { pairMeans, permutedColumns } from "../../src/measure/pairs.js";
import { run } from "../../src/runs.js";
import { correlated, unitColumns } from "../../src/sae/correlations/correlation.js";
import { initialParams, type Params } from "../../src/sae/params.js";
import { disposeState, initialState, recordActivity } from "../../src/sae/state.js";
import { withBackend } from "../helpers/backend.js";

withBackend();

const { method } = run(0);

const random = stream(5, "metrics");
const normal = (n: number): Float32Array => Float32Array.from({ length: n }, () => random.normal());
const near = (actual: number, expected: number, what: string, tolerance = 1e-5): void =>
  assert.ok(
    Math.abs(actual - expected) <= tolerance * Math.max(1, Math.abs(expected)),
    `${what}: ${actual}, by hand ${expected}`,
  );

/** f and ĥ of each row of h [count, 4] by a fresh autoencoder of 3 features, in plain loops. */
function byLoops(h: Float32Array, { W_enc, W_dec }: Params) {
  const [enc, dec] = [W_enc.arraySync(), W_dec.arraySync()];
  const rows = Array.from({ length: h.length / 4 }, (_, t) => [...h.subarray(4 * t, 4 * t + 4)]);
  const f = rows.map((row) => [0, 1, 2].map((j) => Math.max(0, sum(row.map((x, i) => x * enc[i][j])))));
  const hHat = f.map((a) => [0, 1, 2, 3].map((i) => sum(a.map((value, j) => value * dec[j][i]))));
  return { rows, f, hHat, dec };
}
const sum = (x: number[]): number => x.reduce((a, b) => a + b, 0);
const mean = (x: number[]): number => sum(x) / x.length;
const dot = (x: number[], y: number[]): number => sum(x.map((v, i) => v * y[i]));
const cosine = (x: number[], y: number[]): number => Math.abs(dot(x, y)) / Math.sqrt(dot(x, x) * dot(y, y));
const centred = (x: number[], middle = mean(x)): number[] => x.map((v) => v - middle);
const pearson = (x: number[], y: number[]): number => cosine(centred(x), centred(y));
/** `correlation` of the pairs (0, 1), (0, 2), (1, 2) of three columns. */
const ofPairs = ([x, y, z]: number[][], correlation: typeof cosine): number[] => [
  correlation(x, y),
  correlation(x, z),
  correlation(y, z),
];
/** `most` of the rows, evenly spaced from the first on, as three columns. */
const columnsOf = (f: number[][], most: number): number[][] => {
  const n = Math.min(most, f.length);
  const spaced = Array.from({ length: n }, (_, i) => f[Math.floor((i * f.length) / n)]);
  return [0, 1, 2].map((j) => spaced.map((row) => row[j]));
};

for (const [count, what] of [
  [50, "fewer test vectors than a batch has"],
  [1024, "two whole pieces"],
  [1100, "more than are measured in one piece"],
  [5000, "more than pairs are compared on"],
] as const)
  test(`every metric equals its definition in plain loops: ${count} test vectors, ${what}`, () => {
    const h = normal(count * 4);
    const params = initialParams(4, 3, 2);
    const s = initialState(params, { lambda1: 0.04, tau: 0.1, activityWindow: 10, random: [1, 2, 3, 4] });
    const { rows, f, hHat, dec } = byLoops(h, params);
    const middle = [0, 1, 2, 3].map((i) => mean(rows.map((row) => row[i])));
    const squaredError = sum(rows.map((row, t) => sum(row.map((x, i) => (x - hHat[t][i]) ** 2))));
    const variance = sum(rows.map((row) => sum(row.map((x, i) => (x - middle[i]) ** 2))));
    const active = f.flat().filter((a) => a > 0).length;

    const evaluation = prepareEvaluation(h, 4);
    const metrics = measure(s, method, evaluation);
    near(metrics.reconstructionError, squaredError / count, "reconstruction error");
    near(metrics.fractionVarianceExplained, 1 - squaredError / variance, "FVE");
    near(metrics.sparsityPenalty, sum(f.flat()) / count, "sparsity penalty");
    near(metrics.loss, metrics.reconstructionError + 0.04 * metrics.sparsityPenalty, "loss");
    near(metrics.l0, active / count, "l0");
    near(metrics.activeFraction, active / count / 3, "active fraction");
    assert.equal(metrics.utilizationImportance, null, "nothing is known of utilization before the first step");

    // Reading R19: on up to 4096 vectors, and on a batch of 125 of these.
    const sample = columnsOf(f, 4096);
    const [c01, c02, c12] = ofPairs(sample, cosine);
    const batch = columnsOf(
      sample[0].map((_, t) => sample.map((column) => column[t])),
      125,
    );
    near(metrics.meanActivationCosine, (c01 + c02 + c12) / 3, "activation cosine");
    near(metrics.meanBatchCosine, mean(ofPairs(batch, cosine)), "activation cosine over a batch");
    const largest = [Math.max(c01, c02), Math.max(c01, c12), Math.max(c02, c12)];
    near(metrics.meanMaxActivationCosine, mean(largest), "mean of each feature's largest cosine");
    near(metrics.meanActivationPearson, mean(ofPairs(sample, pearson)), "Pearson");
    near(metrics.meanDecoderCosine, mean(ofPairs(dec, cosine)), "decoder cosine");

    // Beside each, what it is by chance on as many vectors as it is measured on.
    const permutedFeatures = permutedColumns(tf.transpose(tf.tensor2d(sample)) as tf.Tensor2D).arraySync();
    const permutedSample = [0, 1, 2].map((j) => permutedFeatures.map((row) => row[j]));
    near(metrics.nullActivationPearson, mean(ofPairs(permutedSample, pearson)), "Pearson of permuted features", 1e-4);
    const [p01, p02, p12] = ofPairs(permutedSample, cosine);
    const largestByChance = [Math.max(p01, p02), Math.max(p01, p12), Math.max(p02, p12)];
    near(metrics.nullMaxActivationCosine, mean(largestByChance), "largest cosine of permuted features", 1e-4);
    near(metrics.nullDecoderCosine, Math.sqrt(2 / (Math.PI * 4)), "cosine of random directions in 4 dimensions");
    const byChance = (columns: number[][]): number => {
      const [p, q, r] = columns.map((column) => mean(column) / Math.sqrt(mean(column.map((a) => a * a))));
      return (p * q + p * r + q * r) / 3;
    };
    near(metrics.nullActivationCosine, byChance(sample), "cosine by chance");
    near(metrics.nullBatchCosine, byChance(batch), "cosine by chance over a batch");
    const spread = Math.sqrt(mean([c01, c02, c12].map((c) => c * c)) - mean([c01, c02, c12]) ** 2);
    const strong = [c01, c02, c12].filter((c) => c > mean([c01, c02, c12]) + 2 * spread).length;
    near(metrics.strongPairs, strong / 3, "strong pairs");
    near(metrics.prunablePairs, [c01, c02, c12].filter((c) => c > 0.8).length / 3, "pairs above θ_corr");

    const features = measureFeatures(s, method, evaluation);
    near(features[1].maxActivation, Math.max(...f.map((row) => row[1])), "largest activation");
    near(features[1].testFrequency, f.filter((row) => row[1] > 0).length / count, "test frequency");
    disposeState(s);
  });

test("a decoder that always answers the test mean explains no variance", () => {
  const [count, d_in] = [40, 3];
  const h = normal(count * d_in);
  const evaluation = prepareEvaluation(h, d_in);
  const mean = [0, 1, 2].map((i) => h.reduce((sum, v, at) => sum + (at % d_in === i ? v : 0), 0) / count);
  const params: Params = {
    W_enc: tf.zeros([d_in, 2]),
    b_enc: tf.zeros([2]),
    W_dec: tf.zeros([2, d_in]),
    b_dec: tf.tensor1d(mean),
  };
  const s = initialState(params, { lambda1: 0, tau: 0.1, activityWindow: 1, random: [1, 2, 3, 4] });
  near(measure(s, method, evaluation).fractionVarianceExplained, 0, "FVE");
  disposeState(s);
});

test("measuring in another order or in other chunks of tokens changes no sum over the test part", () => {
  const [count, d_in] = [5000, 3]; // more than one chunk
  const h = normal(count * d_in);
  const s = initialState(initialParams(d_in, 4, 3), {
    lambda1: 0.04,
    tau: 0.1,
    activityWindow: 1,
    random: [1, 2, 3, 4],
  });
  const sums = (rows: Float32Array) => {
    const metrics = measure(s, method, prepareEvaluation(rows, d_in));
    const { reconstructionError, sparsityPenalty, l0, fractionVarianceExplained } = metrics;
    return { reconstructionError, sparsityPenalty, l0, fractionVarianceExplained };
  };
  const whole = sums(h);
  const split = 1000;
  const [first, second] = [sums(h.subarray(0, split * d_in)), sums(h.subarray(split * d_in))];
  const reversed = sums(h.map((_, at) => h[(count - 1 - Math.floor(at / d_in)) * d_in + (at % d_in)]));
  for (const name of ["reconstructionError", "sparsityPenalty", "l0"] as const) {
    near(reversed[name], whole[name], `${name} of the reversed`);
    near((split * first[name] + (count - split) * second[name]) / count, whole[name], `${name} of two parts`);
  }
  near(reversed.fractionVarianceExplained, whole.fractionVarianceExplained, "FVE of the reversed");
  disposeState(s);
});

test("measuring in another unit changes neither FVE, L0 nor any correlation", () => {
  const [count, d_in, d_sae, unit] = [300, 5, 6, 8];
  const h = normal(count * d_in);
  const params = initialParams(d_in, d_sae, 4);
  const bias = tf.tensor1d([0.1, -0.2, 0.3, 0, -0.1, 0.2]);
  const measured = (scale: number) => {
    const s = initialState(
      { ...params, b_enc: tf.mul(bias, scale) as tf.Tensor1D },
      { lambda1: 0.04, tau: 0.1, activityWindow: 1, random: [1, 2, 3, 4] },
    );
    const metrics = measure(
      s,
      method,
      prepareEvaluation(
        h.map((v) => v * scale),
        d_in,
      ),
    );
    disposeState(s);
    return metrics;
  };
  const [one, other] = [measured(1), measured(unit)];
  near(other.reconstructionError, unit ** 2 * one.reconstructionError, "the error is in squared units");
  for (const name of [
    "fractionVarianceExplained",
    "l0",
    "meanActivationCosine",
    "nullActivationCosine",
    "meanBatchCosine",
    "meanMaxActivationCosine",
    "meanActivationPearson",
  ] as const)
    near(other[name], one[name], name);
});

test("mean |cos| over pairs, and the mean of each feature's largest", () => {
  const unit = (columns: number[][]): tf.Tensor2D => unitColumns(tf.transpose(tf.tensor2d(columns)) as tf.Tensor2D).X;
  const apart = pairMeans(
    unit([
      [1, 0],
      [0, 2],
      [0, 0],
    ]),
  ); // never together, or never at all
  near(apart.mean, 0, "mean");
  const parallel = pairMeans(
    unit([
      [1, 1],
      [2, 2],
      [0, 0],
    ]),
  ); // one of three pairs is parallel
  near(parallel.mean, 1 / 3, "mean");
  near(parallel.meanMax, 2 / 3, "mean of the largest");
});

/** Columns that fire together and as unlike as features are: each with its own share above zero, size and shape [tokens][n]. */
function unlikeFeatures(tokens: number, n: number): number[][] {
  return Array.from({ length: tokens }, () => {
    const together = random.normal();
    return Array.from({ length: n }, (_, i) => {
      const a = Math.max(0, together + random.normal() - 3 * (i / n) + 0.8);
      return i === n - 1 ? 0 : (i + 1) * a ** (1 + (i % 3));
    });
  });
}

/** Every column permuted by itself over the tokens. */
function permuted(values: number[][]): number[][] {
  const rows = values.map((row) => [...row]);
  for (let i = 0; i < rows[0].length; i++)
    for (let t = rows.length - 1; t > 0; t--) {
      const other = Math.floor(random.uniform() * (t + 1));
      [rows[t][i], rows[other][i]] = [rows[other][i], rows[t][i]];
    }
  return rows;
}

const nullOf = (values: number[][]): number => {
  const columns = values[0].map((_, i) => values.map((row) => row[i]));
  const mean = (column: number[]): number => column.reduce((sum, v) => sum + v, 0) / column.length;
  return independentCosine(
    columns.map(mean),
    columns.map((column) => Math.sqrt(mean(column.map((v) => v * v)))),
  );
};

test("the null baseline of cosines is what permuting every column gives, also where features are unlike", () => {
  const values = unlikeFeatures(3000, 40);
  const cosineOf = (rows: number[][]): number => pairMeans(unitColumns(tf.tensor2d(rows)).X).mean;
  const expected = nullOf(values);
  assert.ok(cosineOf(values) > expected + 0.1, "these features have to do with each other");
  const measured = [0, 1, 2].map(() => cosineOf(permuted(values))).reduce((sum, v) => sum + v / 3, 0);
  assert.ok(Math.abs(measured - expected) < 1e-3, `permuted ${measured}, null baseline ${expected}`);
  // Pooled over all features, p·κ would be far from it: they are not alike.
  const active = values.flat().filter((v) => v > 0);
  const pooled = active.reduce((s, v) => s + v, 0) ** 2 / active.reduce((s, v) => s + v * v, 0) / values.flat().length;
  assert.ok(expected - pooled > 0.05, `pooled ${pooled}`);
});

test("the null baselines: features that are alike have the mean cosine p·κ, random directions √(2/(πd))", () => {
  const values = Array.from({ length: 4000 }, () =>
    Array.from({ length: 12 }, () => (random.uniform() < 0.3 ? random.uniform() : 0)),
  );
  near(nullOf(values), 0.3 * (0.5 ** 2 / (1 / 3)), "p·κ of a uniform distribution", 0.01);
  const directions = unitDirections(random, 200, 50);
  const measured = pairMeans(tf.transpose(tf.tensor2d(directions, [200, 50])) as tf.Tensor2D).mean;
  near(measured, randomDirectionCosine(50), "measured on random directions", 0.01);
  const centred = tf.randomNormal([125, 60], 0, 1, "float32", 3);
  const pearson = correlated.activationPearson.vectors(centred as tf.Tensor2D, initialParams(2, 2, 1));
  near(pairMeans(pearson.X).mean, pearsonNoiseFloor(125), "Pearson of independent columns", 0.01);
});

test("rescaling the features, or measuring in another order of tokens, changes no correlation", () => {
  const X = tf.relu(tf.randomNormal([300, 8], 0, 1, "float32", 9)) as tf.Tensor2D;
  const { mean, meanMax } = pairMeans(unitColumns(X).X);
  const scaled = pairMeans(unitColumns(tf.mul(X, tf.tensor1d([1, 2, 3, 4, 5, 6, 7, 8]))).X);
  near(scaled.mean, mean, "mean");
  near(scaled.meanMax, meanMax, "mean of the largest");
  near(pairMeans(unitColumns(tf.reverse(X, 0)).X).mean, mean, "mean of the reversed");
});

test("an untrained autoencoder is recognised: half of its features fire, and correlations are those of chance", () => {
  const [count, d_in, d_sae] = [2000, 40, 40];
  const s = initialState(initialParams(d_in, d_sae, 1), {
    lambda1: 0.04,
    tau: 0.1,
    activityWindow: 1,
    random: [1, 2, 3, 4],
  });
  const metrics = measure(s, method, prepareEvaluation(normal(count * d_in), d_in));
  near(metrics.activeFraction, 0.5, "active fraction", 0.02);
  near(metrics.meanDecoderCosine, metrics.nullDecoderCosine, "decoder cosine", 0.02);
  near(metrics.meanActivationCosine, metrics.nullActivationCosine, "activation cosine", 0.02);
  disposeState(s);
});

test("Reading R18: utilization by importance, by firing at all, and by frequency; dead, pruned, inactive are apart", () => {
  const s = initialState(initialParams(2, 4, 1), { lambda1: 0, tau: 0.1, activityWindow: 2, random: [1, 2, 3, 4] });
  s.importance = Float64Array.of(0.005, 0.01, 0.5, 0);
  recordActivity(s, [1, 0, 2, 0], 100); // frequencies over the window of two batches: 0.5 %, 0, 1.5 %, 1 %
  s.step = 1;
  recordActivity(s, [0, 0, 1, 2], 100);
  s.step = 2;
  s.alive.set([0], 1); // the one that never fired
  s.importance.set([0.4], 1);
  const measured = measure(s, method, prepareEvaluation(normal(10), 2));
  const { utilizationImportance, utilizationFired, utilizationFrequency, utilizationImportanceOfAlive } = measured;
  const { dead, pruned, inactive } = measured;
  assert.deepEqual({ dead, pruned, inactive }, { dead: 0, pruned: 1, inactive: 2 });
  assert.deepEqual([utilizationImportance, utilizationFired, utilizationFrequency], [0.25, 0.75, 0.25]);
  near(utilizationImportanceOfAlive as number, 1 / 3, "utilization of those that are on");
  recordActivity(s, [0, 0, 0, 0], 100); // the first batch leaves the window
  s.step = 3;
  assert.equal(measure(s, method, prepareEvaluation(normal(10), 2)).utilizationFired, 0.5);
  disposeState(s);
});

test("a feature that is off is in use by no reading, and lowers means over all pairs, not those of the others", () => {
  const s = initialState(initialParams(6, 5, 1), { lambda1: 0, tau: 0.1, activityWindow: 2, random: [1, 2, 3, 4] });
  s.importance = new Float64Array(5).fill(1);
  recordActivity(s, [50, 50, 50, 50, 50], 100);
  s.step = 1;
  const evaluation = prepareEvaluation(normal(600), 6);
  const before = measure(s, method, evaluation);
  s.alive.set([0], 3);
  const after = measure(s, method, evaluation);
  assert.deepEqual(
    [after.utilizationImportance, after.utilizationFired, after.utilizationFrequency],
    [0.8, 0.8, 0.8],
    "a feature that is off is not in use",
  );
  assert.deepEqual([after.utilizationImportanceOfAlive, after.pruned, after.dead, after.inactive], [1, 1, 0, 0]);
  for (const name of ["meanActivationCosine", "nullActivationCosine", "meanActivationPearson"] as const) {
    assert.equal(before[name], before[`${name}OfAlive`], "all are on");
    near(after[`${name}OfAlive`] * 6, after[name] * 10, `${name}: the six pairs of the other four are all there is`);
    assert.ok(after[name] < after[`${name}OfAlive`], name);
  }
  near(after.activeFractionOfAlive * 4, after.activeFraction * 5, "active fraction");
  disposeState(s);
});

test("how far importance has moved since the measurement before is measured on I itself", () => {
  const s = initialState(initialParams(2, 2, 1), { lambda1: 0, tau: 0.1, activityWindow: 2, random: [1, 2, 3, 4] });
  const evaluation = prepareEvaluation(normal(10), 2);
  assert.equal(measure(s, method, evaluation, null).importanceChange, null);
  s.importance = Float64Array.of(3, 1);
  assert.equal(measure(s, method, evaluation, null).importanceChange, null, "there was none before");
  assert.equal(measure(s, method, evaluation, Float64Array.of(2, 2)).importanceChange, 0.5);
  assert.equal(measure(s, method, evaluation, Float64Array.of(3, 1)).importanceChange, 0);
  disposeState(s);
});

test("of 27 pairs that have nothing in common and one that is alike, the one is strong", () => {
  // Features 0 and 1 always fire together; each of the others alone.
  const n = 8;
  const rows = Array.from({ length: n - 1 }, (_, t) =>
    Array.from({ length: n }, (_, i) => Number(Math.max(0, i - 1) === t)),
  );
  const { mean, strong, meanMax } = pairMeans(unitColumns(tf.tensor2d(rows)).X);
  near(mean, 1 / 28, "mean");
  near(strong, 1 / 28, "strong");
  near(meanMax, 2 / n, "mean of the largest");
});
