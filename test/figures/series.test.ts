import assert from "node:assert/strict";
import { test } from "node:test";
import { controlTraces } from "../../src/figures/control-traces.js";
import { crossLayer } from "../../src/figures/cross-layer.js";
import { featureUsage } from "../../src/figures/feature-usage.js";
import { perRun } from "../../src/figures/per-run.js";
import { renderSvg } from "../../src/figures/render.js";
import { type RowOfRun, seriesOf } from "../../src/figures/series.js";
import { sparsityOverTraining } from "../../src/figures/sparsity-over-training.js";
import { seriesStyle, variationStyle } from "../../src/figures/theme.js";
import { trainingLoss } from "../../src/figures/training-loss.js";

const seven: RowOfRun = { run: 7, runName: "local-competition" };
const gamma: RowOfRun = { run: 7, runName: "gamma-1", variation: "0123abcd" };
const other: RowOfRun = { run: 7, runName: "gamma-1", variation: "ffff0000" };
const beta: RowOfRun = { run: 7, runName: "beta", variation: "99999999" };
const nine: RowOfRun = { run: 9, runName: "reallocation" };

const labels = (rows: RowOfRun[]): string[] => seriesOf(rows).map(({ series }) => series.label);

test("runs stand by their numbers, behind each its variations by name", () => {
  assert.deepEqual(labels([nine, gamma, seven, beta, gamma]), [
    "7 local-competition",
    "beta, of Run 7",
    "gamma-1, of Run 7",
    "9 reallocation",
  ]);
  assert.deepEqual(
    seriesOf([gamma, seven, gamma]).map(({ rows }) => rows),
    [[seven], [gamma, gamma]],
  );
});

test("two variations of one name are told apart by their hashes", () => {
  assert.deepEqual(labels([gamma, other]), ["gamma-1 (0123abcd), of Run 7", "gamma-1 (ffff0000), of Run 7"]);
  const ofNine = { ...other, run: 9 };
  assert.deepEqual(labels([gamma, ofNine]), ["gamma-1, of Run 7", "gamma-1, of Run 9"]);
});

test("a variation has a style that no run has, and seven of them seven styles", () => {
  const styles = Array.from({ length: 7 }, (_, i) => variationStyle(i));
  const runs = Array.from({ length: 10 }, (_, run) => seriesStyle(run));
  for (const part of ["dash", "symbol"] as const)
    for (const style of styles) assert.ok(runs.every((run) => run[part] !== style[part]));
  assert.equal(new Set(styles.map(({ color }) => color)).size, 7);
  assert.equal(new Set(styles.map(({ symbol }) => symbol)).size, 7);
});

/** Rows of Run 7 in two seeds, and of two variations of it. */
const rowsWith = <R>(more: (index: number, row: RowOfRun) => R[]) =>
  [seven, seven, gamma, beta].flatMap((row, i) =>
    more(i, row).map((values) => ({ ...row, seed: i === 1 ? 43 : 42, layer: 6, ...values })),
  );

const stepsOf = (i: number) => [1, 2].map((step) => ({ step, loss: 8 - i - step, activeFraction: 0.1 * (i + 1) }));
const legendOf = (figure: { data: readonly { name?: string; showlegend?: unknown }[] }): (string | undefined)[] =>
  figure.data.filter(({ showlegend }) => showlegend !== false).map(({ name }) => name);
const all = ["7 local-competition", "beta, of Run 7", "gamma-1, of Run 7"];

test("Figures 1 to 3 draw a run and its variations as curves of their own, which can be drawn", async () => {
  const importances = rowsWith((i) => [0.02, 0.5].map((importance) => ({ importance: importance * (i + 1) })));
  for (const figure of [
    trainingLoss(rowsWith(stepsOf)),
    sparsityOverTraining(rowsWith(stepsOf)),
    featureUsage(importances),
  ]) {
    assert.deepEqual(legendOf(figure).slice(0, 3), all);
    await renderSvg(figure);
  }
  const [, , , , gammas] = trainingLoss(rowsWith(stepsOf)).data;
  assert.deepEqual([gammas.name, gammas.y], ["gamma-1, of Run 7", [5, 4]]);
  assert.match(String(gammas.hovertemplate), /^gamma-1, seed 42<br>/);
});

