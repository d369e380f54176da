import assert from "node:assert/strict";
import { test } from "node:test";
import { changes, compare, describeChanges, describeComparison } from "../../../src/experiment/training/comparison.js";
import { training, variation } from "../../helpers/result-sets.js";

const before = {
  final: { reconstructionError: 2, meanDecoderCosine: 0.25, nullDecoderCosine: 0.1, dead: null, tau: 0.1 },
};
const after = {
  final: { reconstructionError: 1.5, meanDecoderCosine: 0.5, nullDecoderCosine: 0.125, dead: 3, tau: 0.1 },
};

const changeOf = (metric: string) => changes(before, after).find((change) => change.metric === metric);

test("a change is the later value minus the earlier one, beside what chance gives in the later training", () => {
  assert.deepEqual(changeOf("reconstructionError"), {
    metric: "reconstructionError",
    before: 2,
    after: 1.5,
    difference: -0.5,
    byChance: null,
  });
  const cosine = { metric: "meanDecoderCosine", before: 0.25, after: 0.5, difference: 0.25, byChance: 0.125 };
  assert.deepEqual(changeOf("meanDecoderCosine"), cosine);
});

test("what is not defined, or was not measured, has no difference", () => {
  assert.deepEqual(changeOf("dead"), { metric: "dead", before: null, after: 3, difference: null, byChance: null });
  const pruned = { metric: "pruned", before: null, after: null, difference: null, byChance: null };
  assert.deepEqual(changeOf("pruned"), pruned);
});

test("the table has a line for every change, differences with their sign, blanks where nothing is defined", () => {
  const lines = describeChanges(before, after, ["Run 0", "Run 1"]).split("\n");
  assert.equal(lines.length, 1 + changes(before, after).length);
  const cells = (name: string) => lines.find((line) => line.startsWith(name))?.split(/ {2,}/);
  assert.deepEqual(cells(" "), ["", "Run 0", "Run 1", "difference", "by chance"]);
  assert.deepEqual(cells("reconstructionError"), ["reconstructionError", "2", "1.5", "-0.5"]);
  assert.deepEqual(cells("meanDecoderCosine"), ["meanDecoderCosine", "0.25", "0.5", "+0.25", "0.125"]);
  assert.deepEqual(cells("tau"), ["tau", "0.1", "0.1", "0"]);
  assert.deepEqual(cells("dead"), ["dead", "3"]);
});

const run7 = training(7, 6, 42, { reconstructionError: 2, tau: 0.1 });
const gamma = { ...training(7, 6, 43, { reconstructionError: 1.5, dead: 3 }), run: variation(7, "gamma-1") };

test("without names the columns are headed by what the trainings are of", () => {
  const headOf = (...pair: Parameters<typeof describeChanges>) =>
    describeChanges(...pair)
      .split("\n")[0]
      .split(/ {2,}/);
  assert.deepEqual(headOf(run7, gamma), ["", "Run 7", "gamma-1, of Run 7", "difference", "by chance"]);
  assert.deepEqual(headOf(before, after), ["", "before", "after", "difference", "by chance"]);
});

test("trainings compared: a row for each run and variation, with its label, and a table with a column for each", () => {
  const rows = compare([run7, gamma]);
  assert.deepEqual(
    rows.map(({ label, layer, seed, reconstructionError, dead, tau }) => [
      label,
      layer,
      seed,
      reconstructionError,
      dead,
      tau,
    ]),
    [
      ["Run 7", 6, 42, 2, null, 0.1],
      ["gamma-1, of Run 7", 6, 43, 1.5, 3, null],
    ],
  );
  const lines = describeComparison([run7, gamma])
    .split("\n")
    .map((line) => line.split(/ {2,}/));
  assert.deepEqual(lines[0], ["", "Run 7, seed 42", "gamma-1, of Run 7, seed 43"]);
  const elsewhere = describeComparison([run7, { ...gamma, seed: 42, layer: 14 }]).split("\n")[0];
  assert.deepEqual(elsewhere.split(/ {2,}/), ["", "Run 7, layer 6", "gamma-1, of Run 7, layer 14"]);
  assert.deepEqual(
    lines.find(([name]) => name === "reconstructionError"),
    ["reconstructionError", "2", "1.5"],
  );
  assert.equal(lines.length, 1 + changes(run7, gamma).length);
});
