import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { scoped } from "../../src/backend/ops.js";
import { stream } from "../../src/base/random.js";
import { Coactivation } from "../../src/sae/coactivation.js";
import { disable, reinitialize } from "../../src/sae/edit.js";
import { type PerWeight, weightNames } from "../../src/sae/params.js";
import { disposeState, initialState, type TrainState } from "../../src/sae/state.js";
import { withBackend } from "../helpers/backend.js";

withBackend();

/* Three features of two inputs; encoder columns of length 5, 2 and 1; everything that rebirth clears is 7. */
const before: PerWeight<number[]> = {
  W_enc: [3, 0, 0, 4, 2, 1], // columns (3, 4), (0, 2), (0, 1)
  W_dec: [0.6, 0.8, 1, 0, 0, 1],
  b_enc: [0.5, 0.6, 0.7],
  b_dec: [0.1, 0.2],
};
const shapes = { W_enc: [2, 3], W_dec: [3, 2], b_enc: [3], b_dec: [2] };

function trained(): TrainState {
  return scoped(() => {
    const tensors = weightNames.map((name) => [name, tf.tensor(before[name], shapes[name])]);
    const random = stream(1, "rebirth").state();
    const s = initialState(Object.fromEntries(tensors), { lambda1: 0.04, tau: 0.1, activityWindow: 5, random });
    for (const moments of [s.adam.m, s.adam.v])
      for (const name of weightNames) moments[name].assign(tf.fill(shapes[name], 7));
    s.importance = Float64Array.of(7, 7, 7);
    s.coactivation = new Coactivation(3, new Float64Array(9).fill(7));
    s.lowSteps.fill(7);
    s.silentSteps.fill(7);
    return s;
  });
}

/** What `edit` makes of the trained state, as plain numbers rounded to float32's digits. */
function after(edit: (s: TrainState) => void) {
  const s = trained();
  edit(s);
  const numbers = (values: ArrayLike<number>): number[] => Array.from(values, (value) => Number(value.toFixed(6)));
  const read = (record: TrainState["params"]) =>
    Object.fromEntries(weightNames.map((name) => [name, scoped(() => numbers(record[name].read().dataSync()))]));
  const found = {
    weights: read(s.params),
    m: read(s.adam.m),
    v: read(s.adam.v),
    alive: numbers(s.alive),
    I: numbers(s.importance!),
    H: numbers(s.coactivation.values()),
    lowSteps: numbers(s.lowSteps),
    random: s.random,
  };
  disposeState(s);
  return found;
}

const untouched = () => after(() => {});
const rowOf = (W_dec: number[], i: number): number[] => W_dec.slice(2 * i, 2 * i + 2);
const columnOf = (W_enc: number[], i: number): number[] => [W_enc[i], W_enc[3 + i]];

function assertIs(actual: number[], expected: number[]): void {
  for (const [k, value] of expected.entries()) assert.ok(Math.abs(actual[k] - value) < 1e-5, `${actual}, ${expected}`);
}

test("§4.3: a feature switched off keeps its weights, moments, I and H", () => {
  const found = after((s) => disable(s, [1]));
  assert.deepEqual(found, { ...untouched(), alive: [1, 0, 1] });
});

test("§4.3: a reborn feature has a random unit decoder row, and as encoder column the same, as long as the others' mean", () => {
  const { W_enc, W_dec, b_enc, b_dec } = after((s) => reinitialize(s, [1])).weights;
  const direction = rowOf(W_dec, 1);
  assertIs([Math.hypot(...direction)], [1]);
  assert.ok(Math.abs(direction[0]) < 0.999); // another than the (1, 0) it was
  const [x, y] = direction;
  assertIs(columnOf(W_enc, 1), [3 * x, 3 * y]); // (5 + 1) / 2
  for (const i of [0, 2]) {
    assertIs(rowOf(W_dec, i), rowOf(before.W_dec, i));
    assert.deepEqual(columnOf(W_enc, i), columnOf(before.W_enc, i));
  }
  assertIs(b_enc, [0.5, 0, 0.7]);
  assertIs(b_dec, before.b_dec);
});

test("§4.3: Adam's moments of a reborn feature are 0, those of the others and of b_dec as they were", () => {
  const { m, v } = after((s) => reinitialize(s, [1]));
  for (const moments of [m, v])
    assert.deepEqual(moments, {
      W_enc: [7, 0, 7, 7, 0, 7],
      W_dec: [7, 7, 0, 0, 7, 7],
      b_enc: [7, 0, 7],
      b_dec: [7, 7],
    });
});

test("§4.3: I, the count of low steps, and H's row and column of a reborn feature are 0; it is alive", () => {
  const { alive, I, H, lowSteps } = after((s) => {
    disable(s, [0, 1]);
    reinitialize(s, [1]);
  });
  assert.deepEqual(alive, [0, 1, 1]);
  assert.deepEqual(I, [7, 0, 7]);
  assert.deepEqual(lowSteps, [7, 0, 7]);
  assert.deepEqual(H, [7, 0, 7, 0, 0, 0, 7, 0, 7]);
});

test("§4.3: of several reborn at once none counts among the others", () => {
  const { W_enc, W_dec } = after((s) => reinitialize(s, [0, 2])).weights;
  for (const i of [0, 2]) {
    const [x, y] = rowOf(W_dec, i);
    assertIs(columnOf(W_enc, i), [2 * x, 2 * y]); // feature 1's length
  }
  assert.notDeepEqual(rowOf(W_dec, 0), rowOf(W_dec, 2));
  assert.deepEqual(columnOf(W_enc, 1), [0, 2]);
});

test("with no others, reborn encoder columns have length 1", () => {
  const { W_enc, W_dec } = after((s) => reinitialize(s, [0, 1, 2])).weights;
  for (const i of [0, 1, 2]) assertIs(columnOf(W_enc, i), rowOf(W_dec, i));
});

test("directions are drawn from the state's stream: the same from the same state, others afterwards", () => {
  const once = after((s) => reinitialize(s, [1]));
  const sameAgain = after((s) => reinitialize(s, [1]));
  assert.deepEqual(sameAgain, once);
  assert.notDeepEqual(once.random, untouched().random);
  const again = after((s) => {
    reinitialize(s, [1]);
    reinitialize(s, [1]);
  });
  assert.notDeepEqual(rowOf(again.weights.W_dec, 1), rowOf(once.weights.W_dec, 1));
});

test("no feature to start again: nothing changes, and nothing is drawn", () => {
  const found = after((s) => reinitialize(s, []));
  assert.deepEqual(found, untouched());
});

test("before the first step there is neither I nor H to clear", () => {
  const s = trained();
  Object.assign(s, { importance: undefined, coactivation: new Coactivation(3) });
  reinitialize(s, [1]);
  assert.equal(s.importance, undefined);
  assert.equal(s.coactivation.values().length, 0);
  disposeState(s);
});
