import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { stream } from "../../src/base/random.js";
import type { Excerpt, FeatureNumbers } from "../../src/dashboard/feature.js";
import { type FeaturesOn, featureNumbers } from "../../src/dashboard/numbers.js";
import { type Autoencoder, autoencoderOf } from "../../src/experiment/training/autoencoder.js";
import { run } from "../../src/runs.js";
import { initialParams } from "../../src/sae/params.js";
import { disposeState, initialState } from "../../src/sae/state.js";
import { withBackend } from "../helpers/backend.js";

withBackend();

const [d_in, d_sae, contextLength, count] = [6, 9, 12, 40];
const [off, neverFires] = [4, 7];

/** 40 sequences of 12 tokens from 3 sources, counted from sequence 5; position 0 of each and one vector more are left out (R21). */
function texts(): FeaturesOn {
  const random = stream(3, "texts");
  const rows = Array.from({ length: count }, (_, s) =>
    Array.from({ length: contextLength - 1 }, (_, p) => ({ sequence: s + 5, position: p + 1 })),
  )
    .flat()
    .filter(({ sequence, position }) => sequence !== 6 || position !== 3);
  const tokens = Int32Array.from({ length: (count + 5) * contextLength }, () => random.integer(50));
  const vectors = Array.from({ length: 200 }, () => Array.from({ length: d_in }, () => random.normal() / 2));
  return {
    h: Float32Array.from(rows.flatMap(() => vectors[random.integer(vectors.length)])), // some come twice: equal f
    places: {
      source: Int8Array.from(rows, ({ sequence }) => sequence % 3),
      sequence: Int32Array.from(rows, ({ sequence }) => sequence),
      position: Int16Array.from(rows, ({ position }) => position),
      token: Int32Array.from(rows, ({ sequence, position }) => tokens[sequence * contextLength + position]),
    },
    sequences: { contextLength, tokens, sources: ["a", "b", "c"] },
  };
}

function autoencoder(number = 0): Autoencoder {
  const params = initialParams(d_in, d_sae, 8, "kaiming");
  const b_enc = tf.tensor1d(Array.from({ length: d_sae }, (_, i) => (i === neverFires ? -100 : 0.05 * i - 0.3)));
  const state = initialState({ ...params, b_enc }, { activityWindow: 1, random: [1, 2, 3, 4] });
  state.alive[off] = 0;
  state.radius.fill(3);
  const made = autoencoderOf(state, run(number).method);
  disposeState(state);
  tf.dispose([b_enc, ...Object.values(params)]);
  return made;
}

/** f of every row and feature, and what it was before the competition, by plain loops. */
function dense(sae: Autoencoder, { h }: FeaturesOn) {
  const rows = h.length / d_in;
  const x = tf.tensor2d(h.subarray(0), [rows, d_in]);
  const f = sae.features(x).arraySync();
  x.dispose();
  const { W_enc, b_enc, b_dec } = sae.weights();
  const r = f.map((_, t) =>
    Array.from({ length: d_sae }, (_, j) => {
      let z = b_enc[j];
      for (let i = 0; i < d_in; i++)
        z += (h.subarray(t * d_in + i, t * d_in + i + 1)[0] - b_dec[i]) * W_enc[i * d_sae + j];
      return sae.alive[j] ? Math.max(0, z) : 0;
    }),
  );
  return { f, r, rows, column: (j: number) => f.map((row) => row[j]) };
}

const near = (found: number, expected: number, message: string): void =>
  assert.ok(Math.abs(found - expected) <= 1e-5 * Math.max(1, Math.abs(expected)), `${message}: ${found}, ${expected}`);

const allOf = ({ top, fifths }: FeatureNumbers): Excerpt[] => [...top, ...fifths.flat()];
const strengthOf = ({ activations, position, from }: Excerpt): number => activations[position - from]!;
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

test("frequency, means, histogram and shares of sources are sums over the tokens", () => {
  const [sae, on] = [autoencoder(), texts()];
  const { column, rows } = dense(sae, on);
  const { features, tokenShares, tokens, sources } = featureNumbers(sae, on);
  assert.deepEqual(sources, ["a", "b", "c"]);
  assert.equal(tokens, rows);
  const ofSource = [...on.places.source].map((source) => [0, 1, 2].map((s) => (s === source ? 1 : 0)));
  assert.deepEqual(
    tokenShares,
    [0, 1, 2].map((s) => sum(ofSource.map((one) => one[s])) / rows),
  );
  for (const [j, page] of features.entries()) {
    const f = column(j);
    const active = f.filter((value) => value > 0);
    assert.equal(page.feature, j);
    assert.equal(page.isOff, j === off);
    assert.equal(page.frequency, active.length / rows);
    assert.equal(page.largest, Math.max(...f));
    near(page.meanOverTokens, sum(f) / rows, "mean");
    if (active.length === 0) assert.equal(page.meanWhereActive, null);
    else near(page.meanWhereActive!, sum(active) / active.length, "mean where active");
    const bins = new Array(50).fill(0);
    for (const value of active) bins[value === page.largest ? 49 : Math.floor((value / page.largest) * 50)]++;
    assert.deepEqual(page.histogram, bins);
    for (const s of [0, 1, 2]) {
      const share = sum(f.map((value, t) => value * ofSource[t][s])) / (sum(f) || 1);
      near(page.sourceShares[s], share, `source ${s}`);
    }
  }
  assert.equal(features.filter(({ frequency }) => frequency === 0).length, 2, "one is off and one never fires");
});

