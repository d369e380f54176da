import assert from "node:assert/strict";
import { test } from "node:test";
import type { FrontierPoint } from "../../src/frontier/curve.js";
import { atL0, commonL0, interpolated, pairedDifference, rankedAt } from "../../src/frontier/equal-l0.js";
import type { FrontierMethod } from "../../src/frontier/levels.js";
import { assertNear } from "../helpers/stubs.js";

const near = (actual: number | null | undefined, expected: number): void => assertNear([actual!], [expected], 1e-12);

const point = (method: FrontierMethod, seed: number, l0: number, explained: number): FrontierPoint => ({
  ...{ method, seed, l0, level: String(l0), fractionVarianceExplained: explained },
  ...{ nearestDecoderCosine: null, meanDecoderCosine: null, pearsonAboveChance: null, utilization: null },
  ...{ millisecondsPerStep: null, flopsPerStep: null },
});

/** A curve of made-up points [L0, variance explained], for each seed with so much added. */
const curve = (method: FrontierMethod, points: [number, number][], seeds: Record<number, number>): FrontierPoint[] =>
  Object.entries(seeds).flatMap(([seed, more]) => points.map(([l0, y]) => point(method, Number(seed), l0, y + more)));

const explained = "fractionVarianceExplained";

test("a value at an L0 lies on the straight line over log L0 between its two neighbours", () => {
  const points = [
    { l0: 16, value: 0.2 },
    { l0: 64, value: 0.6 },
    { l0: 256, value: 0.7 },
  ];
  near(interpolated(points, 32), 0.4); // half of the way from 16 to 64, both by a factor of 2
  near(interpolated(points, 128), 0.65);
  near(interpolated(points, 64), 0.6);
  near(interpolated(points, 16), 0.2);
  near(interpolated(points, 256), 0.7);
});

test("beyond the ends of a curve there is no value", () => {
  const points = [
    { l0: 16, value: 0.2 },
    { l0: 64, value: 0.6 },
  ];
  assert.equal(interpolated(points, 15.9), null);
  assert.equal(interpolated(points, 64.1), null);
  assert.equal(interpolated([], 16), null);
  assert.equal(interpolated(points.slice(0, 1), 17), null);
});

test("neighbours are those by L0, in whatever order levels came, also where more L0 explains less", () => {
  const points = [
    { l0: 256, value: 0.5 },
    { l0: 16, value: 0.2 },
    { l0: 64, value: 0.9 },
  ];
  near(interpolated(points, 32), 0.55);
  near(interpolated(points, 128), 0.7);
});

test("points of the same L0 are one point, with their mean", () => {
  const points = [
    { l0: 16, value: 0.2 },
    { l0: 64, value: 0.5 },
    { l0: 64, value: 0.7 },
  ];
  near(interpolated(points, 64), 0.6);
  near(interpolated(points, 32), 0.4);
});

test("a point whose L0 is 0 is nobody's neighbour", () => {
  const points = [
    { l0: 0, value: 0 },
    { l0: 16, value: 0.2 },
    { l0: 64, value: 0.6 },
  ];
  assert.equal(interpolated(points, 8), null);
  near(interpolated(points, 32), 0.4);
});

test("at equal L0 each seed is interpolated on its own curve, then spread over seeds", () => {
  const points = [
    ...curve("relu", [[16, 0.2]], { 42: 0, 43: 0.1 }),
    ...curve("relu", [[64, 0.6]], { 42: 0, 43: 0.3 }),
    ...curve("run-9", [[32, 0.99]], { 42: 0, 43: 0 }),
  ];
  const found = atL0(points, { method: "relu", l0: 32, quantity: explained })!;
  near(found.values.get(42), 0.4);
  near(found.values.get(43), 0.6);
  near(found.mean, 0.5);
  near(found.sd, Math.sqrt(0.02));
  assert.equal(found.n, 2);
});

test("a mean over other seeds than a method has is none: null where one seed's curve does not reach", () => {
  const points = [
    ...curve("relu", [[16, 0.2]], { 42: 0, 43: 0 }),
    point("relu", 42, 64, 0.6),
    point("relu", 43, 30, 0.6),
  ];
  assert.equal(atL0(points, { method: "relu", l0: 32, quantity: explained }), null);
  assert.equal(atL0(points, { method: "run-1", l0: 32, quantity: explained }), null);
  assert.equal(atL0(points, { method: "relu", l0: 20, quantity: "utilization" }), null);
});

test("differences are paired by seed: what seeds share cancels", () => {
  const line: [number, number][] = [
    [16, 0.2],
    [64, 0.6],
  ];
  const points = [
    ...curve("relu", line, { 42: 0, 43: 0.2, 44: 0.4 }),
    ...curve("run-9", line, { 42: 0.01, 43: 0.22, 44: 0.43 }),
  ];
  const [relu, run9] = (["relu", "run-9"] as const).map(
    (method) => atL0(points, { method, l0: 32, quantity: explained })!,
  );
  const difference = pairedDifference(run9, relu)!;
  near(difference.mean, 0.02);
  near(difference.sd, 0.01);
  near(difference.interval!.low, 0.02 - (4.302652729911275 * 0.01) / Math.sqrt(3)); // t of 2 degrees of freedom
  assert.ok(difference.p! > 0.05 && difference.p! < 0.1);
  const other = atL0(curve("run-1", line, { 7: 0 }), { method: "run-1", l0: 32, quantity: explained })!;
  assert.equal(pairedDifference(other, relu), null);
});

test("methods are ranked among those that reach an L0, each beside ReLU and L1", () => {
  const points = [
    ...curve(
      "relu",
      [
        [16, 0.2],
        [192, 0.6],
      ],
      { 42: 0 },
    ),
    ...curve(
      "run-1",
      [
        [40, 0.5],
        [192, 0.8],
      ],
      { 42: 0 },
    ),
    ...curve(
      "run-9",
      [
        [100, 0.1],
        [192, 0.2],
      ],
      { 42: 0 },
    ),
  ];
  const ranked = rankedAt(points, 58);
  assert.deepEqual(
    ranked.map(({ method, rank }) => [method, rank]),
    [
      ["run-1", 1],
      ["relu", 2],
    ],
  );
  near(ranked[0].fromRelu!.mean, ranked[0].value.mean - ranked[1].value.mean);
  assert.equal(ranked[0].fromRelu!.p, null);
  assert.deepEqual(
    rankedAt(points, 144).map(({ method }) => method),
    ["run-1", "relu", "run-9"],
  );
});

test("the L0 that the most curves reach is taken, of several the nearest to 10 % of the features", () => {
  const reach = (method: FrontierMethod, from: number, to: number): FrontierPoint[] =>
    curve(
      method,
      [
        [from, 0.2],
        [to, 0.6],
      ],
      { 42: 0 },
    );
  assert.equal(commonL0(reach("relu", 10, 300), 576), 58);
  assert.equal(commonL0([...reach("relu", 10, 300), ...reach("run-9", 90, 200)], 576), 96);
  assert.equal(
    commonL0([...reach("relu", 10, 300), ...reach("run-9", 90, 200), ...reach("run-1", 140, 150)], 576),
    144,
  );
});
