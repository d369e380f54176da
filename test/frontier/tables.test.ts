import assert from "node:assert/strict";
import { test } from "node:test";
import { answerOf, commonL0Table, equalL0Table, methodsOf, pointsTable } from "../../src/frontier/tables.js";
import { madeUpFrontier } from "../helpers/made-up-frontier.js";

const frontier = madeUpFrontier();

test("every level is one row: mean and standard deviation over its seeds, a dash for what was not measured", () => {
  const [header, first, ...others] = pointsTable(frontier);
  assert.equal(others.length, 4);
  const row = Object.fromEntries(header.map((title, i) => [title, first[i]]));
  assert.equal(row.method, "ReLU and L1");
  assert.equal(row.seeds, "3");
  assert.equal(row["variance explained"], "0.4100 ± 0.01");
  assert.equal(row.utilization, "–");
  assert.equal(row["MFLOP a step"], "400.0 ± 0");
});

test("at equal L0 a method has a value and a rank where all its curves reach, and a dash where not", () => {
  const [header, relu, run9] = equalL0Table(frontier);
  assert.deepEqual(header, [
    ...["method", "L0 = 16", "L0 = 32", "L0 = 58", "L0 = 96", "L0 = 144", "L0 = 192", "from L0", "to L0"],
  ]);
  assert.deepEqual([relu[0], relu[1], relu[2]], ["ReLU and L1", "0.4100 ± 0.01 (1)", "0.5100 ± 0.01 (1)"]);
  assert.deepEqual([run9[0], run9[1], run9[2], run9[5]], ["Run 9", "–", "0.3100 ± 0.01 (2)", "–"]);
  assert.deepEqual(run9.slice(-2), ["32.0", "128"]);
});

test("at the common L0 the difference from ReLU and L1 is paired by seed: here the same for all, without spread", () => {
  const [header, , run9] = commonL0Table(frontier);
  assert.equal(header[1], "variance explained at L0 = 58");
  // ReLU at 58: 0.4 + 0.2 · log(58/16)/log(4); Run 9: 0.3 + 0.2 · log(58/32)/log(4); the difference is 0.2 by hand.
  assert.match(run9[2], /^−0\.2000 \[−0\.2000, −0\.2000\]$/);
});

test("methods come by rank, and the answer names the best, ReLU and L1 and the paper's runs", () => {
  assert.deepEqual(methodsOf(frontier), ["relu", "run-9"]);
  assert.equal(
    answerOf(frontier),
    "Variance explained at L0 = 58, by rank among 2: 1 ReLU and L1 0.596. The paper's runs: 2 Run 9 0.396",
  );
});

test("without a curve that reaches a compared L0 there is no answer: it is said", () => {
  const points = frontier.points.filter(({ l0 }) => l0 === 64);
  assert.match(answerOf({ ...frontier, points }), /No curve reaches/);
});