test("the top are the largest f, at most 2 of a sequence; of equal f the lower sequence, then position", () => {
  const [sae, on] = [autoencoder(), texts()];
  const { sequence, position } = on.places;
  const { column } = dense(sae, on);
  let ties = 0;
  for (const { feature, top } of featureNumbers(sae, on).features) {
    const f = column(feature);
    const order = [...f.keys()]
      .filter((t) => f[t] > 0)
      .sort((a, b) => f[b] - f[a] || sequence[a] - sequence[b] || position[a] - position[b]);
    const chosen: number[] = [];
    for (const t of order)
      if (chosen.length < 20 && chosen.filter((one) => sequence[one] === sequence[t]).length < 2) chosen.push(t);
    assert.deepEqual(
      top.map((one) => [one.sequence, one.position, strengthOf(one)]),
      chosen.map((t) => [sequence[t], position[t], f[t]]),
    );
    ties += chosen.filter((t, n) => n > 0 && f[t] === f[chosen[n - 1]]).length;
  }
  assert.ok(ties > 0, "some f are equal, or the order among them is not tested");
});

test("five more of each fifth below the top, seeded, with at most 2 of a sequence over all", () => {
  const [sae, on] = [autoencoder(), texts()];
  const { sequence } = on.places;
  const { column } = dense(sae, on);
  const { features } = featureNumbers(sae, on);
  let drawn = 0;
  for (const page of features) {
    assert.equal(page.fifths.length, 5);
    const perSequence = new Map<number, number>();
    for (const { sequence } of allOf(page)) perSequence.set(sequence, (perSequence.get(sequence) ?? 0) + 1);
    assert.ok([...perSequence.values()].every((n) => n <= 2));
    if (page.top.length === 0) continue;
    const below = strengthOf(page.top[page.top.length - 1]);
    for (const [fifth, excerpts] of page.fifths.entries()) {
      drawn += excerpts.length;
      const isIn = (f: number): boolean =>
        f > 0 && f < below && f >= (fifth * below) / 5 && f < ((fifth + 1) * below) / 5;
      assert.ok(excerpts.every((one) => isIn(strengthOf(one))));
      assert.equal(new Set(excerpts.map((one) => `${one.sequence} ${one.position}`)).size, excerpts.length);
      const values = excerpts.map(strengthOf);
      assert.deepEqual(
        values,
        values.toSorted((a, b) => b - a),
        "descending",
      );
      const open = column(page.feature).filter((f, t) => isIn(f) && (perSequence.get(sequence[t]) ?? 0) < 2);
      if (excerpts.length < 5) assert.ok(open.length <= excerpts.length, "fewer than 5 only where there are no more");
      else assert.equal(excerpts.length, 5);
    }
  }
  assert.ok(drawn > 30);
  assert.deepEqual(featureNumbers(sae, on).features, features, "the same seed draws the same");
  assert.notDeepEqual(featureNumbers(sae, { ...on, seed: 1 }).features, features);
});

test("norms, and the share of the tokens in each fifth, are those of f", () => {
  const [sae, on] = [autoencoder(), texts()];
  const { column, rows } = dense(sae, on);
  const { features, norms, fifthShares } = featureNumbers(sae, on);
  for (const page of features) {
    const f = column(page.feature);
    near(norms[page.feature], Math.hypot(...f), "norm");
    const end = page.top.length > 0 ? strengthOf(page.top[page.top.length - 1]) : 0;
    const isIn = (value: number, fifth: number): boolean =>
      value < end && value >= (fifth * end) / 5 && value < ((fifth + 1) * end) / 5;
    const shares = [0, 1, 2, 3, 4].map((fifth) => f.filter((value) => isIn(value, fifth)).length / rows);
    assert.deepEqual(fifthShares[page.feature], end > 0 ? shares : [1, 0, 0, 0, 0]);
  }
});

