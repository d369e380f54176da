import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import path from "node:path";
import { describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { run } from "../src/runs.js";
import { initialParams } from "../src/sae/params.js";
import { disposeState, initialState, type TrainState } from "../src/sae/state.js";
import { type Optimization, train, trainStep } from "../src/train.js";
import { withBackend } from "./helpers/backend.js";

withBackend();

const { method } = run(0);
const optimization: Optimization = { learningRate: 0.01, warmupSteps: 2, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };

/** Takes a step from a fresh state of 2 → 3. */
function step(h: tf.Tensor, changes: Partial<Optimization> = {}) {
  const params = initialParams(2, 3, 1);
  const state = initialState(params, { random: [1, 2, 3, 4], activityWindow: 2 });
  try {
    return trainStep(state, method, h as tf.Tensor2D, { ...optimization, ...changes });
  } finally {
    disposeState(state);
    tf.dispose(Object.values(params));
  }
}
const h = (): tf.Tensor2D =>
  tf.tensor2d([
    [1, 0],
    [0, -1],
  ]);

describe("what a step is taken with", () => {
  it("an optimizer's numbers in their range, at whose ends it still learns", () => {
    for (const [option, admitted, refused, words] of [
      ["learningRate", [0, 0.1], [-1, Number.NaN, Number.POSITIVE_INFINITY], "a finite number ≥ 0"],
      ["warmupSteps", [0, 1, 1000], [-1, 0.5], "a whole number ≥ 0"],
      ["beta1", [0, 0.9], [-0.1, 1], "a number in [0, 1)"],
      ["beta2", [0, 0.9], [-0.1, 1, 2], "a number in [0, 1)"],
      ["epsilon", [1e-12, 1], [0, -1, Number.NaN], "a finite number > 0"],
    ] as const) {
      for (const value of admitted)
        assert.ok(Number.isFinite(step(h(), { [option]: value }).loss), `${option} ${value}`);
      for (const value of refused)
        assert.throws(() => step(h(), { [option]: value }), {
          failure: "usage",
          message: `optimization, ${option}: expected ${words}, found ${value}`,
        });
    }
  });

  it("without warm-up the rate is the full one from the first step on, with it so many steps' share", () => {
    assert.deepEqual(
      [0, 1, 2, 4].map((warmupSteps) => step(h(), { warmupSteps }).learningRate),
      [0.01, 0.01, 0.005, 0.0025],
    );
  });

  it("a batch of vectors, one or more, and no more than the window of activity can count", () => {
    assert.throws(() => step(tf.zeros([0, 2])), { message: "h: expected a batch of 1 to 65535 vectors, found 0" });
    assert.throws(() => step(tf.zeros([65_536, 2])), { message: /found 65536$/ });
    assert.throws(() => step(tf.zeros([2])), { message: "h: expected rows of 2 numbers, found a tensor of shape [2]" });
    assert.equal(step(tf.ones([65_535, 2])).step, 1);
  });

  it("a whole number of steps: those that are behind count", () => {
    const params = initialParams(2, 3, 1);
    const state: TrainState = initialState(params, { random: [1, 2, 3, 4] });
    for (const steps of [0, -1, 2.5, Number.NaN])
      assert.throws(() => train(state, method, h, { ...optimization, steps }).next(), {
        message: `train, steps: expected a whole number ≥ 1, found ${steps}`,
      });
    assert.equal([...train(state, method, h, { ...optimization, steps: 3 })].length, 3);
    assert.equal([...train(state, method, h, { ...optimization, steps: 5 })].length, 2);
    assert.equal([...train(state, method, h, { ...optimization, steps: 5 })].length, 0);
    disposeState(state);
    tf.dispose(Object.values(params));
  });
});

describe("vectors that are not scaled", () => {
  /** What standard error says of trainings whose first batches are so many times (1, 0), (0, −1). */
  const said = (...factors: number[]): string[] => {
    const child = path.join(__dirname, "helpers", "unscaled-child.ts");
    const ended = spawnSync(process.execPath, ["--import", "tsx", child, ...factors.map(String)], { encoding: "utf8" });
    assert.equal(ended.status, 0, ended.stderr);
    return ended.stderr.split("\n").filter(Boolean);
  };

  it("are warned of once a process, with E‖h‖² and what to do, whichever training is first; the training goes on", () => {
    const lines = said(1, 30, 50);
    assert.equal(lines.length, 1, lines.join("\n"));
    assert.match(
      lines[0],
      /^snc: warning: the first batch has E‖h‖² = 900, .*for 1 \(Reading R14\)\. Scale the vectors: .*measureScaling\(vectors, d_in\); scaleVectors\(vectors, scaling\)$/,
    );
  });

  it("are those with E‖h‖² above 4 or below 1/4: of a batch of scaled ones it is nearer to 1", () => {
    assert.deepEqual(said(1.99, 0.51), []);
    assert.match(said(2.01)[0], /E‖h‖² = 4\.04/);
    assert.match(said(0.49)[0], /E‖h‖² = 0\.240/);
  });
});
