/** What measures are asked for: each number that they cannot be asked with is refused by name. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { independentCosine, pearsonNoiseFloor, randomDirectionCosine } from "../../src/measure/chance.js";
import { featureDensity } from "../../src/measure/density.js";
import { prepareEvaluation } from "../../src/measure/evaluation.js";
import { flopsPerStep } from "../../src/measure/flops.js";
import { growthExponent, selectionCost } from "../../src/measure/selection-cost.js";
import { run } from "../../src/runs.js";

const refused = (compute: () => unknown, message: string): void =>
  assert.throws(compute, { failure: "usage", message }, message);

test("a test part: whole rows of finite numbers, one or more", () => {
  refused(
    () => prepareEvaluation(new Float32Array(10), 3),
    "h: expected rows of 3 numbers, one or more, found 10 numbers",
  );
  refused(
    () => prepareEvaluation(new Float32Array(0), 3),
    "h: expected rows of 3 numbers, one or more, found 0 numbers",
  );
  refused(() => prepareEvaluation(new Float32Array(9), 0), "h, d_in: expected a whole number ≥ 1, found 0");
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
    const h = new Float32Array(9);
    h[7] = value;
    refused(() => prepareEvaluation(h, 3), `h: expected finite numbers, found ${value} in row 2`);
  }
  assert.equal(prepareEvaluation(new Float32Array(9), 3).count, 3);
});

test("frequencies of firing: shares of the tokens", () => {
  for (const frequency of [-0.1, 1.01, Number.NaN])
    refused(
      () => featureDensity([0.5, frequency]),
      `featureDensity, frequency: expected a number in [0, 1], found ${frequency}`,
    );
});

test("sizes of a step, and of what is measured of its selection", () => {
  const size = { d_in: 4, d_sae: 8, batch: 2, pairs: 3, meanRadius: 1.5 };
  assert.ok(flopsPerStep(run(9).method, size).total > 0);
  for (const name of ["d_in", "d_sae", "batch"] as const)
    for (const value of [0, 1.5, Number.NaN])
      refused(
        () => flopsPerStep(run(9).method, { ...size, [name]: value }),
        `flopsPerStep, ${name}: expected a whole number ≥ 1, found ${value}`,
      );
  for (const name of ["pairs", "meanRadius"] as const)
    refused(
      () => flopsPerStep(run(9).method, { ...size, [name]: -1 }),
      `flopsPerStep, ${name}: expected a finite number ≥ 0, found -1`,
    );
  refused(() => selectionCost(0), "selectionCost, d_sae: expected a whole number ≥ 1, found 0");
  for (const [option, value, words] of [
    ["batch", 0, "a whole number ≥ 1"],
    ["activeFraction", 5, "a number in [0, 1]"],
    ["repetitions", 0, "a whole number ≥ 1"],
    ["seed", 0.5, "a whole number"],
  ] as const)
    refused(() => selectionCost(4, { [option]: value }), `selectionCost, ${option}: expected ${words}, found ${value}`);
});

test("a growth: points above 0 at two sizes or more", () => {
  refused(() => growthExponent([]), "growthExponent: expected points at two d or more, found 0");
  const alike = [1, 2].map((value) => ({ d: 3, value }));
  refused(() => growthExponent(alike), "growthExponent: expected points at two d or more, found 1");
  refused(() => growthExponent([{ d: 0, value: 1 }]), "growthExponent, d: expected a finite number > 0, found 0");
  refused(() => growthExponent([{ d: 2, value: -1 }]), "growthExponent, value: expected a finite number > 0, found -1");
});

test("chance: counts, and as many means as root mean squares", () => {
  refused(() => randomDirectionCosine(0), "randomDirectionCosine, d: expected a whole number ≥ 1, found 0");
  refused(() => pearsonNoiseFloor(-3), "pearsonNoiseFloor, n: expected a whole number ≥ 1, found -3");
  refused(
    () => independentCosine([1], [1]),
    "independentCosine: expected as many means as rms, 2 or more, found 1 and 1",
  );
  refused(
    () => independentCosine([1, 2], [1]),
    "independentCosine: expected as many means as rms, 2 or more, found 2 and 1",
  );
});
