/** A feature's page against an independent float64 implementation of the same definitions; EVALUATION_FIXTURES names a folder of others. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { featureNumbers } from "../../src/dashboard/numbers.js";
import { loadUnembedding } from "../../src/model/unembedding.js";
import { withBackend } from "../helpers/backend.js";
import {
  type EvaluationFixture,
  evaluationFixtureFiles,
  fixtureAutoencoder,
  readEvaluationFixture,
} from "../helpers/evaluation-fixtures.js";

withBackend();

for (const file of evaluationFixtureFiles)
  test(`${file}: the page and the logit effects of features`, async () => {
    const fixture = await readEvaluationFixture(file);
    const { features } = await pages(fixture);
    const { page, logitEffects } = fixture.expected;
    const found = features[page.feature];
    near(found.frequency, page.frequency);
    near(found.largest, page.largest);
    near(found.meanOverTokens, page.meanOverVectors);
    near(found.meanWhereActive!, page.meanWhereActive);
    near(found.encoderDecoder, page.encoderDecoder);
    assert.deepEqual(found.histogram, page.histogram.counts);
    same(
      found.top.map(({ sequence, position, from, tokens, activations }) => ({
        ...{ sequence, position, token: tokens[position - from], f: activations[position - from]! },
      })),
      page.top,
      "f",
    );
    same(found.nearestDecoder, page.nearest.decoder);
    same(found.nearestActivation, page.nearest.pearson);
    for (const { feature, top, bottom } of logitEffects) {
      same(features[feature].raised.slice(0, top.length), top);
      same(features[feature].lowered.slice(0, bottom.length), bottom);
    }
  });

const near = (found: number, expected: number): void =>
  assert.ok(Math.abs(found - expected) <= 1e-4 * Math.abs(expected), `expected ${expected}, found ${found}`);

/** The same things in the same order, the number called `measure` of each as near as float32 can be. */
function same(found: object[], expected: object[], measure = "value"): void {
  const [numbers, others] = [found, expected].map((list) => {
    const entries = list.map((one) => Object.entries(one));
    return {
      values: entries.flatMap((one) => one.filter(([name]) => name === measure).map(([, value]) => value as number)),
      rest: entries.map((one) => Object.fromEntries(one.filter(([name]) => name !== measure))),
    };
  });
  assert.ok(others.values.length > 0);
  assert.deepEqual(numbers.rest, others.rest);
  for (const [n, value] of numbers.values.entries()) near(value, others.values[n]);
}

async function pages(fixture: EvaluationFixture) {
  const { tokens, scale, arrays, model, sae } = fixture;
  const [mean, x] = ["mean", "expected.x"].map((name) => arrays.get(name)!.values);
  const contextLength = tokens[0].length;
  const rows = tokens.flatMap((of, sequence) => of.slice(1).map((token, p) => ({ sequence, position: p + 1, token })));
  const h = rows.flatMap(({ sequence, position }) => {
    const at = (sequence * contextLength + position) * sae.d_in;
    return Array.from(x.subarray(at, at + sae.d_in), (value, i) => (value - mean[i]) * scale);
  });
  return featureNumbers(fixtureAutoencoder(fixture), {
    h: Float32Array.from(h),
    places: {
      source: new Int8Array(rows.length),
      sequence: Int32Array.from(rows, ({ sequence }) => sequence),
      position: Int16Array.from(rows, ({ position }) => position),
      token: Int32Array.from(rows, ({ token }) => token),
    },
    sequences: { contextLength, tokens: Int32Array.from(tokens.flat()), sources: ["tokens"] },
    unembedding: await loadUnembedding(model),
  });
}
