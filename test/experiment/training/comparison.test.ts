import assert from "node:assert/strict";
import { test } from "node:test";
import { changes, describeChanges } from "../../../src/experiment/training/comparison.js";

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
