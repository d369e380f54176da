/**
 * The gradient of Eq. 7: the oracle's against finite differences of its loss in float64, the library's by hand against
 * the oracle's, and the library's by automatic differentiation against the one by hand.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { stream } from "../../src/base/random.js";
import { winnerTakesAll } from "../../src/mechanisms/index.js";
import { type CorrelationReading, correlationReadings } from "../../src/sae/correlations/correlation.js";
import { encode } from "../../src/sae/forward.js";
import { automaticLossAndGradients, type LossAndGradients, lossAndGradients } from "../../src/sae/gradients.js";
import { applyInhibition } from "../../src/sae/inhibition.js";
import type { Params } from "../../src/sae/params.js";
import type { TrainState } from "../../src/sae/state.js";
import { withBackend } from "../helpers/backend.js";
import { compete } from "../helpers/oracle/competition.js";
import { type Config, paperConfig } from "../helpers/oracle/config.js";
import { range } from "../helpers/oracle/loops.js";
import { type Constants, encode as encodeInLoops, gradients, loss } from "../helpers/oracle/loss.js";
import { near } from "../helpers/oracle/near.js";
import type { Weights } from "../helpers/trace.js";

withBackend();

const [batch, d_in, d_sae] = [7, 4, 6];
const random = stream(4, "gradients");
const matrix = (rows: number, columns: number): number[][] =>
  range(rows).map(() => range(columns).map(() => Math.fround(random.normal())));
const x = matrix(batch, d_in);
const w: Weights = {
  We: matrix(d_in, d_sae),
  Wd: matrix(d_sae, d_in),
  be: matrix(1, d_sae)[0],
  bd: matrix(1, d_in)[0],
};
w.be[0] = -100; // never fires
const alive = [1, 1, 1, 0, 1, 1]; // feature 3 is switched off
const pairs: [number, number][] = [
  [0, 2],
  [1, 2],
  [1, 4],
  [3, 5],
  [4, 5],
];
const neighbours = [[1, 2], [2, 4], [1, 5], [4], [1, 5], [2, 3, 4]];
const [lambda1, tau] = [0.07, 0.3];

const correlation: Record<CorrelationReading, Partial<Config>> = {
  activationCosine: {},
  activationPearson: { corr: "pearson" },
  activationInner: { corr: "inner_mean" },
  decoderCosine: { f: "decoder" },
  encoderCosine: { f: "encoder" },
  hybrid: { pen_f: "decoder" },
};
const inhibition = { scaleLosers: "nonmax", subtractWinner: "subtract", halfMax: "half" } as const;
const reconstruction = { squared: "sq_sum", norm: "l2", meanSquared: "sq_mean" } as const;
const entries = <K extends string, V>(record: Record<K, V>): [K, V][] => Object.entries(record) as [K, V][];

for (const [r1, changes] of entries(correlation))
  for (const [r11, wta] of entries(inhibition))
    test(`Eq. 7 with R1 ${r1} and R11 ${r11}, by every R4 and R16: the gradient is that of finite differences`, () => {
      for (const penalty of ["sum", "mean"] as const)
        for (const [r16, recon] of entries(reconstruction)) {
          const cfg: Config = { ...paperConfig, ...changes, wta, recon, penalty };
          const competition = compete(cfg, encodeInLoops(w, x, alive), neighbours);
          assert.ok([...competition.gain.flat(), ...competition.offset.flat()].some((v) => v !== 0 && v !== 1));
          const constants: Constants = { alive, competition, pairs, lambda1, tau };
          const inLoops = gradients(cfg, w, x, constants);
          sameWeights(inLoops, differences(cfg, constants), 1e-6, `${r16}, ${penalty}: in loops`);

          const { byHand, skippingZeros, automatic } = tf.tidy(() => library(r1, r11, r16, penalty));
          near(
            [byHand.loss, skippingZeros.loss, automatic.loss],
            Array(3).fill(loss(cfg, w, x, constants).loss),
            1e-6,
            "loss",
          );
          sameWeights(byHand.gradients, inLoops, 1e-5, `${r16}, ${penalty}: by hand`);
          sameWeights(skippingZeros.gradients, inLoops, 1e-5, `${r16}, ${penalty}: by hand, skipping zeros`);
          sameWeights(automatic.gradients, byHand.gradients, 1e-5, `${r16}, ${penalty}: automatic`);
        }
    });

test("a feature that is switched off, or does not fire, has no gradient where correlations are the activations'", () => {
  for (const r1 of ["activationCosine", "activationPearson", "activationInner"] as const) {
    const { We, be, Wd } = tf.tidy(() => library(r1, "scaleLosers", "squared", "sum")).byHand.gradients;
    for (const i of [0, 3]) assert.ok([...We.map((row) => row[i]), be[i], ...Wd[i]].every((value) => value === 0));
  }
});

/** ∂L/∂w by central differences of the oracle's loss. */
function differences(cfg: Config, constants: Constants): Weights {
  const step = 1e-6;
  const copy = structuredClone(w);
  const along = (row: number[]): number[] =>
    row.map((value, at) => {
      const nudged = [value + step, value - step].map((nudge) => {
        row[at] = nudge;
        return loss(cfg, copy, x, constants).loss;
      });
      row[at] = value;
      return (nudged[0] - nudged[1]) / (2 * step);
    });
  return { We: copy.We.map(along), Wd: copy.Wd.map(along), be: along(copy.be), bd: along(copy.bd) };
}

