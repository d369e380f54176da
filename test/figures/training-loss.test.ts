import assert from "node:assert/strict";
import { test } from "node:test";
import type { Figure } from "../../src/figures/figure.js";
import { seriesStyle } from "../../src/figures/theme.js";
import { type TrainingLossRow, trainingLoss } from "../../src/figures/training-loss.js";
import { lossTable } from "../helpers/loss-table.js";
import { golden, rounded } from "../helpers/rounded.js";

const row = (run: number, seed: number, step: number, loss: number): TrainingLossRow => ({
  run,
  runName: ["baseline", "selective orthogonality"][run],
  seed,
  layer: 6,
  step,
  loss,
});

// Out of order, as tables come; step 3 of run 0 is there for one seed only.
const small = [
  row(1, 42, 1, 5),
  row(0, 43, 2, 4),
  row(0, 42, 1, 8),
  row(0, 42, 3, 1),
  row(0, 43, 1, 6),
  row(0, 42, 2, 2),
  row(1, 42, 2, 1 / 3),
];

const curves = (figure: Figure) => figure.data.map(({ name, x, y, showlegend = true }) => ({ name, x, y, showlegend }));

test("Figure 1: seeds are faint and unnamed, their mean is bold and in the legend, runs in order", () => {
  assert.deepEqual(curves(trainingLoss(small)), [
    { name: "0 baseline", x: [1, 2, 3], y: [8, 2, 1], showlegend: false },
    { name: "0 baseline", x: [1, 2], y: [6, 4], showlegend: false },
    { name: "0 baseline", x: [1, 2], y: [7, 3], showlegend: true },
    { name: "1 selective orthogonality", x: [1, 2], y: [5, 0.333333], showlegend: true },
  ]);
});

test("Figure 1: the specification of a small table is the committed one", async () => {
  const figure = trainingLoss(small, { scale: "SmolLM2-135M, layer 6, 2 seeds, 3 steps" });
  assert.deepEqual(rounded(figure), await golden("training-loss"));
});

test("Figure 1: a smoothed mean is the centred moving mean, with the losses as measured behind it", () => {
  const losses = [9, 3, 6, 0, 3].map((loss, i) => row(0, 42, i + 1, loss));
  const figure = trainingLoss(losses, { smoothing: 3 });
  assert.deepEqual(
    figure.data.map((trace) => trace.y),
    [
      [9, 3, 6, 0, 3],
      [9, 6, 3, 3, 3],
    ],
  );
  assert.match(JSON.stringify(figure.layout.title), /Bold: smoothed over 3 steps; faint: as measured/);
});

test("Figure 1: where every row has the reconstruction, a second panel has its means, on steps that zoom with the first", () => {
  const withTerm = small.map((of) => ({ ...of, reconstruction: of.loss / 2 }));
  const figure = trainingLoss(withTerm, { yScale: "log" });
  assert.deepEqual(curves(figure).slice(0, 4), curves(trainingLoss(small)));
  assert.deepEqual(curves(figure).slice(4), [
    { name: "0 baseline", x: [1, 2], y: [3.5, 1.5], showlegend: false },
    { name: "1 selective orthogonality", x: [1, 2], y: [2.5, 0.166667], showlegend: false },
  ]);
  assert.deepEqual(
    figure.data.map(({ yaxis }) => yaxis),
    ["y", "y", "y", "y", "y2", "y2"],
  );
  assert.match(String(figure.data[4].hovertemplate), /mean of 2 seeds.*reconstruction/);
  const { xaxis2, yaxis2, legend } = figure.layout as Record<string, Record<string, unknown>>;
  assert.deepEqual([xaxis2.matches, yaxis2.type, legend.title], ["x", "log", { text: "Run", font: { size: 12 } }]);
  assert.deepEqual(
    trainingLoss([...withTerm.slice(1), small[0]]).layout,
    trainingLoss(small).layout,
    "not of some rows",
  );
  const impossible = [{ ...withTerm[0], reconstruction: 0 }];
  assert.throws(() => trainingLoss(impossible, { yScale: "log" }), /values above 0, found 0/);
});

test("Figure 1: the y axis says another quantity where the rows hold one", () => {
  const title = (quantity?: string) =>
    (trainingLoss(small, { quantity }).layout.yaxis as { title: { text: string } }).title.text;
  assert.equal(title("‖h − ĥ‖²"), "‖h − ĥ‖²");
  assert.match(title(), /^Loss \(Eq\. 7/);
});

test("Figure 1: ten runs differ in the pair of colour and dash, and in symbol and filling alone", () => {
  const styles = Array.from({ length: 10 }, (_, run) => seriesStyle(run));
  assert.equal(new Set(styles.map(({ color, dash }) => `${color} ${dash}`)).size, 10);
  assert.equal(new Set(styles.map(({ symbol, filled }) => `${symbol} ${filled}`)).size, 10);
});

test("Figure 1: the legend lies right of the plot, in a margin made for its names", () => {
  const { layout } = trainingLoss(lossTable(10, 1, 5));
  const { x, xanchor } = layout.legend as { x: number; xanchor: string };
  assert.ok(x > 1 && xanchor === "left");
  assert.ok((layout.margin as { r: number }).r > (trainingLoss(lossTable(1, 1, 5)).layout.margin as { r: number }).r);
});

test("Figure 1 refuses tables that it would draw wrongly, and says which row", () => {
  const rejects = (rows: TrainingLossRow[], message: RegExp, options = {}) =>
    assert.throws(() => trainingLoss(rows, options), message);
  rejects([], /found no rows/);
  rejects([row(0, 42, 1, 1), { ...row(0, 42, 2, 1), layer: 14 }], /one layer, found layers 6,14/);
  rejects([row(0, 42, 7, Number.NaN)], /run 0, seed 42, step 7: expected a finite value, found NaN/);
  rejects([row(0, 42, 1, 1), row(0, 42, 1, 2)], /run 0, seed 42, step 1: expected one row, found two/);
  rejects([row(0, 42, 1, 1), { ...row(0, 42, 2, 1), runName: "other" }], /expected one name/);
  rejects([row(0, 42, 1, 0)], /values above 0, found 0/, { yScale: "log" });
  rejects([row(0, 42, 1, 1)], /expected an odd number/, { smoothing: 4 });
});

test("Figure 1 leaves its table as it was", () => {
  const copy = structuredClone(small);
  trainingLoss(small, { smoothing: 3 });
  assert.deepEqual(small, copy);
});
