import assert from "node:assert/strict";
import { test } from "node:test";
import { Trainings } from "../../../src/report/page/trainings.js";
import { runSummaries } from "../../../src/report/trainings.js";
import { rendered, textOf, textsOf } from "../../helpers/rendered.js";
import { noFlags, training } from "../../helpers/result-sets.js";

/** Every column of metrics.arrow, no number twice. */
const columns = [
  ...["loss", "reconstructionError", "sparsityPenalty", "l0", "activeFraction", "fractionVarianceExplained"],
  ...["meanActivationCosine", "nullActivationCosine", "meanBatchCosine", "nullBatchCosine", "meanMaxActivationCosine"],
  ...["strongPairs", "meanActivationPearson", "nullActivationPearson", "meanDecoderCosine", "nullDecoderCosine"],
  ...["utilizationImportance", "utilizationFired", "utilizationFrequency", "dead", "pruned", "inactive"],
  ...["lambda1", "tau", "meanActivationCosineOfAlive"],
];
const finalOf = (start: number): Record<string, number> =>
  Object.fromEntries(columns.map((column, i) => [column, start + i]));

const shown = (header: string): string => {
  const column = {
    ...{ loss: "loss", "variance explained": "fractionVarianceExplained", L0: "l0" },
    ...{
      "active fraction": "activeFraction",
      "mean |cos|": "meanActivationCosine",
      "of those on": "meanActivationCosineOfAlive",
      "by chance": "nullActivationCosine",
    },
    ...{ "mean |Pearson|": "meanActivationPearson", permuted: "nullActivationPearson" },
    ...{ "mean decoder |cos|": "meanDecoderCosine" },
    ...{ utilization: "utilizationImportance", dead: "dead", pruned: "pruned", "λ₁": "lambda1", τ: "tau" },
  }[header];
  assert.ok(column, `an unknown column: ${header}`);
  return column;
};

test("the table: under each heading its own column of metrics.arrow, mean ± sd over the seeds", () => {
  const runs = runSummaries([training(3, 6, 42, finalOf(100)), training(3, 6, 43, finalOf(102))]);
  const page = rendered(Trainings, { runs, flags: [] });
  const [run, seeds, acted, ...headers] = textsOf(page, "thead th");
  assert.deepEqual([run, seeds, acted, headers.length], ["Run", "Seeds", "first acted", 15]);
  const [named, firstActed, ...numbers] = textsOf(page, "tbody td").map((text) => text.replaceAll("\u00a0", " "));
  assert.deepEqual([named, firstActed], ["42, 43", "–"]);
  // Of a and a + 2: a + 1 ± √2.
  assert.deepEqual(
    numbers,
    headers.map((header) => `${101 + columns.indexOf(shown(header))} ± 1.4`),
  );
});

test("the table: what a run has no number of is a dash, and of one seed the number stands alone", () => {
  const page = rendered(Trainings, { runs: runSummaries([training(3, 6, 42, { loss: 2, dead: null })]), flags: [] });
  assert.deepEqual(textsOf(page, "tbody td"), ["42", "–", "2", ...Array(14).fill("–")]);
  assert.match(textOf(page), /Every mechanism of every run did something\./);
});

test("a table for each layer, with its runs in their order, and how many took the steps of the run before", () => {
  const same = (record: ReturnType<typeof training>) => ({
    ...record,
    flags: { ...noFlags, identicalToPredecessor: true },
  });
  const records = [
    ...[training(1, 6, 42, {}), same(training(2, 6, 42, {})), same(training(2, 6, 43, {}))],
    ...[training(2, 14, 42, {}), same(training(2, 14, 43, {})), same(training(2, 14, 44, {}))],
    ...[same(training(3, 14, 42, {})), training(3, 14, 43, {})],
  ];
  const page = rendered(Trainings, { runs: runSummaries(records), flags: [] });
  const tables = [...page.querySelectorAll("table")];
  assert.deepEqual(
    tables.map((table) => textOf(table.querySelector("caption"))),
    ["Layer 6", "Layer 14"],
  );
  assert.deepEqual(
    tables.map((table) => textsOf(table, "tbody th").map((text) => text.replace(/(run \d)=/, "$1 ="))),
    [
      ["1 run 1", "2 run 2 = Run 1"],
      ["2 run 2 = Run 1 (2 of 3)", "3 run 3 = Run 2 (1 of 2)"],
    ],
  );
  for (const scrolling of page.querySelectorAll(".scrolling")) assert.equal(scrolling.getAttribute("tabindex"), "0");
  assert.deepEqual(
    tables.map((table) => table.querySelectorAll(".same").length),
    [1, 2],
  );
});

test("what did not act: by run, with the layers and trainings it is of where that is not all, and marked if nothing changed", () => {
  const note = { run: { number: 4, name: "pruning" }, layers: [6, 14], count: 4, of: 4, changedNothing: false };
  const flags = [
    { ...note, text: "Of all." },
    { ...note, text: "Of some.", count: 3 },
    { ...note, text: "Of one layer.", layers: [22], count: 2, changedNothing: true },
    { ...note, text: "Of another run.", run: { number: 7, name: "competition" } },
  ];
  const page = rendered(Trainings, { runs: [], flags });
  assert.deepEqual(textsOf(page, ".flags h4"), ["Run 4: pruning", "Run 7: competition"]);
  const lists = [...page.querySelectorAll(".flags ul")].map((list) => textsOf(list, "li"));
  assert.deepEqual(lists, [
    ["Of all.", "Of some. layers 6, 14: 3 of 4 trainings", "Of one layer. layer 22: 2 of 4 trainings"],
    ["Of another run."],
  ]);
  assert.deepEqual(textsOf(page, ".nothing-changed"), ["Of one layer. layer 22: 2 of 4 trainings"]);
  assert.ok(!textOf(page).includes("did something."));
});
