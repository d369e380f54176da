import assert from "node:assert/strict";
import { test } from "node:test";
import { renderSvg } from "../../src/figures/render.js";
import { type SparsityRow, sparsityOverTraining } from "../../src/figures/sparsity-over-training.js";
import { golden, rounded } from "../helpers/rounded.js";

const row = (run: number, seed: number, step: number, activeFraction: number): SparsityRow => ({
  run,
  runName: ["baseline", "selective orthogonality"][run],
  seed,
  layer: 6,
  step,
  activeFraction,
});

const small = [
  row(0, 42, 1, 0.5),
  row(0, 42, 2, 0.3),
  row(0, 43, 1, 0.4),
  row(0, 43, 2, 0.2),
  row(1, 42, 1, 0.5),
  row(1, 42, 2, 0.1),
];

test("Figure 3: every seed faint, means bold, and the target of λ₁ as a line of its own", () => {
  const { data } = sparsityOverTraining(small);
  assert.deepEqual(
    data.map(({ name, y, showlegend = true }) => ({ name, y, showlegend })),
    [
      { name: "0 baseline", y: [0.5, 0.3], showlegend: false },
      { name: "0 baseline", y: [0.4, 0.2], showlegend: false },
      { name: "0 baseline", y: [0.45, 0.25], showlegend: true },
      { name: "1 selective orthogonality", y: [0.5, 0.1], showlegend: true },
      { name: "target of λ₁, 10 %", y: [0.1, 0.1], showlegend: true },
    ],
  );
});

test("Figure 3: the specification of a small table is the committed one, and it can be drawn", async () => {
  const figure = sparsityOverTraining(small, { scale: "SmolLM2-135M, layer 6, 2 runs, 2 seeds, 2 steps" });
  assert.deepEqual(rounded(figure), await golden("sparsity-over-training"));
  await renderSvg(figure);
});

test("Figure 3 is of one layer", () => {
  assert.throws(() => sparsityOverTraining([]), /Figure 3: expected rows of one layer, found no rows/);
  assert.throws(() => sparsityOverTraining([...small, { ...small[0], layer: 14 }]), /found layers 6,14/);
});