/** The library's two gradients. */
function library(
  r1: CorrelationReading,
  r11: keyof typeof inhibition,
  r16: keyof typeof reconstruction,
  penalty: "sum" | "mean",
) {
  const params: Params = {
    W_enc: tf.tensor2d(w.We),
    W_dec: tf.tensor2d(w.Wd),
    b_enc: tf.tensor1d(w.be),
    b_dec: tf.tensor1d(w.bd),
  };
  const h = tf.tensor2d(x);
  const on = tf.tensor1d(alive);
  const raw = tf.mul(encode(params, h), on) as tf.Tensor2D;
  const members = Int32Array.from(neighbours.flat());
  const starts = Int32Array.from([0, 2, 4, 6, 7, 9, 12]);
  const suppressed = winnerTakesAll({ inhibition: r11 })({} as TrainState, { raw, neighbours: { starts, members } });
  const forward = { r: raw, f: applyInhibition(raw, suppressed), inhibition: suppressed, alive: on };
  const objective = {
    ...correlationReadings[r1],
    pairs: { i: Int32Array.from(pairs, ([i]) => i), j: Int32Array.from(pairs, ([, j]) => j) },
    reconstruction: r16,
    penalty,
    prefixes: [d_sae],
    lambda1,
    tau,
  };
  return {
    byHand: read(lossAndGradients(params, h, forward, objective)),
    skippingZeros: read(lossAndGradients(params, h, { ...forward, activeFraction: 0 }, objective)), // as if few were active
    automatic: read(automaticLossAndGradients(params, h, forward, objective)),
  };
}

function read({ loss, gradients: { W_enc, W_dec, b_enc, b_dec } }: LossAndGradients) {
  const inRows = (tensor: tf.Tensor): number[][] => tensor.arraySync() as number[][];
  const inRow = (tensor: tf.Tensor): number[] => tensor.arraySync() as number[];
  return { loss, gradients: { We: inRows(W_enc), Wd: inRows(W_dec), be: inRow(b_enc), bd: inRow(b_dec) } };
}

function sameWeights(actual: Weights, expected: Weights, tolerance: number, what: string): void {
  for (const name of ["We", "Wd", "be", "bd"] as const)
    near(actual[name].flat(), expected[name].flat(), tolerance, `${what}, ∂L/∂${name}`);
}
