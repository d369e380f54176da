import assert from "node:assert/strict";
import { test } from "node:test";
import { assertDrawn } from "../../src/figures/drawn.js";
import { renderSvg } from "../../src/figures/render.js";
import type { KnownFeatures, KnownPoint } from "../../src/known-features/document.js";
import { drawnKnownFeatures } from "../../src/known-features/drawn.js";
import { choiceOf, trainedMethods } from "../../src/known-features/methods.js";
import { answerOf, kindsTable, knownCells, scoresTable, worldTable } from "../../src/known-features/tables.js";
import { run } from "../../src/runs.js";

const scores = { recovered: 0.5, mcc: 0.6, f1: 0.4 };

const point = (of: Partial<KnownPoint>): KnownPoint => ({
  ...{ method: "run-0", d_sae: 64, steps: 1000, seed: 42, l0: 20, fractionVarianceExplained: 0.8, featuresOn: 64 },
  ...scores,
  byKind: { alone: scores, grouped: scores, parent: { ...scores, recovered: 0.125 }, child: { ...scores, f1: null } },
  ...{ merged: 0.1, split: 0.2, key: "" },
  ...of,
});

const known: KnownFeatures = {
  world: { size: { d_in: 32, features: 64, trainVectors: 10, testVectors: 10 }, seed: 1 },
  trueL0: 1.92,
  kinds: {
    alone: { features: 24, meanProbability: 0.034 },
    grouped: { features: 16, meanProbability: 0.025 },
    parent: { features: 8, meanProbability: 0.064 },
    child: { features: 16, meanProbability: 0.012 },
  },
  points: [
    point({ steps: 0, method: "untrained", recovered: 0 }),
    point({ recovered: 0.25 }),
    point({ recovered: 0.75, seed: 43 }),
    point({ method: "sparse-run-0", l0: 5, recovered: 0.6 }),
    point({ method: "top-k", l0: 2, recovered: 0.9 }),
    point({ d_sae: 32 }),
    point({ steps: 5000, recovered: 0.95 }),
    point({ steps: 5000, method: "top-k", recovered: 0.7 }),
    point({ steps: 0, method: "readout-threshold", recovered: 1, f1: 0.77, fractionVarianceExplained: null }),
  ],
};

test("cells come by length, then width; nulls stand beside the trainings of their width", () => {
  assert.deepEqual(
    knownCells(known).map(({ d_sae, steps, points }) => [d_sae, steps, points.length]),
    [
      [64, 1000, 6],
      [32, 1000, 1],
      [64, 5000, 4],
    ],
  );
});

test("a row is the mean over seeds with its deviation, in the methods' order; a dash where there is no value", () => {
  const [header, ...rows] = scoresTable(knownCells(known)[0]);
  assert.deepEqual(
    rows.map(([label, seeds, , explained]) => [label, seeds, explained]),
    [
      ["Run 0", "2", "0.800 ± 0.000"],
      ["Run 0, λ₁ × 12", "1", "0.800"],
      ["TopK", "1", "0.800"],
      ["Untrained", "1", "0.800"],
      ["True directions, best threshold", "1", "–"],
    ],
  );
  assert.equal(rows[0][header.indexOf("recovered")], "0.500 ± 0.354");
});

test("kinds of true features have their own scores, and the world tells how many there are", () => {
  const [header, [label, ...cells]] = kindsTable(knownCells(known)[0]);
  assert.equal(label, "Run 0");
  assert.equal(cells[header.indexOf("recovered, parents") - 1], "0.125 ± 0.000");
  assert.equal(cells[header.indexOf("f1, children") - 1], "–");
  assert.deepEqual(worldTable(known)[4], ["children", "16", "0.0120"]);
});

test("who finds most is told of the longest trainings, with L0 and rank; equal shares have one rank, floors none", () => {
  const long = (of: Partial<KnownPoint>) => point({ steps: 5000, ...of });
  const points = [
    ...known.points.filter(({ steps }) => steps < 5000),
    ...[long({ recovered: 0 }), long({ method: "run-9", recovered: 0 }), long({ method: "run-5", recovered: 0 })],
    ...[long({ method: "sparse-run-0", l0: 2.5, recovered: 0.5 }), long({ method: "top-k", l0: 2, recovered: 0.7 })],
    long({ method: "frozen-decoder", l0: 2, recovered: 0.9 }),
  ];
  assert.equal(
    answerOf({ ...known, points }),
    "Share of true features found, 64 features, 5000 steps: TopK 0.700 at L0 2.0 (rank 1 of 5), " +
      "Run 0, λ₁ × 12 0.500 at L0 2.5 (rank 2 of 5), Run 0 0.000 at L0 20.0 (rank 3 of 5), Run 9 0.000 at L0 20.0 (rank 3 of 5). " +
      "At an L0 within a factor of 1.5 of the world's 1.92: TopK 0.700 at L0 2.0 (rank 1 of 2), " +
      "Run 0, λ₁ × 12 0.500 at L0 2.5 (rank 2 of 2)",
  );
  assert.equal(answerOf({ ...known, points: known.points.slice(0, 1) }), "Nothing has been trained");
});

test("no two series of a full figure look alike", () => {
  const points = [...trainedMethods, "untrained" as const].map((method) => point({ method, steps: 1000 }));
  const { figure } = drawnKnownFeatures({ ...known, points });
  const looks = figure.data
    .filter(({ showlegend }) => showlegend)
    .map(({ marker }) => {
      const { color, symbol } = marker as { color: string; symbol: string };
      return `${color} ${symbol}`;
    });
  assert.equal(new Set(looks).size, looks.length, looks.join(", "));
});

test("the figure has a panel for each length and one of F1, a run's two sparsities on one line, and every mark is drawn", async () => {
  const { id, figure } = drawnKnownFeatures(known);
  assert.equal(id, "known-features");
  const run0 = figure.data.filter(({ name }) => name === "Run 0");
  assert.deepEqual(
    run0.map(({ x, y }) => [x, y]),
    [
      [
        [5, 20],
        [0.6, 0.5],
      ],
      [[20], [0.95]],
      [[20], [0.4]],
    ],
  );
  const { marker } = run0[0] as unknown as { marker: { size: number[] } };
  assert.ok(marker.size[1] > marker.size[0], "the run as the paper has it is the large mark");
  assert.equal(figure.data.filter(({ showlegend }) => showlegend).length, 3);
  await assertDrawn(await renderSvg(figure), figure);
});

test("every run is trained as the paper has it and sparser, other methods at the world's L0", () => {
  const of = (method: (typeof trainedMethods)[number]) => choiceOf(method, { k: 8, run: (number) => run(number) });
  assert.equal(trainedMethods.length, 22);
  assert.deepEqual([of("run-7"), of("batch-top-k")], [7, { method: "batch-top-k", k: 8 }]);
  assert.deepEqual(of("all-pairs"), { method: "all-pairs", lambda1: 0.04 });
  assert.deepEqual(of("sparse-run-0"), {
    ...{ run: 0, name: "run-0-lambda1-x-12" },
    set: { "sparsity.lambda1": 0.48 },
  });
  const choices = trainedMethods.map((method) => JSON.stringify(of(method)));
  assert.equal(new Set(choices).size, choices.length);
});
