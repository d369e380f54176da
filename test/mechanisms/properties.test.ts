/** What holds for the mechanisms whatever they see. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import { permutation, stream } from "../../src/base/random.js";
import * as m from "../../src/mechanisms/index.js";
import { observe } from "../../src/observe.js";
import { readingChoices, readings } from "../../src/readings.js";
import { run } from "../../src/runs.js";
import { Coactivation } from "../../src/sae/coactivation.js";
import { coFiringCorrelations } from "../../src/sae/correlations/co-firing.js";
import { correlated } from "../../src/sae/correlations/correlation.js";
import { countFiring } from "../../src/sae/correlations/firing.js";
import { Largest } from "../../src/sae/correlations/largest.js";
import { correlationsOf } from "../../src/sae/correlations/selection.js";
import { initialParams, type Params } from "../../src/sae/params.js";
import { disposeState, initialState } from "../../src/sae/state.js";
import { train } from "../../src/train.js";
import { withBackend } from "../helpers/backend.js";
import {
  correlations,
  listOf,
  neighbours,
  pairsOf,
  seenActiveFraction,
  seenCorrelations,
  state,
} from "../helpers/stubs.js";

withBackend();
fc.configureGlobal({ seed: 42, numRuns: 200 }); // the same cases every time

const unitInterval = fc.double({ min: 0, max: 1, noNaN: true });
const lists = <T>(element: fc.Arbitrary<T>, length: number) =>
  fc.array(element, { minLength: length, maxLength: length });
/** d_sae and a value for each of its pairs, in row order. */
const anyCorrelations = (value = unitInterval) =>
  fc
    .integer({ min: 2, max: 9 })
    .chain((d_sae) => fc.tuple(fc.constant(d_sae), lists(value, (d_sae * (d_sae - 1)) / 2)));

test("Eq. 5: r_i is a whole number from 0 to r_max, and less than there are features", () => {
  const anyH = fc.integer({ min: 1, max: 8 }).chain((n) => fc.tuple(fc.constant(n), lists(unitInterval, n * n)));
  fc.assert(
    fc.property(anyH, fc.integer({ min: 1, max: 10 }), unitInterval, ([d_sae, H], rMax, theta) => {
      const s = state(d_sae, { coactivation: new Coactivation(d_sae, Float64Array.from(H)) });
      for (const r of m.adaptiveRadius({ rMax, theta })(s, undefined)) assert.ok(r >= 0 && r <= rMax && r < d_sae);
    }),
  );
});

test("Eq. 3: τ stays within [0.01, 0.5]", () => {
  const tau = fc.double({ min: 0.01, max: 0.5, noNaN: true });
  fc.assert(
    fc.property(tau, anyCorrelations(), fc.constantFrom("selected", "all"), (tau, [d_sae, c], meanCorrelation) => {
      const s = state(d_sae, { tau, pairs: pairsOf([[0, 1]]) });
      const next = m.adaptiveTau({ meanCorrelation })(s, seenCorrelations(correlations(d_sae, c)));
      assert.ok(next >= 0.01 && next <= 0.5);
    }),
  );
});

test("§5.2: λ₁ stays within [0.01, 0.2]", () => {
  const lambda1 = fc.double({ min: 0.01, max: 0.2, noNaN: true });
  fc.assert(
    fc.property(lambda1, unitInterval, unitInterval, fc.constantFrom(0, 0.99), (lambda1, before, p, momentum) => {
      const s = state(2, { sparsity: { lambda1, activeFraction: before } });
      const next = m.adaptiveSparsity({ momentum })(s, seenActiveFraction(p)).lambda1;
      assert.ok(next >= 0.01 && next <= 0.2);
    }),
  );
});

test("§4.1, Eq. 2: |T_k| ≤ k, and every pair in it is at least as correlated as every pair outside that it could be", () => {
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(anyCorrelations(), fc.integer({ min: 1, max: 12 }), share, ([d_sae, c], atLeast, fraction) => {
      const all = correlations(d_sae, c);
      const options = { atLeast, fraction };
      const top = listOf(m.topPairs(options)(state(d_sae), seenCorrelations(all)));
      const k = Math.max(atLeast, Math.floor(fraction * c.length)); // above `atLeast` in about half of the cases
      assert.equal(top.length, Math.min(k, c.length));
      const least = Math.min(...top.map(([i, j]) => all.at(i, j)));
      assert.equal(least, [...c].sort((a, b) => b - a)[top.length - 1]);
      const significant = listOf(m.significantPairs(options)(state(d_sae), seenCorrelations(all)));
      assert.deepEqual(
        significant,
        top.filter(([i, j]) => all.at(i, j) > all.mean + 2 * all.sigma),
      );
    }),
  );
});

