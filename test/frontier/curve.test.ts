import assert from "node:assert/strict";
import { test } from "node:test";
import { curveOf, type Finished, pointOf } from "../../src/frontier/curve.js";
import { assertNear } from "../helpers/stubs.js";

const finished = (final: Record<string, number | null>): Finished => ({
  seed: 43,
  steps: 100,
  secondsByPart: { autoencoder: 0.3, pairs: 0.1 },
  flopsPerStep: { encode: 3e6, total: 5e6 },
  final: {
    l0: 40,
    fractionVarianceExplained: 0.7,
    meanMaxDecoderCosineOfAlive: 0.3,
    meanDecoderCosineOfAlive: 0.04,
    meanActivationPearsonOfAlive: 0.1,
    nullActivationPearsonOfAlive: 0.02,
    utilizationImportanceOfAlive: 0.9,
    ...final,
  },
});

const level = { method: "relu", level: "λ₁ = 0.08" } as const;

test("a point is read off a training's record: time is that of its steps, Pearson that above chance", () => {
  const { pearsonAboveChance, millisecondsPerStep, ...point } = pointOf(level, finished({}));
  assertNear([pearsonAboveChance!, millisecondsPerStep!], [0.08, 4], 1e-12);
  assert.deepEqual(point, {
    ...level,
    ...{ seed: 43, l0: 40, fractionVarianceExplained: 0.7, nearestDecoderCosine: 0.3, meanDecoderCosine: 0.04 },
    ...{ utilization: 0.9, flopsPerStep: 5e6 },
  });
});

test("what a training did not measure is null, never 0", () => {
  const point = pointOf(level, finished({ nullActivationPearsonOfAlive: null, utilizationImportanceOfAlive: null }));
  assert.deepEqual([point.pearsonAboveChance, point.utilization], [null, null]);
});

test("a curve is one method's points by L0, whatever order they came in", () => {
  const points = [90, 20, 50].map((l0) => pointOf(level, finished({ l0 })));
  const other = pointOf({ ...level, method: "run-9" }, finished({ l0: 30 }));
  assert.deepEqual(
    curveOf([...points, other], "relu").map(({ l0 }) => l0),
    [20, 50, 90],
  );
});
