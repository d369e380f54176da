import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { stream } from "../../src/random.js";
import { lossAndGradients } from "../../src/sae/gradients.js";
import { type ReconstructionLoss, reconstructionLosses } from "../../src/sae/loss.js";
import { initialParams, type WeightName, weightNames } from "../../src/sae/params.js";
import { withBackend } from "../backend.js";

withBackend();

const [batch, d_in, d_sae, lambda1] = [5, 4, 6, 0.07];
type Arrays = Record<WeightName, Float64Array>;

/** Eq. 7 in plain float64 loops, written from READINGS: the oracle. */
function naiveLoss(w: Arrays, h: Float64Array, reconstruction: ReconstructionLoss): number {
  let loss = 0;
  for (let b = 0; b < batch; b++) {
    const f = Array.from({ length: d_sae }, (_, j) => {
      let z = w.b_enc[j];
      for (let i = 0; i < d_in; i++) z += (h[b * d_in + i] - w.b_dec[i]) * w.W_enc[i * d_sae + j];
      return Math.max(0, z);
    });
    let squares = 0;
    for (let i = 0; i < d_in; i++) {
      let hHat = w.b_dec[i];
      for (let j = 0; j < d_sae; j++) hHat += f[j] * w.W_dec[j * d_in + i];
      squares += (h[b * d_in + i] - hHat) ** 2;
    }
    loss += { squared: squares, norm: Math.sqrt(squares), meanSquared: squares / d_in }[reconstruction] / batch;
    loss += (lambda1 * f.reduce((sum, a) => sum + a, 0)) / batch;
  }
  return loss;
}

for (const reconstruction of Object.keys(reconstructionLosses) as ReconstructionLoss[])
  test(`Eq. 7 with Reading R16 ${reconstruction}: the gradient is that of finite differences`, () => {
    const random = stream(7, "gradients");
    const initial = initialParams(d_in, d_sae, 3);
    const arrays = Object.fromEntries(
      weightNames.map((name) => [name, Float64Array.from(initial[name].dataSync(), (v) => v + 0.1 * random.normal())]),
    ) as Arrays;
    const h = Float64Array.from({ length: batch * d_in }, () => random.normal());
    const params = Object.fromEntries(
      weightNames.map((name) => [name, tf.tensor(Float32Array.from(arrays[name]), initial[name].shape)]),
    ) as unknown as typeof initial;
    const result = lossAndGradients(params, tf.tensor2d(Float32Array.from(h), [batch, d_in]), {
      lambda1,
      reconstruction,
    });
    assert.ok(Math.abs(result.loss - naiveLoss(arrays, h, reconstruction)) < 1e-5, "loss");
    for (const name of weightNames) {
      const gradient = result.gradients[name].dataSync();
      gradient.forEach((actual, at) => {
        const nudged = (by: number): number => {
          const copy = { ...arrays, [name]: Float64Array.from(arrays[name]) };
          copy[name][at] += by;
          return naiveLoss(copy, h, reconstruction);
        };
        const expected = (nudged(1e-6) - nudged(-1e-6)) / 2e-6;
        assert.ok(Math.abs(actual - expected) < 2e-5, `∂L/∂${name}[${at}]: ${actual}, differences give ${expected}`);
      });
    }
  });
