import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import { hasKernels } from "../../../src/backend/kernels.js";
import { scoped } from "../../../src/backend/ops.js";
import { stream } from "../../../src/base/random.js";
import { coFiringCorrelations, coFiringIsCheaper, tiledCorrelations } from "../../../src/sae/correlations/co-firing.js";
import { correlated } from "../../../src/sae/correlations/correlation.js";
import { countFiring } from "../../../src/sae/correlations/firing.js";
import { type Correlations, correlationsOf, denseCorrelations } from "../../../src/sae/correlations/selection.js";
import type { Params } from "../../../src/sae/params.js";
import { withBackend } from "../../helpers/backend.js";
import { listOf } from "../../helpers/stubs.js";

withBackend();

/** Both ways to do without the Gram matrix; the second needs this package's kernels. */
const ways = [
  ["lists", coFiringCorrelations],
  ["tiles", tiledCorrelations],
] as const;
const isMissing = (name: string, t: { skip(why: string): void }): boolean => {
  const missing = name === "tiles" && !hasKernels();
  if (missing) t.skip("this package's kernels are not compiled here");
  return missing;
};

/** Small whole numbers, so that every sum is exact: what c_ij is, and all of them by a plain triple loop. */
const byLoops = (f: number[], d_sae: number): Correlations => {
  const products = new Float64Array(d_sae * d_sae);
  for (let at = 0; at < f.length; at += d_sae)
    for (let i = 0; i < d_sae; i++) for (let j = 0; j < d_sae; j++) products[i * d_sae + j] += f[at + i] * f[at + j];
  return denseCorrelations(products, d_sae);
};

/** Batches where many features are silent and many values alike: [d_sae, f]. */
const batch = fc
  .record({ d_sae: fc.integer({ min: 2, max: 12 }), tokens: fc.integer({ min: 1, max: 6 }) })
  .chain(({ d_sae, tokens }) => {
    const value = fc.oneof(
      { weight: 3, arbitrary: fc.constant(0) },
      { weight: 2, arbitrary: fc.integer({ min: 1, max: 3 }) },
    );
    const f = fc.array(value, { minLength: d_sae * tokens, maxLength: d_sae * tokens });
    return fc.tuple(fc.constant(d_sae), f);
  });

for (const [name, correlations] of ways)
  test(`by ${name} come the same c, μ, σ and choices as from all pairs, ties and zeros included`, (t) => {
    if (isMissing(name, t)) return;
    const bound = fc.constantFrom(Number.NEGATIVE_INFINITY, -1, 0, 1, 2, 4, 6, Number.NaN);
    fc.assert(
      fc.property(
        batch,
        fc.integer({ min: 0, max: 70 }),
        bound,
        fc.integer({ min: -1, max: 2 }),
        (input, k, b, sigmas) => {
          const [d_sae, f] = input;
          const expected = byLoops(f, d_sae);
          const found = correlations(Float32Array.from(f), d_sae, new Float64Array(d_sae).fill(1));
          for (let i = 0; i < d_sae; i++)
            for (let j = i + 1; j < d_sae; j++) assert.equal(found.at(i, j), expected.at(i, j));
          const [significant, wanted] = [found, expected].map((c) => c.significant(k, sigmas));
          assert.deepEqual(listOf(significant), listOf(wanted));
          assert.equal(significant.threshold, wanted.threshold);
          assert.deepEqual(
            [...significant.c!],
            listOf(significant).map(([i, j]) => expected.at(i, j)),
          );
          assert.equal(found.mean, expected.mean);
          assert.equal(found.sigma, expected.sigma);
          assert.deepEqual(listOf(found.largest(k, b)), listOf(expected.largest(k, b)));
          assert.deepEqual(listOf(found.largest(k)), listOf(expected.largest(k)));
          assert.deepEqual(listOf(found.above(b)), listOf(expected.above(b)));
        },
      ),
      { numRuns: 2000 },
    );
  });

/** A batch in which a share of the features fires on each token. */
function features(tokens: number, d_sae: number, share: number): Float32Array {
  const random = stream(1, `features/${d_sae}/${share}`);
  return Float32Array.from({ length: tokens * d_sae }, () => (random.uniform() < share ? random.uniform() : 0));
}

for (const [name, correlations] of ways)
  for (const share of [0.02, 0.1, 0.4])
    test(`by ${name}, cosines of 300 features of which ${100 * share} % fire differ from the Gram matrix's by rounding alone`, (t) => {
      if (isMissing(name, t)) return;
      const [tokens, d_sae, rounding, k] = [125, 300, 1e-6, 500];
      const f = features(tokens, d_sae, share);
      const { vectors, divisors } = correlated.activationCosine;
      const found = correlations(f, d_sae, divisors!(countFiring(f, d_sae).squares, f.length / d_sae));
      const dense = scoped(() => correlationsOf(vectors(tf.tensor2d(f, [tokens, d_sae]), {} as Params).X));
      for (let i = 0; i < d_sae; i++)
        for (let j = i + 1; j < d_sae; j++) assert.ok(Math.abs(found.at(i, j) - dense.at(i, j)) <= rounding);
      assert.ok(Math.abs(found.mean - dense.mean) <= rounding);
      assert.ok(Math.abs(found.sigma - dense.sigma) <= rounding);
      const chosen = listOf(dense.largest(k));
      const bound = Math.min(...chosen.map(([i, j]) => dense.at(i, j)));
      const key = (pairs: [number, number][]) => new Set(pairs.map((pair) => pair.join()));
      const [mine, theirs] = [key(listOf(found.largest(k))), key(chosen)];
      const onlyOne = [...mine].filter((pair) => !theirs.has(pair));
      for (const pair of onlyOne) {
        const [i, j] = pair.split(",").map(Number);
        assert.ok(Math.abs(found.at(i, j) - bound) <= rounding, `${pair} is in one choice, and not at its bound`);
      }
      assert.ok(onlyOne.length <= k / 100);
    });

for (const [name, correlations] of ways)
  test(`by ${name}, the same features give the same pairs and the same numbers again`, (t) => {
    if (isMissing(name, t)) return;
    const f = features(50, 200, 0.1);
    const once = () => {
      const c = correlations(f, 200, correlated.activationCosine.divisors!(countFiring(f, 200).squares, 50));
      return [listOf(c.significant(100, 2)), c.mean, c.sigma];
    };
    assert.deepEqual(once(), once());
  });

for (const [name, correlations] of ways)
  test(`by ${name}, a value that is not a number is not lost: μ is none either, and its pairs pass no bound`, (t) => {
    if (isMissing(name, t)) return;
    const c = correlations(Float32Array.of(1, Number.NaN, 1, 1, 1, 1), 3, Float64Array.of(1, 1, 1));
    assert.ok(Number.isNaN(c.mean));
    assert.deepEqual(listOf(c.above(0)), [[0, 2]]);
  });

test("few firing together speak for lists of them, many for all pairs", () => {
  const cheaper = (l0: number, d_sae: number) => coFiringIsCheaper((125 * l0 ** 2) / 2, 125, d_sae, 125 * l0);
  assert.ok(cheaper(10, 2304));
  assert.ok(!cheaper(144, 576));
  assert.ok(!cheaper(1152, 2304));
});
