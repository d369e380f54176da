import assert from "node:assert/strict";
import { test } from "node:test";
import type { Figure } from "../../src/figures/figure.js";
import { type PerRunRow, perRun } from "../../src/figures/per-run.js";
import { renderSvg } from "../../src/figures/render.js";
import { runNames } from "../../src/paper.js";
import { golden, rounded } from "../helpers/rounded.js";

const row = (run: number, seed: number, correlation: number, utilization: number): PerRunRow => ({
  run,
  runName: runNames[run],
  seed,
  layer: 14,
  correlation,
  correlationByChance: correlation / 2,
  utilization,
});

const small = [row(0, 42, 0.2, 0.8), row(0, 43, 0.4, 0.9), row(9, 43, 0.1, 1), row(9, 42, 0.1, 0.9)];
const stated = {
  correlation: [
    { run: 9, value: 0.03 },
    { run: 0, value: 0.7 },
  ],
  utilization: [{ run: 9, value: 0.5 }],
};

const series = ({ data }: Figure) =>
  data.map(({ name, x, y, yaxis = "y" }) => ({ name, x, y: y?.map((value) => Number(value?.toFixed(3))), yaxis }));

test("runs compared: seeds, their mean and chance; stated values are a series of their own and move no other", () => {
  const measured = [
    { name: "measured", x: [0, 9], y: [0.2, 0.1], yaxis: "y" },
    { name: "measured", x: [0, 9], y: [0.4, 0.1], yaxis: "y" },
    { name: "measured", x: [0, 9], y: [0.3, 0.1], yaxis: "y" },
    { name: "by chance", x: [0, 9], y: [0.15, 0.05], yaxis: "y" },
    { name: "measured", x: [0, 9], y: [0.8, 0.9], yaxis: "y2" },
    { name: "measured", x: [0, 9], y: [0.9, 1], yaxis: "y2" },
    { name: "measured", x: [0, 9], y: [0.85, 0.95], yaxis: "y2" },
  ];
  assert.deepEqual(series(perRun(small)), measured);
  const both = series(perRun(small, { stated }));
  assert.deepEqual(
    both.filter(({ name }) => name !== "stated in the paper"),
    measured,
  );
  assert.deepEqual(
    both.filter(({ name }) => name === "stated in the paper"),
    [
      { name: "stated in the paper", x: [0, 9], y: [0.7, 0.03], yaxis: "y" },
      { name: "stated in the paper", x: [9], y: [0.5], yaxis: "y2" },
    ],
  );
});

test("runs compared: measured, chance and stated differ in dash and symbol too", () => {
  const named = perRun(small, { stated }).data.filter((trace) => trace.showlegend);
  const looks = named.map(({ line, marker }) => {
    const { dash = "solid" } = line as { dash?: string };
    return `${dash} ${(marker as { symbol: string }).symbol}`;
  });
  assert.equal(new Set(looks).size, 3);
});

test("runs compared: what other kinds of correlation are by chance is a line across the first panel", () => {
  const { data } = perRun(small, { baselines: [{ name: "noise", value: 0.07 }] });
  const lines = data.filter(({ name }) => name === "noise");
  assert.deepEqual(
    lines.map(({ x, y, yaxis }) => [x, y, yaxis]),
    [[[-0.4, 9.4], [0.07, 0.07], undefined]],
  );
});

test("runs compared: where a reading has no chance level, none is drawn", () => {
  const names = perRun(small.map((one) => ({ ...one, correlationByChance: null }))).data.map((trace) => trace.name);
  assert.ok(!names.includes("by chance"));
});

test("runs compared: the specification of a small table is the committed one, and it can be drawn", async () => {
  const figure = perRun(small, { scale: "SmolLM2-135M, layer 14, 2 runs, 2 seeds, 90 steps", stated });
  assert.deepEqual(rounded(figure), await golden("per-run"));
  await renderSvg(figure);
});

test("runs compared: a seed that one run alone has is drawn there, and every run's mean is over its own seeds", async () => {
  const figure = perRun([row(0, 42, 0.2, 0.8), row(3, 42, 0.1, 0.8), row(3, 43, 0.3, 1), row(9, 42, 0.1, 0.9)]);
  assert.deepEqual(series(figure).slice(0, 3), [
    { name: "measured", x: [0, 3, 9], y: [0.2, 0.1, 0.1], yaxis: "y" },
    { name: "measured", x: [3], y: [0.3], yaxis: "y" },
    { name: "measured", x: [0, 3, 9], y: [0.2, 0.2, 0.1], yaxis: "y" },
  ]);
  await renderSvg(figure);
});

test("runs are compared on one layer", () => {
  assert.throws(() => perRun([...small, { ...small[0], layer: 6 }]), /expected rows of one layer, found layers 14,6/);
});
