import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { stream } from "../../src/base/random.js";
import { checkClaims } from "../../src/claims/check.js";
import type { Claim } from "../../src/claims/claim.js";
import { controls } from "../../src/claims/controls.js";
import { readRegistry } from "../../src/claims/list.js";
import type { TrainedTables } from "../../src/experiment/results/tables.js";
import { untrainedTables } from "../../src/experiment/training/untrained.js";
import { prepareEvaluation } from "../../src/measure/evaluation.js";
import { measure } from "../../src/measure/metrics.js";
import { profiles } from "../../src/profiles.js";
import { run } from "../../src/runs.js";
import { initialParams, unitRows } from "../../src/sae/params.js";
import { disposeState, initialState } from "../../src/sae/state.js";
import { withBackend } from "../helpers/backend.js";
import { everyTraining, madeUp, measurementOn, untrained } from "../helpers/made-up-claims.js";

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
/** That a feature's correlation with others is above what it would be by chance. */
const aboveChance: Claim = {
  ...{ id: "made-up", quote: "made up", section: "6.1", unit: "1", layer: 12, runs: [0], notebook: "none" },
  ...{ reading: "made up", weight: "detail", evidence: "none", kind: "bound", operator: ">", value: 0 },
  quantity: "correlationAboveChance",
};
const verdictOf = (tables: TrainedTables[]): string =>
  checkClaims([aboveChance], [aboveChance], measurementOn(tables))[0].verdict;

test("shuffled activations: correlated features are correlated above chance, permuted columns are not", () => {
  const measured = seeds.map((seed) => measuredOn(correlatedActivations(seed), seed));
  assert.equal(verdictOf(measured), "holds");
  const permuted = seeds.map((seed) => measuredOn(shuffledColumns(correlatedActivations(seed), seed), seed));
  assert.notEqual(verdictOf(permuted), "holds");
  assert.equal(verdictOf(measured.map((tables) => controls.shuffled(tables, untrained()))), "differs");
});

test("shuffled activations: the control's numbers are those that permuting every column gives on average", () => {
  let apart = 0;
  for (const seed of seeds) {
    const tables = measuredOn(correlatedActivations(seed), seed);
    const control = controls.shuffled(tables, untrained()).metrics.at(-1)!;
    const permuted = measuredOn(shuffledColumns(correlatedActivations(seed), seed), seed).metrics.at(-1)!;
    apart += (permuted.meanActivationCosine - control.meanActivationCosine) / seeds.length;
    // Whatever their order, permuted columns stay within the noise floor of a sample of this size.
    assert.ok(permuted.meanActivationPearson < 2 * control.meanActivationPearson);
  }
  assert.ok(Math.abs(apart) < 1e-3, `${apart}`);
});

test("shuffled activations: every correlation of activations becomes its own chance, all else stays", () => {
  const last = { nullActivationCosine: 0.061, nullBatchCosine: 0.062, nullActivationPearson: 0.063 };
  const tables = madeUp({ last });
  const { metrics, ...rest } = controls.shuffled(tables, untrained());
  const changed = { meanActivationCosine: 0.061, meanBatchCosine: 0.062, meanActivationPearson: 0.063 };
  assert.deepEqual(metrics.at(-1), { ...tables.metrics.at(-1), ...changed });
  assert.deepEqual(rest, { record: tables.record, trace: tables.trace, features: tables.features });
});

test("an untrained autoencoder is measured for every claim that names it, and holds none", async () => {
  const { claims } = await readRegistry();
  const about = claims.filter((claim) => claim.failsFor?.includes("untrained"));
  const control = everyTraining().map((tables) => controls.untrained(tables, untrained()));
  const alone = about.map((claim) => ({ ...claim, contradiction: undefined }));
  for (const { claim, verdict, because } of checkClaims(alone, alone, measurementOn(control)))
    assert.match(verdict, /differs|inconclusive/, `${claim.id}: ${verdict}, ${because}`);
});

test("every claim that tables decide names a control, but for what training does not touch", async () => {
  const { claims } = await readRegistry();
  const without = claims.filter((claim) => claim.quantity !== null && !claim.failsFor).map(({ id }) => id);
  // The width is the model's. Of 95 % on every layer §6.2 says the contrary, whatever is measured.
  assert.deepEqual(without, ["introduction-model", "conclusions-utilization"]);
});

test("untrained tables take every step, and their weights none: what is measured stays as it was", async () => {
  const activations = { d_in: d, train: correlatedActivations(1), test: correlatedActivations(2), mean: 0, scale: 1 };
  const profile = { ...profiles.smoke, steps: 6, interval: 3 };
  const spec = async () =>
    ({
      run: run(0),
      layer: 6,
      seed: 42,
      profile,
      init: "tied",
      activations: { key: "", load: async () => activations },
    }) as never;
  const { metrics, trace, features } = await untrainedTables({ spec }, { layer: 6, seed: 42 });
  assert.deepEqual([metrics.map(({ step }) => step), trace.length, features.length], [[0, 3, 6], 6, d]);
  // Decoder rows are scaled to length 1 in every step, which rounds.
  const unchanged = (now: number, before: number): void => assert.ok(Math.abs(now / before - 1) < 1e-6);
  for (const { meanActivationCosine, reconstructionError } of metrics) {
    unchanged(meanActivationCosine, metrics[0].meanActivationCosine);
    unchanged(reconstructionError, metrics[0].reconstructionError);
  }
  assert.ok(new Set(trace.map(({ loss }) => loss)).size > 1, "batches differ");
  assert.equal(metrics[2].utilizationImportance, 1);
});
