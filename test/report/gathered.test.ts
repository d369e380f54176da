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
  for (const numbers of [[...runs.keys()], [1], [3], [9]])
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
  const options = [
    ["precision", "bfloat16"],
    ["steps", "20"],
    ["sequences", "5,1"],
  ] as const;
  assert.deepEqual(claimCommands(row, [6], { ...context, options }), [
    "npx snc claims a --profile smoke --precision bfloat16 --steps 20 --sequences 5,1 --reading importance=meanAbs",
  ]);
});

test("a run's row has its time, how often it took the steps of the run before, and only numbers in its means", () => {
  const rows = runSummaries([
    { ...of(1, 42, { loss: 1 }, { identicalToPredecessor: true }), seconds: 2 },
    { ...of(1, 43, { loss: null }, { identicalToPredecessor: false }), seconds: 3 },
    { ...of(1, 44, { loss: 4 }), seconds: 5, layer: 14 },
  ]);
  assert.deepEqual(
    rows.map(({ layer, seeds, seconds, sameSteps }) => ({ layer, seeds, seconds, sameSteps })),
    [
      { layer: 6, seeds: [42, 43], seconds: 5, sameSteps: 1 },
      { layer: 14, seeds: [44], seconds: 5, sameSteps: 0 }, // what is not known is not the same
    ],
  );
  assert.deepEqual([rows[0].final.loss?.mean, rows[0].final.loss?.n], [1, 1]);
});

test("flags: every number of a sentence has its own range, layers stand once, and runs apart", () => {
  const pinned = (bound: number, since: number) => ({ tauPinned: { bound, since } });
  const notes = flagNotes([
    of(2, 42, {}, pinned(0.5, 9)),
    of(2, 43, {}, pinned(0.01, 10)),
    { ...of(2, 42, {}, pinned(0.5, 100)), layer: 14 },
    of(3, 42, {}, pinned(0.5, 7)),
    of(3, 43, {}, { identicalToPredecessor: true }),
  ]);
  assert.deepEqual(
    notes.map(({ run, text, layers, count, of: all, changedNothing }) => [
      run.number,
      text,
      layers,
      count,
      all,
      changedNothing,
    ]),
    [
      [2, "τ has stood at its bound 0.01 to 0.5 since step 9 to 100.", [6, 14], 3, 3, false],
      [3, "τ has stood at its bound 0.5 since step 7.", [6], 1, 2, false],
      [3, "Run 3 took exactly the steps of Run 2: what it adds changed nothing here.", [6], 1, 2, true],
    ],
  );
});

test("a method's slots: a rule with its source and options, or a plain choice; runs in their order", () => {
  const method = { tau: { rule: "adaptiveTau", source: "Eq. 3", alpha: 0.9, target: 0.1 }, init: "tied", none: null };
  const record = (number: number, changes: object = {}) => ({
    ...of(number, 42, {}),
    method: { ...method, ...changes },
  });
  const steps = methodSteps([record(4, { init: "random" }), record(3)], readings());
  assert.deepEqual(
    steps.map(({ run }) => run.number),
    [3, 4],
  );
  assert.deepEqual(steps[1].slots, [
    { slot: "tau", rule: "adaptiveTau", source: "Eq. 3", options: "alpha 0.9, target 0.1" },
    { slot: "init", rule: "random", source: "", options: "" },
    { slot: "none", rule: "null", source: "", options: "" },
  ]);
  assert.deepEqual(steps[1].changed, [steps[1].slots[1]]);
});

test("of all readings the default is the first choice, and no alternative is what was taken", () => {
  for (const { id, taken, alternatives, isChanged } of readingsTaken(readings())) {
    assert.equal(isChanged, false, id);
    assert.ok(!alternatives.includes(taken) && alternatives.length > 0, id);
  }
});

test("the commands of a claim train its runs on its layers with its seeds, then check it", () => {
  const row = { claim: { id: "a", runs: [3, 9] }, measured: { seeds: [42, 43] } };
  const commands = (of_: object, layers: number[]) =>
    claimCommands(of_ as unknown as Parameters<typeof claimCommands>[0], layers, { profile: "smoke", readings: {} });
  assert.deepEqual(commands(row, [6, 14]), [
    "npx snc train --run 3,9 --layer 6,14 --seed 42,43 --force --profile smoke",
    "npx snc claims a --profile smoke",
  ]);
  assert.deepEqual(commands({ ...row, measured: undefined }, [6]), [
    "npx snc train --run 3,9 --layer 6 --force --profile smoke",
    "npx snc claims a --profile smoke",
  ]);
});
