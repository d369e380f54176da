import assert from "node:assert/strict";
import { test } from "node:test";
import type { MethodSpec, VariationSpec } from "../../src/experiment/spec.js";
import { methodRun, variationOf } from "../../src/experiment/variation.js";
import { comparedL0, frontierLevels, frontierMethodNames, isPaperLevel, paperL0 } from "../../src/frontier/levels.js";
import { startingSparsity } from "../../src/mechanisms/sparsity.js";
import { describe } from "../../src/method.js";
import { run } from "../../src/runs.js";

const experiment = { run: (number: number) => run(number), specification: { d_sae: 576 } };
/** The method that is trained for a choice of another method. */
const methodOf = (choice: unknown) =>
  methodRun(run(0), choice as MethodSpec, { steps: 1000, interval: 100, d_sae: 576 }).method;

const levelsOf = (method: (typeof frontierMethodNames)[number]) => frontierLevels(experiment, { methods: [method] });

test("every method has six levels, and no two of the frontier are the same training but Run 0's", () => {
  for (const method of frontierMethodNames) assert.equal(levelsOf(method).length, 6, method);
  const choices = frontierLevels(experiment).map(({ choice }) => JSON.stringify(choice));
  assert.equal(new Set(choices).size, choices.length);
});

test("ReLU and L1 is Run 0 at six λ₁, of which 0.04 is Run 0 itself", () => {
  const lambda1 = levelsOf("relu").map(({ choice }) =>
    choice === 0 ? 0.04 : startingSparsity(methodOf(choice).sparsity),
  );
  assert.deepEqual(lambda1, [0.01, 0.02, 0.04, 0.08, 0.16, 0.32]);
  assert.equal(levelsOf("relu")[2].choice, 0);
});

test("λ₁ of Run 1 is multiplied by 1/4 to 8; at 1 it is Run 1", () => {
  const lambda1 = levelsOf("run-1").map(({ choice }) =>
    choice === 1 ? 0.04 : describe(variationOf(run(1), choice as VariationSpec).method).sparsity,
  );
  assert.deepEqual(lambda1.slice(0, 3), [
    { rule: "constantSparsity", source: "§3.1", lambda1: 0.01 },
    { rule: "constantSparsity", source: "§3.1", lambda1: 0.02 },
    0.04,
  ]);
});

for (const number of [6, 7, 9] as const)
  test(`of Run ${number} start and range of λ₁ are multiplied, and nothing else changes`, () => {
    const ranges = levelsOf(`run-${number}`).map(({ choice }) => {
      const varied = typeof choice === "number" ? run(choice) : variationOf(run(number), choice as VariationSpec);
      const { sparsity, ...others } = describe(varied.method);
      const { sparsity: _, ...before } = describe(run(number).method);
      assert.deepEqual(others, before);
      const { min, max } = sparsity as { min: number; max: number };
      return [startingSparsity(varied.method.sparsity), min, max].map((value) => Number(value.toPrecision(12)));
    });
    assert.deepEqual(ranges, [
      [0.01, 0.0025, 0.05],
      [0.02, 0.005, 0.1],
      [0.04, 0.01, 0.2],
      [0.08, 0.02, 0.4],
      [0.16, 0.04, 0.8],
      [0.32, 0.08, 1.6],
    ]);
  });

test("of methods that keep k features the six levels are shares of the width, the third a tenth of it", () => {
  for (const method of ["top-k", "batch-top-k", "matryoshka", "jump-relu", "ort-sae"] as const)
    assert.deepEqual(
      levelsOf(method).map(({ choice }) => choice),
      [16, 32, 58, 96, 144, 192].map((k) => ({ method, k })),
    );
  const narrow = { ...experiment, specification: { d_sae: 20 } };
  assert.deepEqual(
    frontierLevels(narrow, { methods: ["top-k"] }).map(({ level }) => level),
    ["k = 1", "k = 2", "k = 3", "k = 5", "k = 7"],
    "a level that two shares round to is there once",
  );
});

test("all pairs and the frozen controls have the λ₁ of ReLU and L1, before the first step as well", () => {
  for (const method of ["all-pairs", "frozen-decoder", "frozen-random"] as const) {
    const found = levelsOf(method).map(({ choice }) => methodOf(choice).sparsity);
    assert.deepEqual(found.map(startingSparsity), [0.01, 0.02, 0.04, 0.08, 0.16, 0.32], method);
  }
});

test("few levels are both ends and the paper's own", () => {
  const few = frontierLevels(experiment, { methods: ["run-9"], levels: "few" });
  assert.deepEqual(
    few.map(({ level }) => level),
    ["λ₁ × 0.25", "λ₁ × 1", "λ₁ × 8"],
  );
  assert.deepEqual(
    few.map(({ method, level }) => isPaperLevel(method, level)),
    [false, true, false],
  );
  assert.deepEqual(frontierLevels(experiment, { levels: "none" }), []);
});

test("compared L0 are shares of the features, 16 to 192 of 576, and never below one", () => {
  assert.deepEqual(comparedL0(576), [16, 32, 58, 96, 144, 192]);
  assert.deepEqual(comparedL0(2304), [64, 128, 232, 384, 576, 768]);
  assert.deepEqual(comparedL0(20), [1, 1, 2, 3, 5, 7]);
  assert.equal(paperL0(576), 58);
});
