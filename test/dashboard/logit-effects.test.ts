import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { stream } from "../../src/base/random.js";
import { logitEffects, logitHistograms } from "../../src/dashboard/logit-effects.js";
import type { Unembedding } from "../../src/model/unembedding.js";
import { withBackend } from "../helpers/backend.js";

withBackend();

const [d_in, d_sae, vocabulary] = [5, 7, 60];
const random = stream(4, "unembedding");
const normals = (count: number): Float32Array => Float32Array.from({ length: count }, () => random.normal());
const W = normals(d_sae * d_in);
const finalNorm = normals(d_in);
const W_U = normals(vocabulary * d_in);
W_U.copyWithin(20 * d_in, 10 * d_in, 11 * d_in); // tokens 10 and 20 are the same

const unembedding: Unembedding = {
  finalNorm,
  vocabulary,
  rows: (from, to) => W_U.subarray(from * d_in, to * d_in),
};

/** The effects of feature i on all tokens, by plain loops. */
const effectsOf = (i: number) =>
  Array.from({ length: vocabulary }, (_, token) => {
    let value = 0;
    for (let k = 0; k < d_in; k++) value += W[i * d_in + k] * finalNorm[k] * W_U[token * d_in + k];
    return { token, value };
  });

test("the ten tokens that a feature raises and lowers most are those of W_i · diag(w_norm) · W_Uᵀ", () => {
  const before = tf.memory().numTensors;
  for (const tileValues of [undefined, d_sae * 11, 1]) {
    const found = logitEffects(W, d_in, unembedding, { tileValues });
    for (let i = 0; i < d_sae; i++)
      for (const [side, sign] of [
        ["raised", 1],
        ["lowered", -1],
      ] as const) {
        const sorted = effectsOf(i)
          .toSorted((a, b) => sign * (b.value - a.value) || a.token - b.token)
          .slice(0, 10);
        assert.deepEqual(
          found[i][side].map(({ token }) => token),
          sorted.map(({ token }) => token),
        );
        for (const [n, { value }] of found[i][side].entries()) assert.ok(Math.abs(value - sorted[n].value) < 1e-5);
      }
  }
  assert.equal(tf.memory().numTensors, before);
});

test("the histogram of a feature's effects counts every token once, between its lowest and highest", () => {
  const effects = logitEffects(W, d_in, unembedding);
  for (const tileValues of [undefined, d_sae * 7])
    for (const [i, { from, to, counts }] of logitHistograms(W, d_in, unembedding, { effects, tileValues }).entries()) {
      const values = effectsOf(i).map(({ value }) => value);
      assert.ok(Math.abs(from - Math.min(...values)) < 1e-5 && Math.abs(to - Math.max(...values)) < 1e-5);
      const expected = new Array(50).fill(0);
      for (const value of values) {
        const at = ((value - from) / (to - from)) * 50;
        assert.ok(Math.abs(at - Math.round(at)) > 1e-4 || at < 1e-4 || at > 49.9, "no edge of a bin decides");
        expected[Math.max(0, Math.min(49, Math.floor(at)))]++;
      }
      assert.deepEqual(counts, expected);
    }
});

test("a model of another width is refused", () => {
  assert.throws(
    () => logitEffects(W, d_in, { ...unembedding, finalNorm: new Float32Array(4) }),
    /final norm: expected 5 numbers, .* found 4\. Take the model/,
  );
});
