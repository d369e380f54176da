import assert from "node:assert/strict";
import { test } from "node:test";
import { adaptiveTau, constantTau } from "../../src/mechanisms/index.js";
import { assertNear, correlations, pairsOf, seenCorrelations, state } from "../helpers/stubs.js";

/** Eq. 3 from `tau` for two features, both in T_k, of correlation c. */
const next = (tau: number, c: number): number =>
  adaptiveTau()(state(2, { tau, pairs: pairsOf([[0, 1]]) }), seenCorrelations(correlations(2, [c])));
const near = (actual: number, expected: number): void => assertNear([actual], [expected], 1e-12);

test("Eq. 3: τ does not move when c̄ equals c_target", () => {
  for (const tau of [0.01, 0.1, 0.37, 0.5]) near(next(tau, 0.1), tau);
});

test("Eq. 3: τ ← 0.9 τ + 0.1 τ c̄ / 0.1", () => {
  near(next(0.1, 0.3), 0.12); // 0.09 + 0.01 · 3
  near(next(0.2, 0.05), 0.19); // 0.18 + 0.02 · ½
});

test("Eq. 3: τ stays within [0.01, 0.5]", () => {
  assert.equal(next(0.4, 1), 0.5); // 0.36 + 0.4 = 0.76
  assert.equal(next(0.0105, 0), 0.01); // 0.00945
});

const three = correlations(3, [0.2, 0.4, 0.9]);

test("Reading R5: c̄ is the mean over T_k, or over all pairs", () => {
  const s = state(3, {
    tau: 0.1,
    pairs: pairsOf([
      [0, 1],
      [1, 2],
    ]),
  });
  near(adaptiveTau()(s, seenCorrelations(three)), 0.145); // 0.09 + 0.01 · 5.5
  near(adaptiveTau({ meanCorrelation: "all" })(s, seenCorrelations(three)), 0.14); // 0.09 + 0.01 · 5
});

test("Reading R5: c̄ of no pairs is 0", () => {
  near(adaptiveTau()(state(3, { tau: 0.1 }), seenCorrelations(three)), 0.09);
});

test("Reading R1 hybrid: c̄ is made of what is penalised, not of what T_k is chosen by", () => {
  const seen = seenCorrelations(three, correlations(3, [0.1, 0.5, 0.3]));
  near(adaptiveTau()(state(3, { tau: 0.1, pairs: pairsOf([[0, 2]]) }), seen), 0.14); // 0.09 + 0.01 · 5
  near(adaptiveTau({ meanCorrelation: "all" })(state(3, { tau: 0.1 }), seen), 0.12); // 0.09 + 0.01 · 3
});

test("Eq. 1: a constant τ stays where it starts, also outside the range of Eq. 3", () => {
  assert.equal(constantTau()(state(3, { tau: 0.7 }), seenCorrelations(three)), 0.7);
});