test("§4.1, Eq. 2: T_k is symmetric: features in another order give the same pairs, dense or by who fires together", () => {
  const anyCase = fc.record({
    d_sae: fc.integer({ min: 4, max: 12 }),
    active: fc.constantFrom(0.2, 0.5, 1),
    fraction: fc.double({ min: 0.02, max: 0.5, noNaN: true }),
    sigmas: fc.constantFrom(0, 0.5, 1),
    seed: fc.nat(),
  });
  const { vectors, divisors } = correlated.activationCosine;
  const none = {} as Params; // these correlations are of activations
  const ways = [
    (f: tf.Tensor2D) => observe(f, none, "activationCosine").correlations(),
    (f: tf.Tensor2D) => correlationsOf(vectors(f, none).X),
    (f: tf.Tensor2D) => {
      const [values, d_sae] = [f.dataSync<"float32">(), f.shape[1]];
      return coFiringCorrelations(values, d_sae, divisors!(countFiring(values, d_sae).squares, values.length / d_sae));
    },
  ];
  fc.assert(
    fc.property(anyCase, ({ d_sae, active, fraction, sigmas, seed }) => {
      const random = stream(seed, "f");
      const rows = Array.from({ length: 16 }, () =>
        Array.from({ length: d_sae }, () => (random.uniform() < active ? random.uniform() : 0)),
      );
      const order = permutation(random, d_sae);
      const options = { fraction, atLeast: 1, sigmas };
      for (const choose of [m.topPairs(options), m.significantPairs(options)])
        for (const way of ways) {
          const chosen = (f: number[][]) => {
            const c = way(tf.tensor2d(f));
            return { c, pairs: listOf(choose(state(d_sae), seenCorrelations(c))) };
          };
          const { c, pairs } = chosen(rows);
          const least = Math.min(...pairs.map(([i, j]) => c.at(i, j)));
          const isChosen = new Set(pairs.map((pair) => pair.join()));
          for (let i = 0; i < d_sae; i++)
            for (
              let j = i + 1;
              j < d_sae;
              j++ // ties go to the first in row order: not to the same pair in another order
            )
              fc.pre(isChosen.has(`${i},${j}`) || Math.abs(c.at(i, j) - least) > 1e-5);
          const permuted = chosen(rows.map((row) => Array.from(order, (i) => row[i])));
          const back = permuted.pairs.map(([i, j]) => [order[i], order[j]].sort((x, y) => x - y).join());
          assert.deepEqual(new Set(back), isChosen);
        }
    }),
    { numRuns: 60 },
  );
});

test("§4.2: every gain is 1 or 1 − γ: 1 − γ for those that fire and have a larger one among their neighbours", () => {
  const token = fc
    .integer({ min: 1, max: 7 })
    .chain((n) => fc.tuple(lists(fc.integer({ min: 0, max: 4 }), n), lists(fc.subarray([...Array(n).keys()]), n)));
  fc.assert(
    fc.property(token, fc.double({ min: 0.05, max: 0.95, noNaN: true }), ([raw, near], gamma) => {
      const mine = near.map((members, i) => members.filter((j) => j !== i));
      const { gain, losers } = m.winnerTakesAll({ gamma })(state(raw.length), {
        raw: tf.tensor2d([raw]),
        neighbours: neighbours(mine),
      });
      const loses = raw.map((own, i) => own > 0 && mine[i].some((j) => raw[j] > own)); // what does not fire stays as it is
      gain!.dataSync().forEach((found, i) => {
        assert.equal(found, loses[i] ? Math.fround(1 - gamma) : 1);
      });
      assert.equal(losers, loses.filter(Boolean).length);
    }),
  );
});

test("the largest by a heap are those of a full sort, ties to the lower place", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 5 })), fc.integer({ min: 0, max: 30 }), (values, most) => {
      const largest = new Largest(most);
      for (const [place, value] of values.entries()) largest.offer(value, place);
      const places = [...values.keys()].sort((a, b) => values[b] - values[a] || a - b);
      assert.deepEqual(
        [...largest.placesInOrder()],
        places.slice(0, most).sort((a, b) => a - b),
      );
    }),
  );
});

test("§5.2: rows of W_dec have unit length after every step of every run, by any reading", () => {
  const anyReadings = fc.record(
    Object.fromEntries(Object.entries(readingChoices).map(([id, choices]) => [id, fc.constantFrom(...choices)])),
  );
  const sizes = fc.tuple(
    fc.integer({ min: 2, max: 6 }),
    fc.integer({ min: 2, max: 9 }),
    fc.integer({ min: 1, max: 6 }),
  );
  fc.assert(
    fc.property(fc.nat(9), anyReadings, sizes, fc.nat(), (number, chosen, [d_in, d_sae, batch], seed) => {
      const method = run(number, { readings: readings(chosen), pruneEvery: 2, reallocateAfter: 2 }).method;
      const random = stream(seed, "vectors");
      const params = initialParams(d_in, d_sae, seed, chosen.init as "tied" | "kaiming");
      const s = initialState(params, { lambda1: 0.04, tau: 0.1, activityWindow: 5, random: random.state() });
      tf.dispose(Object.values(params));
      const h = () =>
        tf.tensor2d(
          Float32Array.from({ length: batch * d_in }, () => random.normal()),
          [batch, d_in],
        );
      const options = { steps: 5, learningRate: 0.1, warmupSteps: 1, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
      for (const { step } of train(s, method, h, options)) {
        const lengths = tf.tidy(() => tf.norm(s.params.W_dec.read(), 2, 1).dataSync());
        for (const length of lengths) assert.ok(Math.abs(length - 1) < 1e-6, `step ${step}: ${length}`);
      }
      disposeState(s);
    }),
    { numRuns: 40 },
  );
});
