/** A feature's page against an independent float64 implementation of the same definitions; EVALUATION_FIXTURES names a folder of others. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { packageFolder } from "../../src/base/files.js";
import { featureNumbers } from "../../src/dashboard/numbers.js";
import { autoencoderFrom } from "../../src/experiment/training/autoencoder.js";
import { openSafetensors } from "../../src/model/safetensors.js";
import { openUnembedding } from "../../src/model/unembedding.js";
import { run } from "../../src/runs.js";
import { withBackend } from "../helpers/backend.js";

withBackend();

const fixtures = path.join(packageFolder, "test", "fixtures");
const folder = process.env.EVALUATION_FIXTURES ?? path.join(fixtures, "evaluation");

/** What of a fixture a page needs. */
interface Fixture {
  model: string;
  arrays: string;
  scale: number;
  sae: { d_in: number; d_sae: number };
  tokens: number[][];
  expected: {
    logitEffects: { feature: number; top: Token[]; bottom: Token[] }[];
    page: Page;
  };
}
interface Token {
  token: number;
  value: number;
}
interface Page {
  feature: number;
  frequency: number;
  largest: number;
  meanOverVectors: number;
  meanWhereActive: number;
  histogram: { counts: number[] };
  top: { sequence: number; position: number; token: number; f: number }[];
  nearest: { decoder: { feature: number; value: number }[]; pearson: { feature: number; value: number }[] };
  encoderDecoder: number;
}

for (const name of readdirSync(folder).filter((file) => file.endsWith(".json")))
  test(`${name}: the page and the logit effects of features`, async () => {
    const fixture: Fixture = JSON.parse(readFileSync(path.join(folder, name), "utf8"));
    const { features } = await pages(fixture);
    const { page, logitEffects } = fixture.expected;
    const found = features[page.feature];
    near(found.frequency, page.frequency);
    near(found.largest, page.largest);
    near(found.meanOverTokens, page.meanOverVectors);
    near(found.meanWhereActive!, page.meanWhereActive);
    near(found.encoderDecoder, page.encoderDecoder);
    assert.deepEqual(found.histogram, page.histogram.counts);
    assert.deepEqual(
      found.top.map(({ sequence, position, tokens, from }) => ({ sequence, position, token: tokens[position - from] })),
      page.top.map(({ sequence, position, token }) => ({ sequence, position, token })),
    );
    found.top.forEach(({ activations, position, from }, n) => {
      near(activations[position - from]!, page.top[n].f);
    });
    same(found.nearestDecoder, page.nearest.decoder, "feature");
    same(found.nearestActivation, page.nearest.pearson, "feature");
    for (const { feature, top, bottom } of logitEffects) {
      same(features[feature].raised, top, "token");
      same(features[feature].lowered, bottom, "token");
    }
  });

const near = (found: number, expected: number): void =>
  assert.ok(Math.abs(found - expected) <= 1e-4 * Math.abs(expected), `expected ${expected}, found ${found}`);

/** As many of those found as are expected, in order. */
function same<T extends Record<K | "value", number>, K extends string>(all: T[], expected: T[], key: K): void {
  assert.ok(expected.length > 0);
  const found = all.slice(0, expected.length);
  assert.deepEqual(
    found.map((one) => one[key]),
    expected.map((one) => one[key]),
  );
  for (const [n, { value }] of found.entries()) near(value, expected[n].value);
}

async function pages({ model, arrays, scale, sae: { d_in, d_sae }, tokens }: Fixture) {
  const contextLength = tokens[0].length;
  const file = await openSafetensors(path.join(folder, arrays));
  const [mean, W_enc, b_enc, W_dec, b_dec, alive, x] = await Promise.all(
    ["mean", "W_enc", "b_enc", "W_dec", "b_dec", "alive", "expected.x"].map((one) => file.readFloat32(one)),
  );
  await file.close();
  const sae = autoencoderFrom(
    {
      ...{ d_in, d_sae, weights: { W_enc, b_enc, W_dec, b_dec }, alive, about: {}, competition: undefined },
      ...{ radius: new Int32Array(d_sae), coactivation: new Float64Array(0), scaling: { mean, scale } },
    },
    run(0).method,
    "fixture",
  );
  const rows = tokens.flatMap((of, sequence) => of.slice(1).map((token, p) => ({ sequence, position: p + 1, token })));
  const h = rows.flatMap(({ sequence, position }) => {
    const at = (sequence * contextLength + position) * d_in;
    return Array.from(x.subarray(at, at + d_in), (value, i) => (value - mean[i]) * scale);
  });
  const unembedding = await openUnembedding(modelAt(model));
  const numbers = featureNumbers(sae, {
    h: Float32Array.from(h),
    places: {
      source: new Int8Array(rows.length),
      sequence: Int32Array.from(rows, ({ sequence }) => sequence),
      position: Int16Array.from(rows, ({ position }) => position),
      token: Int32Array.from(rows, ({ token }) => token),
    },
    sequences: { contextLength, tokens: Int32Array.from(tokens.flat()), sources: ["tokens"] },
    unembedding,
  });
  unembedding.close();
  return numbers;
}

/** The model lies beside the folder of fixtures, or among this package's. */
function modelAt(model: string): string {
  const beside = path.join(folder, model);
  return existsSync(beside) ? beside : path.join(fixtures, "models", path.basename(model));
}
