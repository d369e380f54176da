import assert from "node:assert/strict";
import { test } from "node:test";
import { assertDrawn } from "../../src/figures/drawn.js";
import { type FrontierRow, frontierFigure } from "../../src/figures/frontier.js";
import { renderSvg } from "../../src/figures/render.js";

const row = (of: Partial<FrontierRow>): FrontierRow => ({
  ...{ method: "relu", label: "ReLU and L1", kind: "method", level: "λ₁ = 0.04", isOfPaper: false, seed: 42 },
  ...{ l0: 60, fractionVarianceExplained: 0.6, nearestDecoderCosine: 0.3 },
  ...of,
});

const rows = [
  row({ level: "b", l0: 100, fractionVarianceExplained: 0.7 }),
  row({ level: "b", l0: 110, fractionVarianceExplained: 0.8, seed: 43 }),
  row({ level: "a" }),
  row({ method: "run-9", label: "Run 9", kind: "paper", isOfPaper: true, l0: 80, fractionVarianceExplained: 0.4 }),
  row({ method: "frozen", label: "frozen", kind: "floor", l0: 50, fractionVarianceExplained: 0.2 }),
];

test("a mark is the mean over the seeds of a level, its bar goes from the lowest to the highest, marks are by L0", () => {
  const [line] = frontierFigure(rows).data;
  assert.deepEqual(
    [line.x, line.y],
    [
      [60, 105],
      [0.6, 0.75],
    ],
  );
  const { array, arrayminus } = line.error_y as { array: number[]; arrayminus: number[] };
  assert.deepEqual(
    [array, arrayminus],
    [
      [0, 0.05],
      [0, 0.05],
    ],
  );
});

test("the paper's runs are bold with a large mark at their own level, controls are dashed", () => {
  const [relu, paper, floor] = frontierFigure(rows).data as unknown as {
    line: { width: number; dash: string };
    marker: { size: number[] };
  }[];
  assert.ok(paper.line.width > relu.line.width);
  assert.ok(paper.marker.size[0] > relu.marker.size[0]);
  assert.deepEqual([relu.line.dash, floor.line.dash], ["solid", "dash"]);
});

test("both panels show every method; the legend names each once, in the order of the rows, and the answer stands below the title", async () => {
  const figure = frontierFigure(rows, {
    answer: ["At L0 = 58, X explains most", "The paper's runs: 2"],
    comparedL0: 58,
  });
  const named = figure.data.filter(({ showlegend }) => showlegend).map(({ name }) => name);
  assert.deepEqual(named, ["ReLU and L1", "Run 9", "frozen"]);
  assert.equal(figure.data.length, 6);
  assert.match(JSON.stringify(figure.layout.title), /At L0 = 58, X explains most. The paper's runs: 2/);
  await assertDrawn(await renderSvg(figure), figure);
});

test("without a feature above zero there is nothing to draw: it is said", () => {
  assert.throws(() => frontierFigure([row({ l0: 0 })]), { failure: "input" });
});
