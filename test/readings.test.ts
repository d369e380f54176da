import assert from "node:assert/strict";
import { test } from "node:test";
import { SncError } from "../src/base/errors.js";
import { changedReadings, readingChoices, readings } from "../src/readings.js";
import { runsOf } from "../src/runs.js";

const isUsageErrorNaming =
  (...words: string[]) =>
  (error: unknown): boolean =>
    error instanceof SncError && error.failure === "usage" && words.every((word) => error.message.includes(word));

test("a reading that is not named is the default, the first of its choices", () => {
  const chosen = readings({ penalty: "mean" });
  for (const [id, [first]] of Object.entries(readingChoices))
    assert.equal(chosen[id as keyof typeof readingChoices], id === "penalty" ? "mean" : first);
});

test("an unknown reading is a usage error that lists every id", () => {
  assert.throws(() => readings({ norm: "rms" }), isUsageErrorNaming('"norm"', ...Object.keys(readingChoices)));
  assert.throws(() => readings({ toString: "rms" }), isUsageErrorNaming('"toString"'));
});

test("an unknown value is a usage error that lists every choice of that reading", () => {
  for (const [id, choices] of Object.entries(readingChoices))
    assert.throws(() => readings({ [id]: "sideways" }), isUsageErrorNaming(id, "sideways", ...choices));
});

test("numbers may be given as numbers", () => {
  assert.deepEqual(changedReadings(readings({ tauStart: 0.5, reallocateAfter: 50 })), {
    tauStart: "0.5",
    reallocateAfter: "50",
  });
});

test("every choice of every reading builds all ten runs", () => {
  for (const [id, choices] of Object.entries(readingChoices))
    for (const value of choices) {
      const runs = runsOf({ readings: readings({ [id]: value }) });
      assert.equal(runs.length, 10);
      for (const { method } of runs)
        for (const [slot, filled] of Object.entries(method)) assert.ok(filled, `${id}=${value}: ${slot}`);
    }
});
