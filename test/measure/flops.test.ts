import assert from "node:assert/strict";
import { test } from "node:test";
import { type Flops, flopsOf, flopsPerStep } from "../../src/measure/flops.js";
import { ownRule, type Pruning } from "../../src/method.js";
import { methodNamed } from "../../src/methods/index.js";
import type { MethodName } from "../../src/methods/names.js";
import { readings } from "../../src/readings.js";
import { run } from "../../src/runs.js";
import type { StepRecord } from "../../src/train.js";

const paperSize = { d_in: 2304, d_sae: 2304, batch: 125, pairs: 2653, meanRadius: 32 };
const fiveProducts = 10 * 125 * 2304 * 2304; // a multiply-add counts as two

test("the Gram matrix costs 10 % of the step's five products for activations, 184 % for decoder rows", () => {
  const gram = (correlation: string): number =>
    flopsPerStep(run(1, { readings: readings({ correlation }) }).method, paperSize).gram / fiveProducts;
  assert.equal(gram("activationCosine").toFixed(2), "0.10");
  assert.equal(gram("decoderCosine").toFixed(2), "1.84");
});

test("encode, decode and gradients are the five products, within a hundredth", () => {
  const { encode, decode, gradients } = flopsPerStep(run(0).method, paperSize);
  const ratio = (encode + decode + gradients) / fiveProducts;
  assert.ok(ratio > 1 && ratio < 1.01, `${ratio}`);
});

test("each part equals a count by hand for 2 inputs, 3 features, 5 tokens, 2 pairs and radius 2", () => {
  const { method } = run(9, { pruneEvery: 4 });
  const counted = flopsPerStep(method, { d_in: 2, d_sae: 3, batch: 5, pairs: 2, meanRadius: 2 });
  const pairs = 3; // of 3 features
  const weights = 17; // 6 + 3 + 6 + 2
  const parts: Omit<Flops, "total"> = {
    encode: 60 + 10 + 45, // 2·5·2·3; h − b_dec; bias, ReLU and alive of 15 activations
    decode: 60 + 10,
    loss: 30 + 15, // difference, square and sum of 10 errors; the sum of 15 activations
    gradients: 180 + 45 + 20 + 12 + 2 + 34,
    adam: 12 * weights,
    unitRows: 42 + 3, // 6 decoder weights: 4 for the radial part, 3 for the norm
    firing: 30,
    gram: 10 * pairs + 45 + 3, // a multiply-add per token and pair; 3 columns of 5 normalised
    pairs: 6 * pairs,
    penalty: 2 * 30 + 150, // per pair 2·5 for c and 4·5 for its derivative
    inhibit: 30 + 30, // 15 activations, each against 2 others, then scaled, also in the gradient
    coactivation: 60 + 15 + 24, // 6 entries of H on and above the diagonal
    radius: 18,
    importance: 30 + 12,
    prune: pairs / 4,
    reallocate: 3,
    ...{ keep: 0, prefixes: 0, auxiliary: 0, directions: 0 },
  };
  const { total, ...measured } = counted;
  assert.deepEqual(measured, parts);
  assert.equal(
    total,
    Object.values(parts).reduce((sum, part) => sum + part, 0),
  );
});

test("other methods' parts equal a count by hand for 2 inputs, 8 features and 5 tokens", () => {
  const size = { d_in: 2, d_sae: 8, batch: 5, pairs: 0, meanRadius: 0 };
  const of = (name: MethodName, more = {}) => flopsPerStep(methodNamed(name, { k: 2 }), { ...size, ...more });
  const base = flopsPerStep(run(0).method, size);
  assert.equal(of("top-k").keep, 80); // 40 activations, each compared and multiplied
  assert.equal(of("top-k").auxiliary, 0); // as long as no feature is dead
  assert.equal(of("top-k", { reviving: 0.5 }).auxiliary, (120 + 480 + 60) / 2); // 3·40, three products 6·5·2·8, 6·10 errors
  assert.equal(of("matryoshka").prefixes, 4 * 50); // five prefixes of 8 are told, the errors of 5 · 2 numbers
  assert.equal(of("jump-relu").keep, 80 + 160 + 280); // what is near θ: a product of 2·5·2·8 and seven operations on 40
  assert.equal(of("jump-relu").adam - base.adam, 12 * 8); // θ
  const { directions } = of("ort-sae");
  assert.equal(directions, 2 * 8 * 7 + (8 * 7) / 2 + 160); // 28 pairs of 2 numbers, 28 comparisons for either row's, 10 of 16
  assert.equal(of("all-pairs", { pairs: 28 }).penalty, 6 * 5 * 28 + 10 * 5 * 8);
  assert.deepEqual([of("all-pairs").gram, of("all-pairs").pairs], [0, 0]); // nothing is chosen
  assert.equal(base.gradients - of("frozen-decoder").gradients, 2 * 80 + 2 * 16); // a product, and a norm less
  assert.equal(of("frozen-decoder").unitRows, 0);
  assert.equal(of("frozen-random").adam, 12 * 10); // the biases
});

