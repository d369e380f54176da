import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { scoped } from "../../src/backend/ops.js";
import { stream } from "../../src/base/random.js";
import { paper } from "../../src/paper.js";
import { run } from "../../src/runs.js";
import { disable } from "../../src/sae/edit.js";
import { encode } from "../../src/sae/forward.js";
import { initialParams, type Params, weightsOf } from "../../src/sae/params.js";
import { disposeState, initialState, readParams, readWeights, type StateOptions } from "../../src/sae/state.js";
import { trainStep } from "../../src/train.js";
import { withBackend } from "../helpers/backend.js";

withBackend();

const random = [1, 2, 3, 4];
const params = (): Params => initialParams(4, 6, 3);
const h = (): tf.Tensor2D => {
  const numbers = stream(1, "h");
  return tf.tensor2d(
    Float32Array.from({ length: 80 }, () => numbers.normal() / 2),
    [20, 4],
  );
};

test("what is left out starts as in the paper", () => {
  const s = initialState(params(), { random });
  assert.deepEqual([s.sparsity.lambda1, s.tau, s.activity.tokens.length], [0.04, 0.1, 1000]);
  assert.deepEqual([s.sparsity.lambda1, s.tau], [paper.sparsityPenalty, paper.tau.start]);
  assert.deepEqual([...s.alive], [1, 1, 1, 1, 1, 1]);
  disposeState(s);
});

test("numbers that a state cannot start with are refused by name", () => {
  const refused = (options: Partial<StateOptions>, message: RegExp) =>
    assert.throws(() => initialState(params(), { random, ...options }), { failure: "usage", message });
  refused({ lambda1: Number.NaN }, /^initialState, lambda1: expected a finite number ≥ 0, found NaN$/);
  refused({ lambda1: -0.1 }, /^initialState, lambda1: expected/);
  refused({ tau: -1 }, /^initialState, tau: expected a finite number ≥ 0, found -1$/);
  refused({ activityWindow: 0 }, /^initialState, activityWindow: expected a whole number ≥ 1, found 0$/);
  refused({ activityWindow: 1.5 }, /^initialState, activityWindow: expected/);
  for (const state of [[], [1, 2, 3], [0, 0, 0, 0], [1, 2, 3, 0.5], [1, 2, 3, 2 ** 31]])
    refused(
      { random: state },
      /^streamFromState, state: expected what state\(\) of a stream gives: four int32, not all 0, found/,
    );
});

test("weights whose shapes do not fit each other are refused by name", () => {
  const misshapen = (changes: Partial<Params>, message: string) =>
    assert.throws(() => initialState({ ...params(), ...changes }, { random }), { failure: "usage", message });
  misshapen({ b_enc: tf.zeros([5]) }, "b_enc: expected shape [6], to fit W_enc, found [5]");
  misshapen({ W_dec: tf.zeros([4, 6]) }, "W_dec: expected shape [6,4], to fit W_enc, found [4,6]");
  misshapen({ b_dec: tf.zeros([1]) }, "b_dec: expected shape [4], to fit W_enc, found [1]");
});

test("a feature that is switched off is off by the weights that are read, and in a state that starts from them", () => {
  const s = initialState(params(), { random });
  const before = scoped(() => weightsOf(readParams(s)));
  disable(s, [1, 4]);
  const found = scoped(() => weightsOf(readParams(s)));
  const isOff = (j: number): boolean => j === 1 || j === 4;
  assert.deepEqual(
    found.W_enc,
    before.W_enc.map((w, at) => (isOff(at % 6) ? 0 : w)),
  );
  assert.deepEqual(
    found.b_enc,
    before.b_enc.map((b, j) => (isOff(j) ? -1 : b)),
  );
  assert.deepEqual([found.W_dec, found.b_dec], [before.W_dec, before.b_dec]);
  assert.deepEqual(
    scoped(() => weightsOf(readWeights(s))),
    before,
    "what is stored stays",
  );

  const given = readParams(s);
  const again = initialState(given, { random });
  assert.deepEqual([...again.alive], [1, 0, 1, 1, 0, 1]);
  const optimization = { learningRate: 0.1, warmupSteps: 1, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
  for (let t = 0; t < 20; t++) trainStep(again, run(6).method, h(), optimization);
  const f = encode(readParams(again), h()).arraySync();
  assert.ok(f.every((row) => row[1] === 0 && row[4] === 0));
  assert.ok(f.some((row) => row[0] > 0));
  for (const state of [s, again]) disposeState(state);
});

test("a feature that an input can reach is not taken for one that is off: zero encoder or negative bias alone is not enough", () => {
  const { W_enc, ...rest } = params();
  const first = tf.tensor2d(W_enc.arraySync().map((row) => row.map((w, j) => (j === 0 ? 0 : w))));
  const biases = tf.tensor1d([0, -3, 0.5, 0, 0, 0]);
  const s = initialState({ ...rest, W_enc: first, b_enc: biases }, { random });
  assert.deepEqual([...s.alive], [1, 1, 1, 1, 1, 1]);
  disposeState(s);
});

test("nothing is left in memory by reading weights but what is returned", () => {
  const given = params();
  const s = initialState(given, { random });
  for (const off of [[], [2]]) {
    disable(s, off);
    const before = tf.memory().numTensors;
    tf.dispose(Object.values(readParams(s)));
    assert.equal(tf.memory().numTensors, before);
  }
  disposeState(s);
});
