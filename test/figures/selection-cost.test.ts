import assert from "node:assert/strict";
import { test } from "node:test";
import { assertDrawn } from "../../src/figures/drawn.js";
import { renderSvg } from "../../src/figures/render.js";
import { selectionCosts } from "../../src/figures/selection-cost.js";

const rows = [
  { way: "b", d_sae: 400, milliseconds: 8 },
  { way: "a", d_sae: 100, milliseconds: 1 },
  { way: "a", d_sae: 400, milliseconds: 16 },
  { way: "b", d_sae: 100, milliseconds: 2 },
];

test("costs of selection: a line for each way by size, then how steep d² and d log d are from the lowest time on", () => {
  const { data, layout } = selectionCosts(rows, { scale: "2 vectors" });
  assert.deepEqual(
    data.map(({ name, x, y }) => ({ name, x, y })),
    [
      { name: "b", x: [100, 400], y: [2, 8] },
      { name: "a", x: [100, 400], y: [1, 16] },
      { name: "as d²", x: [100, 400], y: [1, 16] },
      { name: "as d log d", x: [100, 400], y: [1, 5.20412] }, // 4 · log 400 / log 100
    ],
  );
  assert.match(JSON.stringify(layout.title), /2 vectors/);
});

test("costs of selection: every line is drawn", async () => {
  const figure = selectionCosts(rows);
  await assertDrawn(await renderSvg(figure), figure);
});