test("a run adds to the cost what its mechanism computes, and nothing else", () => {
  const added = [
    ["gram", "pairs", "penalty"],
    [], // τ's own arithmetic is a few operations
    [],
    ["prune"],
    [],
    [],
    ["inhibit"],
    ["coactivation", "radius"],
    ["reallocate"],
  ];
  const cost = (number: number): Flops =>
    flopsPerStep(run(number).method, {
      ...paperSize,
      pairs: number === 0 ? 0 : paperSize.pairs,
      meanRadius: number < 7 ? 0 : paperSize.meanRadius,
    });
  for (const [before, parts] of added.entries()) {
    const [a, b] = [cost(before), cost(before + 1)];
    const grown = (Object.keys(b) as (keyof Flops)[]).filter((part) => b[part] > a[part] && part !== "total");
    assert.deepEqual(grown, parts, `Run ${before + 1}`);
  }
});

test("the cost of a training's steps is the mean of its steps' costs", () => {
  const { method } = run(9);
  const { pairs: _p, meanRadius: _r, ...sizes } = paperSize;
  const steps = [
    { pairs: 10, meanRadius: 0 },
    { pairs: 2000, meanRadius: 31.5 },
  ];
  const each = steps.map((step) => flopsPerStep(method, { ...sizes, ...step }).total);
  assert.equal(flopsOf(steps as StepRecord[], method, sizes).total, (each[0] + each[1]) / 2);
});

test("where T_k is empty its penalty costs nothing; all c_ij do, for the choice or in the steps that prune", () => {
  const empty = { ...paperSize, pairs: 0 };
  assert.equal(flopsPerStep(run(1).method, empty).penalty, 0);
  assert.ok(flopsPerStep(run(1).method, { ...paperSize, pairs: 1 }).penalty > 0);
  assert.equal(flopsPerStep(run(0).method, empty).gram, 0);
  const { gram } = flopsPerStep(run(1).method, empty);
  const pruneOnly = { ...run(0).method, prune: run(9, { pruneEvery: 4 }).method.prune };
  assert.equal(flopsPerStep(pruneOnly, empty).gram, gram / 4);
  assert.equal(flopsPerStep(pruneOnly, empty).pairs, 0);
});

test("correlations cost by the length of what they compare, chosen by and penalised each by its own reading", () => {
  const parts = (correlation: string) => {
    const { gram, penalty } = flopsPerStep(run(1, { readings: readings({ correlation }) }).method, {
      ...{ d_in: 7, d_sae: 3, batch: 5, pairs: 2, meanRadius: 0 },
    });
    return { gram, penalty };
  };
  const of = (m: number) => ({ gram: 2 * m * 3 + 3 * m * 3 + 3, penalty: 6 * m * 2 + 10 * m * 3 });
  assert.deepEqual(parts("activationCosine"), of(5));
  assert.deepEqual(parts("decoderCosine"), of(7));
});

test("a rule of somebody's own that prunes costs a look at the pairs in every step, unless an option says how seldom", () => {
  const pruning = (options: Record<string, number | string>) => {
    const prune = ownRule("mine", "", options, (): Pruning => ({ features: [], action: "disable" }));
    return flopsPerStep({ ...run(0).method, prune }, paperSize).prune;
  };
  const all = (2304 * 2303) / 2;
  assert.deepEqual([pruning({}), pruning({ every: "often" }), pruning({ every: 4 })], [all, all, all / 4]);
});
