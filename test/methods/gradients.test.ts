/** Each method's gradient by hand is that by automatic differentiation, in a state where features are dead and thresholds have moved. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { scoped } from "../../src/backend/ops.js";
import { stream } from "../../src/base/random.js";
import { featuresOf } from "../../src/features.js";
import * as m from "../../src/mechanisms/index.js";
import type { Method } from "../../src/method.js";
import { methodNamed } from "../../src/methods/index.js";
import { methodNames } from "../../src/methods/names.js";
import { automaticLossAndGradients, type LossAndGradients, lossAndGradients } from "../../src/sae/gradients.js";
import { initialParams, namesIn, withTheta } from "../../src/sae/params.js";
import { disposeState, initialState, readWeights, type TrainState } from "../../src/sae/state.js";
import { objectiveOf, train } from "../../src/train.js";
import { withBackend } from "../helpers/backend.js";
import { fixtures } from "../helpers/paths.js";

withBackend();

const { steps } = JSON.parse(readFileSync(path.join(fixtures, "methods", "relu.json"), "utf8"));
const batches: number[][][] = steps.map(({ x }: { x: number[][] }) => x);
const [d_in, d_sae, k] = [12, 20, 1];
const optimization = { learningRate: 3e-3, warmupSteps: 5, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };

/** A method at these sizes, its terms all at work. */
const methodAt = (name: (typeof methodNames)[number]): Method => {
  const method = methodNamed(name, { k, lambda1: 0.04, steps: 20, interval: 2 });
  if (name === "jump-relu") return { ...method, keep: m.jumpRelu({ theta: 0.05, bandwidth: 0.1 }) };
  if (name === "ort-sae") return { ...method, directions: m.orthogonalChunks({ size: 7 }) };
  return method;
};

for (const name of methodNames)
  test(`${name}: the gradient by hand, dense and skipping zeros, is the automatic one`, () => {
    const method = methodAt(name);
    const s = trained(method);
    const { objective, byHand, skippingZeros, automatic } = scoped(() => {
      const h = tf.tensor2d(batches[20]);
      const params = readWeights(s);
      const forward = featuresOf(s, method, params, h, { training: true });
      s.pairs = method.pairs(s, undefined as never);
      const objective = objectiveOf(s, method);
      const read = ({ loss, terms, gradients }: LossAndGradients) => ({
        values: [loss, ...Object.values(terms)],
        gradients: namesIn(params).map((weight) => [...gradients[weight]!.dataSync()]),
      });
      return {
        objective,
        byHand: read(lossAndGradients(params, h, forward, objective)),
        skippingZeros: read(lossAndGradients(params, h, { ...forward, activeFraction: 0 }, objective)),
        automatic: read(automaticLossAndGradients(params, h, forward, objective)),
      };
    });
    if (objective.auxiliary)
      assert.ok(objective.auxiliary.count > 0, "no feature is dead: the auxiliary loss is not tried");
    for (const way of [byHand, skippingZeros]) {
      near(way.values, automatic.values, "terms");
      for (const [i, gradient] of way.gradients.entries()) near(gradient, automatic.gradients[i], `weight ${i}`);
    }
    if (s.params.theta)
      assert.ok(
        byHand.gradients[4].some((value) => value !== 0),
        "θ has no gradient",
      );
    disposeState(s);
  });

test("matrices that are not trained get no gradient; that of the others does not change", () => {
  const method = methodAt("frozen-random");
  const s = trained(method);
  scoped(() => {
    const h = tf.tensor2d(batches[20]);
    const params = readWeights(s);
    const forward = featuresOf(s, method, params, h, { training: true });
    const all = lossAndGradients(params, h, forward, objectiveOf(s, method));
    for (const [which, names] of [
      ["encoder", ["W_enc", "b_dec", "b_enc"]],
      ["biases", ["b_dec", "b_enc"]],
    ] as const) {
      const some = lossAndGradients(params, h, forward, objectiveOf(s, method), which);
      assert.equal(some.loss, all.loss);
      assert.deepEqual(Object.keys(some.gradients).sort(), names);
      for (const name of names) assert.deepEqual(some.gradients[name]!.dataSync(), all.gradients[name].dataSync());
    }
  });
  disposeState(s);
});

/** The state after twenty steps. */
function trained(method: Method): TrainState {
  const initial = initialParams(d_in, d_sae, 3);
  const params = method.keep.options.theta === undefined ? initial : withTheta(initial, 0.05);
  const s = initialState(params, { random: stream(3, "rebirth").state() });
  tf.dispose(Object.values(params));
  for (const _ of train(s, method, (t) => tf.tensor2d(batches[t]), { ...optimization, steps: 20 }));
  return s;
}

function near(actual: readonly number[], expected: readonly number[], what: string): void {
  assert.equal(actual.length, expected.length, what);
  const scale = Math.max(...expected.map(Math.abs), 1e-6);
  for (const [i, value] of actual.entries())
    assert.ok(Math.abs(value - expected[i]) <= 1e-4 * scale, `${what}, ${i}: expected ${expected[i]}, found ${value}`);
}