test("curves that lie on each other are named, runs by their numbers and variations by their names", () => {
  const title = (rows: RowOfRun[]): string =>
    JSON.stringify(trainingLoss(rows.map((row) => ({ ...row, seed: 42, layer: 6, step: 1, loss: 1 }))).layout.title);
  assert.match(title([seven, gamma]), /On each other: Run 7, gamma-1</);
  assert.match(title([seven, nine, gamma]), /On each other: Runs 7, 9, gamma-1</);
  assert.match(title([gamma, beta]), /On each other: beta, gamma-1</);
});

test("runs compared: variations stand right of their run, with chance at their place, and move no run", async () => {
  const values = rowsWith((i) => [
    { correlation: 0.1 * (i + 1), correlationByChance: 0.05, utilization: 0.2 * (i + 1) },
  ]);
  const figure = perRun(values);
  const traces = (name: string) =>
    figure.data.filter((trace) => trace.name === name).map(({ x, y }) => [x, y?.map((v) => Number(v?.toFixed(3)))]);
  assert.deepEqual(traces("beta, of Run 7"), [
    [[7.26667], [0.4]],
    [[7.26667], [0.8]],
  ]);
  assert.deepEqual(traces("gamma-1, of Run 7"), [
    [[7.53333], [0.3]],
    [[7.53333], [0.6]],
  ]);
  assert.deepEqual(traces("by chance"), [
    [[7], [0.05]],
    [[7.26667], [0.05]],
    [[7.53333], [0.05]],
  ]);
  const ofPaper = perRun(values.filter(({ variation }) => variation === undefined)).data;
  assert.deepEqual(
    figure.data.filter(({ name }) => name === "measured"),
    ofPaper.filter(({ name }) => name === "measured"),
  );
  assert.deepEqual(legendOf(figure), ["measured", "by chance", "beta, of Run 7", "gamma-1, of Run 7"]);
  await renderSvg(figure);
  const alone = perRun(values.filter(({ variation }) => variation !== undefined));
  assert.deepEqual(legendOf(alone), ["beta, of Run 7", "gamma-1, of Run 7"]);
});

test("runs compared: a variation's seeds are points, their mean a larger one", () => {
  const values = [0.2, 0.4].map((correlation, i) => ({
    ...{ ...gamma, seed: 42 + i, layer: 6 },
    ...{ correlation, correlationByChance: null, utilization: 1 },
  }));
  const [{ y, marker }] = perRun(values).data;
  assert.deepEqual(
    [y, (marker as { size: number[] }).size],
    [
      [0.2, 0.4, 0.3],
      [5, 5, 11],
    ],
  );
});

test("layers compared: variations stand beside the runs", async () => {
  const figure = crossLayer(
    rowsWith((i) => [{ correlation: 0.1 * (i + 1), correlationByChance: null, utilization: 0.5 }]),
  );
  assert.deepEqual(legendOf(figure), all);
  await renderSvg(figure);
});

test("what controls a variation is titled after it; it is not drawn with the run that it varies", () => {
  const row = { step: 1, tau: 0.1, lambda1: 0.1, pairs: 1, pairsKept: null, threshold: null, meanRadius: 1 };
  const rows = (of: RowOfRun) =>
    [1, 2].map((step) => ({
      ...{ ...of, ...row, step, seed: 42, layer: 6 },
      ...{ losers: step, pruned: 0, reallocated: 0, gradientNorm: 1 },
    }));
  assert.match(JSON.stringify(controlTraces(rows(gamma)).layout.title), /What controls gamma-1, of Run 7/);
  assert.throws(
    () => controlTraces([...rows(seven), ...rows(gamma)]),
    /expected one run on one layer, found run 7 on layer 6, gamma-1 \(0123abcd\) on layer 6/,
  );
});
