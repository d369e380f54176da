import assert from "node:assert/strict";
import { test } from "node:test";
import type { Excerpt, FeatureNumbers } from "../../src/dashboard/feature.js";
import type { DashboardNumbers } from "../../src/dashboard/numbers.js";
import { neuronpediaBatches } from "../../src/interop/neuronpedia.js";

/** f of two features on four tokens of one sequence; the first vector is left out. */
const f = [
  [2, 0, 1],
  [1, 0, 3],
];
const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const norm = (values: number[]): number => Math.hypot(...values);

const excerptAt = (of: number, position: number): Excerpt => ({
  sequence: 3,
  position,
  from: 0,
  tokens: [10, 11, 12, 13],
  activations: [null, ...f[of]],
});

const pageOf = (feature: number, other: number, pearson: number): FeatureNumbers => ({
  feature,
  isOff: false,
  frequency: 2 / 3,
  meanOverTokens: mean(f[feature]),
  meanWhereActive: 1.5,
  largest: Math.max(...f[feature]),
  histogram: [0, 1, 0, 1],
  sourceShares: [1],
  top: [excerptAt(feature, 1)],
  fifths: [[], [], [excerptAt(feature, 3)], [], []],
  raised: [{ token: 5, value: 0.123456789 }],
  lowered: [{ token: 6, value: -0.5 }],
  nearestDecoder: [],
  nearestActivation: [{ feature: other, value: pearson }],
  encoderDecoder: 1,
  fate: null,
});

const centred = f.map((values) => values.map((value) => value - mean(values)));
const dot = (a: number[], b: number[]): number => a.reduce((sum, value, i) => sum + value * b[i], 0);
const pearson = dot(centred[0], centred[1]) / (norm(centred[0]) * norm(centred[1]));

const numbers: DashboardNumbers = {
  sources: ["a"],
  tokenShares: [1],
  tokens: 3,
  places: {
    source: new Int8Array(3),
    sequence: new Int32Array(3),
    position: new Int16Array(3),
    token: new Int32Array(3),
  },
  features: [pageOf(0, 1, pearson), pageOf(1, 0, pearson)],
  norms: f.map(norm),
  fifthShares: f.map(() => [1 / 3, 0, 1 / 3, 0, 0]),
};
const place = { modelId: "tiny", layer: 2, saeSet: "set", dataset: "a", prompts: 1, tokensInPrompt: 4 };
const textOf = (token: number): string => `<${token}>`;
const histogram = { from: -1, to: 1, counts: [3, 1] };

test("a feature's record: names, middles of bins, texts, and the cosine of its nearest in activation", () => {
  const [batch, ...others] = neuronpediaBatches({ numbers, logitHistograms: [histogram, histogram], textOf }, place);
  assert.deepEqual(others, []);
  const { features, ...about } = batch;
  assert.deepEqual(about, { model_id: "tiny", layer: 2, sae_set: "set", sae_id_suffix: null });
  const [record] = features;
  const { activations, ...rest } = record;
  assert.deepEqual(rest, {
    feature_index: 0,
    ...{ neuron_alignment_indices: [], neuron_alignment_values: [], neuron_alignment_l1: [] },
    ...{ correlated_neurons_indices: [], correlated_neurons_l1: [], correlated_neurons_pearson: [] },
    correlated_features_indices: [1],
    correlated_features_l1: [Number((dot(f[0], f[1]) / (norm(f[0]) * norm(f[1]))).toPrecision(6))],
    correlated_features_pearson: [Number(pearson.toPrecision(6))],
    neg_str: ["<6>"],
    neg_values: [-0.5],
    pos_str: ["<5>"],
    pos_values: [0.123457],
    frac_nonzero: 0.666667,
    freq_hist_data_bar_values: [0.25, 0.75, 1.25, 1.75],
    freq_hist_data_bar_heights: [0, 1, 0, 1],
    logits_hist_data_bar_heights: [3, 1],
    logits_hist_data_bar_values: [-0.5, 0.5],
    ...{ n_prompts_total: 1, n_tokens_in_prompt: 4, dataset: "a", decoder_weights_dist: [], vector: [] },
  });
  const tokens = ["<10>", "<11>", "<12>", "<13>"];
  assert.deepEqual(activations, [
    { bin_min: -1, bin_max: 2, bin_contains: -1, tokens, values: [0, 2, 0, 1], qualifying_token_index: 1 },
    { bin_min: 0.8, bin_max: 1.2, bin_contains: 0.333333, tokens, values: [0, 2, 0, 1], qualifying_token_index: 3 },
  ]);
});

test("128 features go into a file; without the unembedding lists of logits are empty", () => {
  const many = {
    ...numbers,
    features: Array.from({ length: 130 }, (_, i) => ({ ...numbers.features[0], feature: i % 2 })),
  };
  const batches = [...neuronpediaBatches({ numbers: many, textOf }, place)];
  assert.deepEqual(
    batches.map(({ features }) => features.length),
    [128, 2],
  );
  assert.deepEqual(batches[1].features[0].logits_hist_data_bar_heights, []);
});

test("a feature that never fires has no histogram and no activations", () => {
  const silent = {
    ...numbers.features[0],
    frequency: 0,
    largest: 0,
    top: [],
    fifths: [[], [], [], [], []],
    nearestActivation: [],
  };
  const [{ features }] = neuronpediaBatches({ numbers: { ...numbers, features: [silent] }, textOf }, place);
  assert.deepEqual(features[0].activations, []);
  assert.deepEqual(features[0].freq_hist_data_bar_values, []);
});
