/** Four features an input, and fewer than twice as many: every run's step, its measures and its refusals, on the backend chosen. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { scoped } from "../../src/backend/ops.js";
import { once } from "../../src/base/once.js";
import { stream } from "../../src/base/random.js";
import { prepareEvaluation } from "../../src/measure/evaluation.js";
import { measureFeatures } from "../../src/measure/features.js";
import { measure } from "../../src/measure/metrics.js";
import { run } from "../../src/runs.js";
import { decode } from "../../src/sae/forward.js";
import { initialParams, weightsOf } from "../../src/sae/params.js";
import { disposeState, initialState, readWeights } from "../../src/sae/state.js";
import { trainStep } from "../../src/train.js";
import { withBackend } from "../helpers/backend.js";
import { alternatives } from "../helpers/oracle/alternatives.js";
import { lockstep, randomData, small } from "../helpers/oracle/lockstep.js";
import { near } from "../helpers/oracle/near.js";

withBackend();

const d_in = 12;
const optimization = { learningRate: 1e-2, warmupSteps: 1, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
const random = stream(11, "widths");
const vectors = (count: number): Float32Array =>
  Float32Array.from({ length: count * d_in }, () => random.normal() / Math.sqrt(d_in));

for (const d_sae of [48, 20]) {
  const data = once(() => randomData({ d_in, d_sae, batch: 16 }, 2, 10));
  for (let number = 0; number < 10; number++)
    test(`${d_in} → ${d_sae}, Run ${number}: as the oracle says`, () => {
      const steps = lockstep({ ...small, run: number }, data());
      if (number >= 4) assert.ok(steps.some(({ alive }) => alive.includes(0)) || number === 9, "pruning acts");
    });

  test(`${d_in} → ${d_sae}, every reading at its last run: as the oracle says`, () => {
    for (const { reading, changes, scaled, constants, runs } of alternatives) {
      const last = runs[runs.length - 1];
      try {
        lockstep({ ...small, ...constants, run: last, ...changes, ...scaled }, data());
      } catch (error) {
        (error as Error).message = `${reading}: ${(error as Error).message}`;
        throw error;
      }
    }
  });

  test(`${d_in} → ${d_sae}: what is measured equals plain loops`, () => {
    const params = initialParams(d_in, d_sae, 4, "kaiming");
    const s = initialState(params, { lambda1: 0.04, tau: 0.1, activityWindow: 4, random: [1, 2, 3, 4] });
    const { method } = run(0);
    for (let t = 0; t < 3; t++) trainStep(s, method, tf.tensor2d(vectors(20), [20, d_in]), optimization);
    s.alive[3] = 0;
    const { W_enc, b_enc, W_dec, b_dec } = scoped(() => weightsOf(readWeights(s)));
    const [count, h] = [40, vectors(40)];
    let [squaredError, fired, penalty] = [0, 0, 0];
    const frequency = new Float64Array(d_sae);
    for (let row = 0; row < count; row++) {
      const x = h.subarray(row * d_in, (row + 1) * d_in);
      const f = Array.from(b_enc, (bias, j) => {
        let a = bias;
        for (let i = 0; i < d_in; i++) a += (x[i] - b_dec[i]) * W_enc[i * d_sae + j];
        return j === 3 ? 0 : Math.max(0, a);
      });
      for (const [j, a] of f.entries()) {
        penalty += a / count;
        if (a > 0) fired++;
        if (a > 0) frequency[j] += 1 / count;
      }
      for (let i = 0; i < d_in; i++) {
        const hHat = f.reduce((sum, a, j) => sum + a * W_dec[j * d_in + i], b_dec[i]);
        squaredError += (x[i] - hHat) ** 2 / count;
      }
    }
    const evaluation = prepareEvaluation(h, d_in);
    const metrics = measure(s, method, evaluation);
    near([metrics.reconstructionError, metrics.sparsityPenalty], [squaredError, penalty], 1e-5, "error, penalty");
    near([metrics.l0, metrics.activeFraction], [fired / count, fired / count / d_sae], 1e-9, "l0");
    assert.equal(metrics.pruned, 1);
    const rows = measureFeatures(s, method, evaluation);
    near(
      rows.map(({ testFrequency }) => testFrequency),
      [...frequency],
      1e-9,
      "frequencies",
    );
    const norms = Array.from(frequency, (_, j) =>
      Math.hypot(...Array.from({ length: d_in }, (_, i) => W_enc[i * d_sae + j])),
    );
    near(
      rows.map(({ encoderNorm }) => encoderNorm),
      norms,
      1e-6,
      "norms of the encoder",
    );
    disposeState(s);
    tf.dispose(Object.values(params));
  });
}

test("vectors and features of another width are refused, a width of 1, which would be broadcast, as well", () => {
  const params = initialParams(d_in, 48, 4);
  const { method } = run(7);
  for (const width of [1, 11, 13, 48]) {
    const s = initialState(params, { random: [1, 2, 3, 4] });
    const refused = { failure: "usage", message: `h: expected rows of 12 numbers, found ${width}` };
    assert.throws(() => trainStep(s, method, tf.zeros([4, width]), optimization), refused);
    assert.throws(() => measure(s, method, prepareEvaluation(new Float32Array(4 * width).fill(0.1), width)), refused);
    assert.equal(s.step, 0);
    disposeState(s);
  }
  for (const width of [1, 12, 49])
    assert.throws(() => decode(params, tf.zeros([4, width])), {
      message: `f: expected rows of 48 numbers, found ${width}`,
    });
});

for (let number = 0; number < 10; number++)
  test(`Run ${number}: a batch with a NaN or an infinite number is refused by its row, before any weight has changed`, () => {
    const params = initialParams(d_in, 48, 4);
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      const s = initialState(params, { random: [1, 2, 3, 4] });
      const good = tf.tensor2d(vectors(6), [6, d_in]);
      trainStep(s, run(number).method, good, optimization);
      const before = scoped(() => readWeights(s).W_dec.dataSync().slice());
      const values = vectors(6);
      values[4 * d_in + 5] = value;
      assert.throws(() => trainStep(s, run(number).method, tf.tensor2d(values, [6, d_in]), optimization), {
        failure: "usage",
        message: `step 2, h: expected finite numbers, found ${value} in row 4`,
      });
      assert.equal(s.step, 1);
      assert.deepEqual(
        scoped(() => readWeights(s).W_dec.dataSync().slice()),
        before,
      );
      disposeState(s);
    }
  });
