import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { checkClaims } from "../../src/claims/check.js";
import { controls } from "../../src/claims/controls.js";
import { readRegistry } from "../../src/claims/list.js";
import { prepareEvaluation } from "../../src/evaluation.js";
import { measure } from "../../src/metrics.js";
import { stream } from "../../src/random.js";
import type { TrainedTables } from "../../src/result-tables.js";
import { run } from "../../src/runs.js";
import { initialParams, unitRows } from "../../src/sae/params.js";
import { disposeState, initialState } from "../../src/sae/state.js";
import { withBackend } from "../backend.js";
import { everyTraining, madeUp, measurementOn } from "./made-up.js";

withBackend();

const [count, d] = [4000, 24];

/** Features that fire together and are not alike, from one that always fires to one that seldom does: [count · d]. */
function correlatedActivations(seed: number): Float32Array {
  const random = stream(seed, "controls");
  const h = new Float32Array(count * d);
  for (let t = 0; t < count; t++) {
    const together = random.normal();
    for (let i = 0; i < d; i++) h[t * d + i] = (1 + i) * (2 - (4 * i) / d + together + 0.3 * random.normal());
  }
  return h;
}

/** The same numbers, every column permuted by itself over the tokens. */
function shuffledColumns(h: Float32Array, seed: number): Float32Array {
  const random = stream(seed, "shuffle");
  const shuffled = Float32Array.from(h);
  for (let i = 0; i < d; i++)
    for (let t = count - 1; t > 0; t--) {
      const other = Math.floor(random.uniform() * (t + 1));
      const [a, b] = [t * d + i, other * d + i];
      [shuffled[a], shuffled[b]] = [shuffled[b], shuffled[a]];
    }
  return shuffled;
}

/** Measured tables of an autoencoder that has one feature per column of h. */
function measuredOn(h: Float32Array, seed: number): TrainedTables {
  const eye = tf.eye(d);
  const initial = { ...initialParams(d, d, seed), W_enc: eye, W_dec: unitRows(eye) };
  const state = initialState(initial, { lambda1: 0.04, tau: 0.1, activityWindow: 1, random: [1, 2, 3, 4] });
  const last = measure(state, run(0).method, prepareEvaluation(h, d));
  disposeState(state);
  return madeUp({ seed, last });
}

const seeds = [42, 43, 44];
const verdictOf = async (id: string, tables: TrainedTables[]): Promise<string> => {
  const { claims } = await readRegistry();
  const claim = claims.filter((one) => one.id === id);
  return checkClaims(claim, claims, measurementOn(tables))[0].verdict;
};

test("shuffled activations: correlated features hold the claim of high correlations, permuted columns do not", async () => {
  const id = "run-0-high-correlation";
  const measured = seeds.map((seed) => measuredOn(correlatedActivations(seed), seed));
  assert.equal(await verdictOf(id, measured), "holds");
  const permuted = seeds.map((seed) => measuredOn(shuffledColumns(correlatedActivations(seed), seed), seed));
  assert.notEqual(await verdictOf(id, permuted), "holds");
  assert.equal(await verdictOf(id, measured.map(controls.shuffled)), "differs");
});

test("shuffled activations: the control's numbers are those that permuting every column gives on average", () => {
  let apart = 0;
  for (const seed of seeds) {
    const control = controls.shuffled(measuredOn(correlatedActivations(seed), seed)).metrics.at(-1)!;
    const permuted = measuredOn(shuffledColumns(correlatedActivations(seed), seed), seed).metrics.at(-1)!;
    apart += (permuted.meanActivationCosine - control.meanActivationCosine) / seeds.length;
    // Whatever their order, permuted columns stay within the noise floor of a sample of this size.
    assert.ok(permuted.meanActivationPearson < 2 * control.meanActivationPearson);
  }
  assert.ok(Math.abs(apart) < 1e-3, `${apart}`);
});

test("an untrained autoencoder holds no claim that says training did something", async () => {
  const { claims } = await readRegistry();
  const about = claims.filter((claim) => claim.failsFor?.includes("untrained"));
  assert.ok(about.length > 15, `${about.length}`);
  const untrained = everyTraining().map(controls.untrained);
  const alone = about.map((claim) => ({ ...claim, contradiction: undefined }));
  for (const { claim, verdict } of checkClaims(alone, alone, measurementOn(untrained)))
    assert.notEqual(verdict, "holds", claim.id);
});
