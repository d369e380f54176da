import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { readJson } from "../../src/base/files.js";
import { type CrossLayerRow, crossLayer } from "../../src/figures/cross-layer.js";
import { renderSvg } from "../../src/figures/render.js";
import { fixtures } from "../helpers/paths.js";
import { rounded } from "../helpers/rounded.js";

const row = (run: number, layer: number, seed: number, correlation: number): CrossLayerRow => ({
  run,
  runName: run === 0 ? "baseline" : "reallocation",
  layer,
  seed,
  correlation,
  correlationByChance: 0.1,
  utilization: 1 - correlation,
});

// Out of order, as tables come; run 9 has one seed on layer 14.
const small = [
  row(9, 14, 42, 0.5),
  row(0, 14, 43, 0.3),
  row(0, 6, 42, 0.2),
  row(0, 14, 42, 0.1),
  row(9, 6, 43, 0.4),
  row(9, 6, 42, 0.2),
  row(0, 6, 43, 0.4),
];

test("cross-layer figure: means over seeds by layer, runs side by side, chance as bars", () => {
  const { data } = crossLayer(small);
  const drawn = data.map(({ name, x, y, yaxis }) => ({ name, x, y, yaxis }));
  assert.deepEqual(
    drawn.filter(({ name }) => name !== undefined),
    [
      { name: "0 baseline", x: [-0.1, 0.9], y: [0.3, 0.2], yaxis: "y" },
      { name: "9 reallocation", x: [0.1, 1.1], y: [0.3, 0.5], yaxis: "y" },
      { name: "by chance", x: [-0.1, 0.9, 0.1, 1.1], y: [0.1, 0.1, 0.1, 0.1], yaxis: "y" },
      { name: "0 baseline", x: [-0.1, 0.9], y: [0.7, 0.8], yaxis: "y2" },
      { name: "9 reallocation", x: [0.1, 1.1], y: [0.7, 0.5], yaxis: "y2" },
    ],
  );
  const seeds = drawn.filter(({ name, yaxis }) => name === undefined && yaxis === "y");
  assert.deepEqual(
    seeds.map(({ y }) => y),
    [
      [0.2, 0.4, 0.3, 0.1],
      [0.4, 0.2, 0.5],
    ],
  );
});

test("cross-layer figure: one seed has no faint points, and a correlation without a null baseline no bars", () => {
  const one = small.filter(({ seed }) => seed === 42).map((r) => ({ ...r, correlationByChance: null }));
  const { data, layout } = crossLayer(one);
  assert.equal(data.length, 4);
  assert.doesNotMatch(JSON.stringify(layout.title), /seeds/);
});

test("cross-layer figure: layers stand in order, each under its number", () => {
  const { xaxis } = crossLayer(small).layout as unknown as { xaxis: { tickvals: number[]; ticktext: string[] } };
  assert.deepEqual(
    [xaxis.tickvals, xaxis.ticktext],
    [
      [0, 1],
      ["6", "14"],
    ],
  );
});

test("cross-layer figure: what is stated and other kinds' chance are series of their own, where their run and layer stand", () => {
  const measured = crossLayer(small).data;
  const stated = {
    correlation: [
      { run: 9, layer: 14, value: 0.9 },
      { run: 9, layer: 22, value: 0.8 }, // of a layer that was not trained
    ],
    utilization: [{ run: 9, layer: 6, value: 0.7 }],
  };
  const { data } = crossLayer(small, { stated, baselines: [{ name: "noise", value: 0.07 }] });
  const isAdded = ({ name = "" }) => name === "noise" || name === "stated in the paper";
  assert.deepEqual(
    data.filter((trace) => !isAdded(trace)),
    measured,
  );
  assert.deepEqual(
    data.filter(isAdded).map(({ name, x, y, yaxis }) => ({ name, x, y, yaxis })),
    [
      { name: "noise", x: [-0.5, 1.5], y: [0.07, 0.07], yaxis: "y" },
      { name: "stated in the paper", x: [1.1], y: [0.9], yaxis: "y" },
      { name: "stated in the paper", x: [0.1], y: [0.7], yaxis: "y2" },
    ],
  );
});

test("cross-layer figure: the specification of a small table is the committed one, and it can be drawn", async () => {
  const figure = crossLayer(small, { scale: "SmolLM2-135M, 2 seeds, 90 steps" });
  assert.deepEqual(rounded(figure), rounded(await readJson(path.join(fixtures, "figures", "cross-layer.plotly.json"))));
  await renderSvg(figure);
  await renderSvg(crossLayer(small.slice(0, 1))); // a single point, as at the smoke profile
});

test("cross-layer figure refuses an empty table and values that are not finite", () => {
  assert.throws(() => crossLayer([]), /found no rows/);
  assert.throws(
    () => crossLayer([row(0, 6, 42, Number.NaN)]),
    /run 0, layer 6, seed 42: expected a finite correlation, found NaN/,
  );
});
