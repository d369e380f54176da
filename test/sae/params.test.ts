import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { packageFolder } from "../../src/base/files.js";
import { initialParams, paramsOf, unitRows, weightsOf, withoutRadialPart } from "../../src/sae/params.js";
import { withBackend } from "../helpers/backend.js";

withBackend();

test("Reading R15 tied: unit decoder rows, W_enc is their transpose, zero biases", () => {
  const { W_enc, W_dec, b_enc, b_dec } = initialParams(3, 4, 42);
  const dec = W_dec.arraySync();
  for (const row of dec) assert.ok(Math.abs(Math.hypot(...row) - 1) < 1e-6);
  assert.deepEqual(
    W_enc.arraySync(),
    dec[0].map((_, i) => dec.map((row) => row[i])),
  );
  assert.deepEqual([...b_enc.dataSync(), ...b_dec.dataSync()], [0, 0, 0, 0, 0, 0, 0]);
});

test("Reading R15 kaiming: W_enc uniform in ±√(6 / d_in), W_dec another draw with unit rows, zero biases", () => {
  const [d_in, d_sae] = [24, 400];
  const { W_enc, W_dec, b_enc, b_dec } = initialParams(d_in, d_sae, 42, "kaiming");
  const [enc, dec] = [W_enc.arraySync(), W_dec.arraySync()];
  const bound = Math.sqrt(6 / d_in);
  const drawn = enc.flat();
  const mean = drawn.reduce((sum, w) => sum + w, 0) / drawn.length;
  const variance = drawn.reduce((sum, w) => sum + (w - mean) ** 2, 0) / drawn.length;
  const largest = Math.max(...drawn.map(Math.abs));
  assert.ok(largest <= bound && largest > 0.99 * bound, `within ±${bound}, as far as ${largest}`);
  assert.ok(Math.abs(variance - 2 / d_in) < 0.05 * (2 / d_in), `variance ${variance} where 2 / d_in is ${2 / d_in}`);
  assert.ok(Math.abs(mean) < 0.03 * bound);
  for (const row of dec) assert.ok(Math.abs(Math.hypot(...row) - 1) < 1e-6);
  const alike = dec.filter((row, i) => {
    const column = enc.map((weights) => weights[i]);
    const dot = row.reduce((sum, w, k) => sum + w * column[k], 0);
    return dot / Math.hypot(...column) > 0.99;
  });
  assert.equal(alike.length, 0, "no encoder column lies along its decoder row");
  assert.ok([...b_enc.dataSync(), ...b_dec.dataSync()].every((b) => b === 0));
});

test("a seed gives the same weights, another seed others", () => {
  const weights = (seed: number): number[] => [...initialParams(3, 4, seed).W_dec.dataSync()];
  assert.deepEqual(weights(0), weights(0));
  assert.notDeepEqual(weights(0), weights(1));
});

test("§5.2: rows scaled to unit length keep their direction", () => {
  assert.deepEqual(
    unitRows(
      tf.tensor2d([
        [3, 4],
        [0, -2],
      ]),
    )
      .arraySync()
      .flat()
      .map((v) => Number(v.toFixed(6))),
    [0.6, 0.8, 0, -1],
  );
});

test("the gradient without its radial part is orthogonal to its row", () => {
  const W_dec = unitRows(
    tf.tensor2d([
      [3, 4],
      [1, 1],
    ]),
  );
  const [a, b] = withoutRadialPart(
    tf.tensor2d([
      [1, 2],
      [5, 5],
    ]),
    W_dec,
  ).arraySync();
  assert.ok(Math.abs(a[0] * 0.6 + a[1] * 0.8) < 1e-6);
  assert.ok(Math.abs(a[0] - (1 - 2.2 * 0.6)) < 1e-6); // 1 − ⟨g, w⟩ w₁ with ⟨g, w⟩ = 0.6 + 1.6
  assert.ok(Math.hypot(...b) < 1e-6); // wholly radial
});

test("sizes, seed and reading that there are not are refused by name", () => {
  for (const [args, message] of [
    [[0, 4, 1], "initialParams, d_in: expected a whole number ≥ 1, found 0"],
    [[2.5, 4, 1], "initialParams, d_in: expected a whole number ≥ 1, found 2.5"],
    [[2, -4, 1], "initialParams, d_sae: expected a whole number ≥ 1, found -4"],
    [[2, Number.NaN, 1], "initialParams, d_sae: expected a whole number ≥ 1, found NaN"],
    [[2, 4, 0.5], "initialParams, seed: expected a whole number, found 0.5"],
  ] as const)
    assert.throws(() => initialParams(...(args as [number, number, number])), { failure: "usage", message });
  assert.throws(() => initialParams(2, 4, 1, "xavier" as "tied"), {
    message: 'initialParams, init: expected one of tied, kaiming, found "xavier"',
  });
});

test("weights become numbers and tensors again, bit for bit; numbers of another count are refused", () => {
  const params = initialParams(3, 5, 7, "kaiming");
  const weights = weightsOf(params);
  assert.deepEqual([weights.d_in, weights.d_sae], [3, 5]);
  const again = paramsOf(weights);
  for (const name of ["W_enc", "b_enc", "W_dec", "b_dec"] as const) {
    assert.deepEqual(again[name].shape, params[name].shape);
    assert.deepEqual(again[name].dataSync(), params[name].dataSync());
  }
  assert.throws(() => paramsOf({ ...weights, W_dec: weights.W_dec.slice(1) }), {
    failure: "usage",
    message: "W_dec: expected 15 numbers, of shape [5,3], found 14",
  });
});

test("weights before a backend is chosen: an error says how to choose one", () => {
  const script = 'require("./src/sae/params.ts").initialParams(2, 3, 1)';
  const { stderr } = spawnSync(process.execPath, ["--import", "tsx", "-e", script], {
    encoding: "utf8",
    cwd: packageFolder,
  });
  assert.match(stderr, /SncError: weights: expected a backend .*found none\. Choose it first: await chooseBackend\(\)/);
});