test("an excerpt has the tokens around, f on each, and null where the vector was left out", () => {
  const [sae, on] = [autoencoder(), texts()];
  const { sequence, position, token } = on.places;
  const { column, rows } = dense(sae, on);
  let leftOut = 0;
  for (const page of featureNumbers(sae, on).features) {
    const f = column(page.feature);
    for (const one of allOf(page)) {
      assert.equal(one.from, 0, "20 tokens before are more than there are");
      assert.equal(one.tokens.length, Math.min(contextLength, one.position + 11));
      assert.deepEqual(one.tokens.length, one.activations.length);
      for (const [i, id] of one.tokens.entries()) {
        const t = Array.from({ length: rows }, (_, t) => t).find(
          (t) => sequence[t] === one.sequence && position[t] === i,
        );
        assert.equal(one.activations[i], t === undefined ? null : f[t]);
        if (t !== undefined) assert.equal(id, token[t]);
        leftOut += t === undefined && i > 0 ? 1 : 0;
      }
    }
  }
  assert.ok(leftOut > 0, "a vector beside position 0 was left out of some excerpt");
});

test("neighbours are by W_i · W_j and by Pearson's correlation, of features that are on and fire", () => {
  const [sae, on] = [autoencoder(), texts()];
  const { column } = dense(sae, on);
  const { W_dec, W_enc } = sae.weights();
  const row = (j: number): number[] => [...W_dec.subarray(j * d_in, (j + 1) * d_in)];
  const dot = (a: readonly number[], b: readonly number[]): number => sum(a.map((value, i) => value * b[i]));
  const centred = (j: number): number[] => {
    const f = column(j);
    return f.map((value) => value - sum(f) / f.length);
  };
  const pearson = (i: number, j: number): number => {
    const [a, b] = [centred(i), centred(j)];
    return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
  };
  const nearestBy = (i: number, others: number[], value: (i: number, j: number) => number) =>
    others
      .filter((j) => j !== i)
      .map((feature) => ({ feature, value: value(i, feature) }))
      .sort((a, b) => b.value - a.value)
      .slice(0, 5);
  const all = Array.from({ length: d_sae }, (_, j) => j);
  const on_ = all.filter((j) => j !== off);
  const fire = on_.filter((j) => j !== neverFires);
  for (const page of featureNumbers(sae, on).features) {
    const i = page.feature;
    const directions = on_.includes(i) ? nearestBy(i, on_, (i, j) => dot(row(i), row(j))) : [];
    const activations = fire.includes(i) ? nearestBy(i, fire, pearson) : [];
    for (const [found, expected] of [
      [page.nearestDecoder, directions],
      [page.nearestActivation, activations],
    ]) {
      assert.deepEqual(
        found.map(({ feature }) => feature),
        expected.map(({ feature }) => feature),
      );
      found.forEach(({ value }, n) => {
        near(value, expected[n].value, `neighbour ${n} of ${i}`);
      });
    }
    const encoder = Array.from({ length: d_in }, (_, k) => W_enc[k * d_sae + i]);
    const cosine = i === off ? 0 : dot(encoder, row(i)) / Math.sqrt(dot(encoder, encoder) * dot(row(i), row(i)));
    near(page.encoderDecoder, cosine, "encoder and decoder");
  }
});

test("a fate tells on what share of its firings a feature lost the competition; without one it is not known", () => {
  const on = texts();
  assert.ok(featureNumbers(autoencoder(), on).features.every(({ fate }) => fate === null));
  const sae = autoencoder(7);
  const { f, r } = dense(sae, on);
  const { features } = featureNumbers(sae, on);
  const shares = features.map(({ feature: j, fate }) => {
    const fired = r.filter((row) => row[j] > 0).length;
    const lost = r.filter((row, t) => row[j] > 0 && f[t][j] < row[j] * (1 - 1e-4)).length;
    assert.equal(fate?.lostShare, fired > 0 ? lost / fired : null);
    return fate?.lostShare ?? 0;
  });
  assert.ok(shares.some((share) => share > 0.1) && shares.some((share) => share < 0.9));
  const fates = features.map((_, i) => ({ prunedAt: i, startedAgainAt: [2 * i], inPairsShare: i / 9 }));
  const told = featureNumbers(sae, { ...on, fates }).features[3].fate;
  assert.deepEqual(told, { prunedAt: 3, startedAgainAt: [6], inPairsShare: 3 / 9, lostShare: shares[3] });
  assert.equal(featureNumbers(autoencoder(), { ...on, fates }).features[3].fate?.lostShare, null);
});

test("places that are not one a vector are refused", () => {
  const on = texts();
  const places = { ...on.places, token: on.places.token.subarray(1) };
  assert.throws(
    () => featureNumbers(autoencoder(), { ...on, places }),
    /places, token: expected 439 entries, .*found 438/,
  );
});

test("no tensor is left behind", () => {
  const sae = autoencoder(7);
  const before = tf.memory().numTensors;
  featureNumbers(sae, texts());
  assert.equal(tf.memory().numTensors, before);
});
