import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { prepareEvaluation } from "../../src/measure/evaluation.js";
import { measureFeatures } from "../../src/measure/features.js";
import { run } from "../../src/runs.js";
import type { Params } from "../../src/sae/params.js";
import { disposeState, initialState, recordActivity } from "../../src/sae/state.js";
import { withBackend } from "../helpers/backend.js";

withBackend();

/** Feature 0 reads the first number, 1 a third of the sum less 1.5, 2 never fires, 3 is switched off. */
const params = (): Params => ({
  W_enc: tf.tensor2d([
    [1, 3, 0.5, 1],
    [0, 4, 0, 1],
  ]),
  b_enc: tf.tensor1d([0, -1.5, -2, 0]),
  W_dec: tf.eye(4, 2),
  b_dec: tf.zeros([2]),
});

test("each feature's row: what it does on test tokens and in the window, and its encoder, worked by hand", () => {
  const before = tf.memory().numTensors;
  const weights = params();
  const s = initialState(weights, { lambda1: 0, tau: 0, activityWindow: 2, random: [1, 2, 3, 4] });
  s.alive.set([0], 3);
  recordActivity(s, [4, 1, 0, 2], 8);
  s.importance = Float64Array.of(0.5, 0.25, 0, 0.125);
  // f of feature 0: 2, 0, 1, 0; of feature 1: 4.5, 0 (−1.5), 5.5, 2.5.
  const h = Float32Array.of(2, 0, -1, 0.75, 1, 1, 0, 1);
  const rows = measureFeatures(s, run(0).method, prepareEvaluation(h, 2));
  const common = { importance: 0, alive: 1, windowFrequency: 0, testFrequency: 0, meanActivation: null };
  assert.deepEqual(rows, [
    {
      ...{ feature: 0, importance: 0.5, alive: 1, windowFrequency: 0.5, testFrequency: 0.5 },
      ...{ meanActivation: 1.5, maxActivation: 2, encoderNorm: 1, encoderBias: 0 },
    },
    {
      ...{ feature: 1, importance: 0.25, alive: 1, windowFrequency: 0.125, testFrequency: 0.75 },
      ...{ meanActivation: 12.5 / 3, maxActivation: 5.5, encoderNorm: 5, encoderBias: -1.5 },
    },
    { ...common, feature: 2, maxActivation: 0, encoderNorm: 0.5, encoderBias: -2 },
    {
      ...{ ...common, feature: 3, importance: 0.125, alive: 0, windowFrequency: 0.25 },
      ...{ maxActivation: 0, encoderNorm: Math.fround(Math.SQRT2), encoderBias: 0 },
    },
  ]);
  s.importance = undefined;
  assert.deepEqual(
    measureFeatures(s, run(0).method, prepareEvaluation(h, 2)).map(({ importance }) => importance),
    [null, null, null, null],
    "unknown before the first step",
  );
  disposeState(s);
  tf.dispose(Object.values(weights));
  assert.equal(tf.memory().numTensors, before);
});
