import assert from "node:assert/strict";
import { test } from "node:test";
import { stream } from "../../src/base/random.js";
import {
  bestThresholds,
  linearReadout,
  readOut,
  readoutScored,
  solved,
} from "../../src/known-features/linear-readout.js";
import { scoresOf } from "../../src/known-features/score.js";
import { drawVectors } from "../../src/known-features/vectors.js";
import { drawWorld } from "../../src/known-features/world.js";
import { withBackend } from "../helpers/backend.js";
import { assertNear } from "../helpers/stubs.js";

withBackend();

const world = drawWorld({ d_in: 24, features: 32, trainVectors: 3000, testVectors: 1000 });
const train = drawVectors(world, "train");
const { d_in, features: G } = world.size;

test("a positive definite system is solved", () => {
  const A = Float64Array.from([4, 1, 0, 1, 3, 1, 0, 1, 2]);
  assertNear([...solved(A, Float64Array.from([6, 10, 8]))], [1, 2, 3], 1e-6);
});

test("the readout is that of least squares: its residuals are orthogonal to x and sum to nothing", () => {
  const readout = linearReadout(world, train);
  const predicted = readOut(readout, train.x);
  const mean = (of: (v: number) => number): number => {
    let sum = 0;
    for (let v = 0; v < train.count; v++) sum += of(v);
    return sum / train.count;
  };
  for (const g of [0, 7, 31]) {
    const residual = (v: number): number => train.z[v * G + g] - predicted[v * G + g];
    assertNear([mean(residual)], [0], 1e-5);
    for (let i = 0; i < d_in; i++)
      assertNear([mean((v) => residual(v) * (train.x[v * d_in + i] - readout.meanX[i]))], [0], 1e-4);
  }
});

test("a threshold has the largest F1 there is: none of all values has a larger one", () => {
  const random = stream(3, "readout");
  const z = Float32Array.from({ length: 200 * 2 }, () => Number(random.uniform() < 0.2));
  const values = z.map((one) => one + random.normal());
  const thresholds = bestThresholds(values, z, 2);
  const f1At = (g: number, threshold: number): number => {
    let [both, either] = [0, 0];
    for (let v = 0; v < 200; v++) {
      const [fires, is] = [values[2 * v + g] >= threshold, z[2 * v + g] > 0];
      both += Number(fires && is);
      either += Number(fires) + Number(is);
    }
    return (2 * both) / either;
  };
  for (const g of [0, 1]) for (let v = 0; v < 200; v++) assert.ok(f1At(g, thresholds[g]) >= f1At(g, values[2 * v + g]));
  assert.equal(
    bestThresholds(
      values,
      z.map(() => 0),
      2,
    )[0],
    Number.POSITIVE_INFINITY,
  );
});

test("the true directions are all found; with thresholds their readout tells firing better than without", () => {
  const test = drawVectors(world, "test");
  const readout = linearReadout(world, train);
  const values = readOut(readout, test.x);
  const thresholds = bestThresholds(readOut(readout, train.x), train.z, G);
  const [plain, best] = [undefined, thresholds].map((of) => scoresOf(world, test.z, readoutScored(world, values, of)));
  assertNear([plain.recovered, plain.mcc!, best.recovered, best.mcc!], [1, 1, 1, 1], 1e-6);
  assert.ok(best.f1! > 2 * plain.f1! && best.f1! > 0.5, `${plain.f1}, ${best.f1}`);
});
