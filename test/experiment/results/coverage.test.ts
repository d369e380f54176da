import assert from "node:assert/strict";
import { test } from "node:test";
import { unequalSeeds } from "../../../src/experiment/results/coverage.js";

const at = (layer: number, run: number, seed: number) => ({ layer, run: { number: run }, seed });

test("trainings of the same seeds in every run have nothing to say", () => {
  assert.equal(unequalSeeds([at(6, 0, 42), at(6, 1, 42)]), undefined);
  assert.equal(unequalSeeds([]), undefined);
});

test("a run with a seed more, runs with none and a layer that lacks a run are named; the rest has the usual seeds", () => {
  assert.equal(
    unequalSeeds([at(6, 0, 42), at(6, 3, 43), at(6, 3, 42), at(6, 4, 42)]),
    "Run 3 has seeds 42, 43; all others have 42",
  );
  assert.equal(
    unequalSeeds([at(6, 0, 42), at(6, 3, 42), at(6, 4, 42)], { runs: [0, 1, 2, 3, 4], layers: [6] }),
    "Runs 1, 2 have no training; all others have 42",
  );
  assert.equal(
    unequalSeeds([at(6, 0, 42), at(6, 1, 42), at(14, 0, 42)]),
    "Run 1 on layer 14 has no training; all others have 42",
  );
});
