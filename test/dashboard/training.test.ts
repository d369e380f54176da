import assert from "node:assert/strict";
import { test } from "node:test";
import { stream } from "../../src/base/random.js";
import { featureNumbers } from "../../src/dashboard/numbers.js";
import { autoencoderFeatures, layerOfTokens } from "../../src/dashboard/training.js";
import type { TokenPlaces } from "../../src/data/activations/places.js";
import type { Experiment } from "../../src/experiment/experiment.js";
import { withBackend } from "../helpers/backend.js";
import { evaluationFixtureFiles, fixtureAutoencoder, readEvaluationFixture } from "../helpers/evaluation-fixtures.js";

withBackend();

const [d_in, contextLength] = [48, 4];
const random = stream(2, "vectors");
const vectors = (rows: number): Float32Array => Float32Array.from({ length: rows * d_in }, () => random.normal());

/** Places of sequences [from, to), position 0 left out. */
function placesOf(from: number, to: number): TokenPlaces {
  const rows = Array.from({ length: (to - from) * 3 }, (_, n) => [from + Math.floor(n / 3), 1 + (n % 3)]);
  return {
    source: Int8Array.from(rows, () => 0),
    sequence: Int32Array.from(rows, ([sequence]) => sequence),
    position: Int16Array.from(rows, ([, position]) => position),
    token: Int32Array.from(rows, ([sequence, position]) => sequence + position),
  };
}

const activations = { d_in, train: vectors(6), test: vectors(9) };
const experimentOf = (model?: string) =>
  ({
    activations: async () => activations,
    texts: async () =>
      model && {
        model,
        tokens: { contextLength, tokens: new Int32Array(5 * contextLength), sources: ["a"] },
        ...{ train: placesOf(0, 2), test: placesOf(2, 5) },
      },
  }) as unknown as Experiment;

test("features are looked at on the test tokens, or on those of training and then test", async () => {
  const test = await layerOfTokens(experimentOf("model"), 2);
  assert.deepEqual([test.h, test.places], [activations.test, placesOf(2, 5)]);
  const all = await layerOfTokens(experimentOf("model"), 2, "all");
  const joined = Float32Array.of(...activations.train, ...activations.test);
  assert.equal(all.h.length, joined.length);
  for (const [from, to] of [
    [0, joined.length],
    [d_in, 3 * d_in],
    [4 * d_in, 8 * d_in],
    [7 * d_in, 9 * d_in],
  ])
    assert.deepEqual(all.h.subarray(from, to), joined.subarray(from, to));
  assert.deepEqual([...all.places.sequence], [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4]);
  assert.deepEqual([...all.places.position], [...placesOf(0, 5).position]);
});

test("vectors of unknown texts are refused", async () => {
  await assert.rejects(layerOfTokens(experimentOf(), 2), /layer 2: expected vectors of known texts/);
});

test("an autoencoder's features have its title, what is known of its training, and the model's logit effects", async () => {
  const fixture = await readEvaluationFixture(evaluationFixtureFiles[0]);
  const sae = fixtureAutoencoder(fixture);
  const layer = await layerOfTokens(experimentOf(fixture.model), 2);
  const fates = Array.from({ length: sae.d_sae }, (_, i) => ({ prunedAt: i, startedAgainAt: [], inPairsShare: 0.5 }));
  const found = await autoencoderFeatures(sae, layer, { title: "One", modelName: "tiny", fates });
  assert.deepEqual([found.title, found.modelName, found.features[3].fate?.prunedAt], ["One", "tiny", 3]);
  const { raised, fate: _, ...rest } = found.features[3];
  assert.equal(raised.length, 10);
  const {
    raised: none,
    fate: unknown,
    ...same
  } = featureNumbers(sae, {
    ...{ h: layer.h, places: layer.places, sequences: layer.texts.tokens },
  }).features[3];
  assert.deepEqual([none, unknown], [[], null]);
  assert.deepEqual({ ...rest, lowered: [] }, same);
});
