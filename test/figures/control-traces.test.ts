import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { readJson } from "../../src/base/files.js";
import { type ControlTraceRow, controlTraces } from "../../src/figures/control-traces.js";
import type { Figure } from "../../src/figures/figure.js";
import { panelHeadings } from "../../src/figures/panels.js";
import { renderSvg } from "../../src/figures/render.js";
import { summarize } from "../../src/figures/summary.js";
import { fixtures } from "../helpers/paths.js";
import { rounded } from "../helpers/rounded.js";

/** Made-up control quantities of one step: τ climbs to its bound, T_k is empty at step 2, all else stands still. */
const row = (step: number, changes: Partial<ControlTraceRow> = {}): ControlTraceRow => ({
  run: 2,
  runName: "adaptive-constraint",
  seed: 42,
  layer: 6,
  step,
  tau: Math.min(0.5, 0.2 * step),
  lambda1: 0.04,
  pairs: step === 2 ? 0 : 10,
  pairsKept: step === 2 ? null : 0.5,
  threshold: null,
  meanRadius: 0,
  losers: 0,
  pruned: 0,
  reallocated: 0,
  gradientNorm: 1 / step,
  ...changes,
});
const small = [3, 1, 4, 2].map((step) => row(step));

const headings = (figure: Figure) => [...panelHeadings(figure.layout).values()];

test("control traces: what stood still has no panel, what is not defined is not drawn", () => {
  const figure = controlTraces(small);
  assert.deepEqual(headings(figure), ["Pairs penalised |T_k| (Eq. 2)", "Gradient norm", "τ (Eq. 3)"]);
  assert.deepEqual(
    figure.data.map(({ x, y, yaxis }) => ({ x, y, yaxis })),
    [
      { x: [1, 2, 3, 4], y: [10, 0, 10, 10], yaxis: "y" },
      { x: [1, 2, 3, 4], y: [1, 0.5, 0.333333, 0.25], yaxis: "y2" },
      { x: [1, 2, 3, 4], y: [0.2, 0.4, 0.5, 0.5], yaxis: "y3" },
    ],
  );
  const kept = controlTraces([row(1, { pairsKept: 0.2 }), row(2), row(3, { pairsKept: 0.4 })]);
  assert.deepEqual(kept.data[1].x, [1, 3]);
});

test("control traces: τ and λ₁ stand between their bounds, and the caption says what the lines are", () => {
  const bounds = (figure: Figure) =>
    (figure.layout.shapes as { yref: string; y0: number }[]).map(({ yref, y0 }) => [yref, y0]);
  const figure = controlTraces([row(1), row(2, { lambda1: 0.05 })]);
  assert.deepEqual(headings(figure).slice(-2), ["τ (Eq. 3)", "λ₁ (§4.3)"]);
  assert.deepEqual(bounds(figure), [
    ["y3", 0.01],
    ["y3", 0.5],
    ["y4", 0.01],
    ["y4", 0.2],
  ]);
  assert.match(JSON.stringify(figure.layout.title), /Dotted: bounds/);
  const unbounded = controlTraces([row(1), row(2, { tau: 0.2 })]);
  assert.deepEqual(bounds(unbounded), []);
  assert.doesNotMatch(JSON.stringify(unbounded.layout.title), /bounds/);
});

test("control traces: the specification of a small table is the committed one, and it can be drawn", async () => {
  const figure = controlTraces([...small, ...small.map((r) => ({ ...r, seed: 43, gradientNorm: 2 }))], {
    scale: "SmolLM2-135M, layer 6, 2 seeds, 4 steps",
  });
  assert.deepEqual(
    rounded(figure),
    rounded(await readJson(path.join(fixtures, "figures", "control-traces.plotly.json"))),
  );
  await renderSvg(figure);
});

test("a figure of panels is summed up panel by panel", () => {
  assert.equal(
    summarize(controlTraces(small)),
    "[What controls Run 2 (adaptive-constraint): 3 traces; Pairs penalised |T_k| (Eq. 2) 0 to 10; Gradient norm 0.25 to 1; τ (Eq. 3) 0.2 to 0.5]",
  );
});

test("control traces refuse what is not one run on one layer, and say what they found", () => {
  assert.throws(() => controlTraces([]), /expected one run on one layer, found no rows/);
  assert.throws(
    () => controlTraces([row(1), row(2, { run: 3 }), row(3, { layer: 14 })]),
    /found run 2 on layer 6, run 3 on layer 6, run 2 on layer 14/,
  );
  assert.throws(() => controlTraces([row(1), row(2, { tau: Number.NaN })]), /step 2: expected a finite value/);
});
