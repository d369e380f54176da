import assert from "node:assert/strict";
import { test } from "node:test";
import { type FeatureUsageRow, featureUsage } from "../../src/figures/feature-usage.js";
import { renderSvg } from "../../src/figures/render.js";
import { golden, rounded } from "../helpers/rounded.js";

/** A training whose features have these importances. */
const training = (importances: number[], { run = 0, seed = 42 } = {}): FeatureUsageRow[] =>
  importances.map((importance) => ({ run, runName: ["baseline", "other"][run], seed, layer: 6, importance }));

/** y at 0, 25, 50, 75, 100 % of the features. */
const quarters = (figure: ReturnType<typeof featureUsage>, trace: number) =>
  [0, 50, 100, 150, 200].map((at) => figure.data[trace].y?.[at]);

test("Figure 2: features in order of importance, per cent of them along the axis", () => {
  const figure = featureUsage(training([0.4, 0.1, 0.5, 0.2, 0.3]));
  assert.deepEqual(quarters(figure, 0), [0.1, 0.2, 0.3, 0.4, 0.5]);
  assert.deepEqual([figure.data[0].x?.[0], figure.data[0].x?.[50], figure.data[0].x?.[200]], [0, 25, 100]);
});

test("Figure 2: the bold line is the mean over seeds of the share of features below each importance", () => {
  const figure = featureUsage([...training([0.2, 0.1]), ...training([0.6, 0.3], { seed: 43 })]);
  const { x, y } = figure.data[2];
  /** Per cent of the features at or below an importance: 0.1 and 0.2 of one seed, 0.3 and 0.6 of the other. */
  const shareAt = (importance: number): number => x![y!.findLastIndex((value) => value! <= importance)];
  assert.deepEqual([0.11, 0.19, 0.22, 0.29, 0.32, 0.59, 0.6].map(shareAt), [25, 25, 50, 50, 75, 75, 100]);
  assert.deepEqual([x![0], y![0], x!.at(-1), y!.at(-1)], [0, 0.1, 100, 0.6]);
});

test("Figure 2: the caption names runs that lie on each other", () => {
  const same = [...training([0.2, 0.5]), ...training([0.2, 0.5], { run: 1 })];
  assert.match(JSON.stringify(featureUsage(same).layout.title), /On each other: Runs 0, 1/);
  const apart = [...training([0.2, 0.5]), ...training([0.2, 0.6], { run: 1 })];
  assert.doesNotMatch(JSON.stringify(featureUsage(apart).layout.title), /On each other/);
});

test("Figure 2: features without importance are drawn at the bottom, and the caption says so", () => {
  const figure = featureUsage(training([0, 1e-9, 0.5]));
  assert.deepEqual(quarters(figure, 0), [1e-4, 1e-4, 1e-4, 0.5, 0.5]);
  assert.match(JSON.stringify(figure.layout.title), /Features below 0\.0001 are drawn there/);
  assert.doesNotMatch(JSON.stringify(featureUsage(training([0.2])).layout.title), /drawn there/);
});

test("Figure 2: a stated share is drawn only as a series that says so", () => {
  const measured = featureUsage(training([0.2, 0.5]));
  const both = featureUsage(training([0.2, 0.5]), { statedLowActivity: 0.05 });
  assert.deepEqual(both.data.slice(0, measured.data.length), measured.data);
  const [stated] = both.data.slice(measured.data.length);
  assert.deepEqual([stated.name, stated.x], ["paper: 5 % below", [5, 5]]);
});

test("Figure 2: the specification of a small table is the committed one, and it can be drawn", async () => {
  const rows = [...training([0.02, 0.1, 0.004]), ...training([0.3, 0.1, 0.2], { run: 1 })];
  const figure = featureUsage(rows, {
    scale: "SmolLM2-135M, layer 6, 2 runs, 1 seed, 90 steps",
    statedLowActivity: 0.05,
  });
  assert.deepEqual(rounded(figure), await golden("feature-usage"));
  await renderSvg(figure);
});

test("Figure 2 is of one layer", () => {
  assert.throws(() => featureUsage([]), /Figure 2: expected rows of one layer, found no rows/);
});
