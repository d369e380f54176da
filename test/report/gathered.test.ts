import assert from "node:assert/strict";
import { test } from "node:test";
import { describe, differences } from "../../src/method.js";
import { readings } from "../../src/readings.js";
import { claimCommands, notebookCommand } from "../../src/report/commands.js";
import type { ExecutedNotebook } from "../../src/report/executed.js";
import { methodSteps, readingsTaken } from "../../src/report/methods.js";
import { flagNotes, runSummaries } from "../../src/report/trainings.js";
import { runsOf } from "../../src/runs.js";
import { noFlags, training } from "../helpers/result-sets.js";

const of = (run: number, seed: number, final: Record<string, number | null>, flags = {}) => {
  const record = training(run, 6, seed, final);
  return { ...record, run: { number: run, name: runsOf()[run].name }, flags: { ...noFlags, ...flags } };
};

test("a row for each run and layer has mean and standard deviation over its seeds", () => {
  const [row, other] = runSummaries([
    of(0, 42, { loss: 1, dead: null }),
    of(0, 43, { loss: 3, dead: null }),
    of(1, 42, { loss: 5 }),
  ]);
  assert.deepEqual(row.seeds, [42, 43]);
  assert.equal(row.final.loss?.mean, 2);
  assert.equal(row.final.loss?.sd, Math.SQRT2);
  assert.equal(row.final.dead, null);
  assert.equal(other.final.loss?.sd, null);
});

test("flags of several trainings are one sentence, their numbers a range; one that changed nothing is marked", () => {
  const pinned = (since: number) => ({ tauPinned: { bound: 0.5, since } });
  const notes = flagNotes([
    of(2, 42, {}, { ...pinned(12), identicalToPredecessor: true }),
    of(2, 43, {}, pinned(9)),
    of(2, 44, {}, pinned(100)),
  ]);
  assert.deepEqual(
    notes.map(({ text, count, of, changedNothing }) => ({ text, count, of, changedNothing })),
    [
      {
        text: "Run 2 took exactly the steps of Run 1: what it adds changed nothing here.",
        count: 1,
        of: 3,
        changedNothing: true,
      },
      { text: "τ has stood at its bound 0.5 since step 9 to 100.", count: 3, of: 3, changedNothing: false },
    ],
  );
});

test("every run shows the slots in which its method differs from the run before, trained or not", () => {
  const runs = runsOf();
  const record = (number: number) => ({
    ...of(number, 42, {}),
    method: JSON.parse(JSON.stringify(describe(runs[number].method))),
  });
  for (const numbers of [[...runs.keys()], [3], [9]])
    for (const { run, changed } of methodSteps(numbers.map(record), readings()))
      assert.deepEqual(
        changed.map(({ slot }) => slot),
        run.number === 0 ? [] : differences(runs[run.number - 1].method, runs[run.number].method),
      );
});

test("readings that are not the default are marked, with what else there is", () => {
  const taken = readingsTaken(readings({ importance: "meanAbs" }));
  assert.deepEqual(
    taken.filter(({ isChanged }) => isChanged),
    [
      {
        id: "importance",
        taken: "meanAbs",
        alternatives: ["batchL2", "rms", "decoderNorm", "frequency"],
        isChanged: true,
      },
    ],
  );
});

test("commands quote what a shell would read otherwise", () => {
  const notebook = { name: "layers", parameters: { profile: "smoke", layers: [6, 14], note: "it's $HOME" } };
  assert.equal(
    notebookCommand(notebook as unknown as ExecutedNotebook),
    `npx snc run notebooks/layers.ipynb --force --param profile=smoke --param 'layers=[6,14]' --param 'note=it'\\''s $HOME'`,
  );
  const row = { claim: { id: "a", runs: [] } } as unknown as Parameters<typeof claimCommands>[0];
  const context = { profile: "smoke", readings: { importance: "meanAbs" } };
  assert.deepEqual(claimCommands(row, [6], context), ["npx snc claims a --profile smoke --reading importance=meanAbs"]);
  const options = { precision: "bfloat16", steps: "20", sequences: "5,1" };
  assert.deepEqual(claimCommands(row, [6], { ...context, options }), [
    "npx snc claims a --profile smoke --precision bfloat16 --steps 20 --sequences 5,1 --reading importance=meanAbs",
  ]);
});
