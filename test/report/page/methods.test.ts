import assert from "node:assert/strict";
import { test } from "node:test";
import { Methods } from "../../../src/report/page/methods.js";
import { rendered, textOf, textsOf } from "../../helpers/rendered.js";
import { training } from "../../helpers/result-sets.js";

const slot = (name: string, changes: object = {}) => ({
  ...{ slot: name, rule: `rule of ${name}`, source: `§ of ${name}`, options: `a ${name.length}` },
  ...changes,
});
const methods = [
  {
    run: { number: 0, name: "baseline" },
    slots: [slot("tau"), slot("pairs", { options: "", source: "" })],
    changed: [],
  },
  { run: { number: 2, name: "adaptive" }, slots: [slot("sparsity")], changed: [slot("prune")] },
];
const readings = [
  { id: "importance", taken: "meanAbs", alternatives: ["rms", "frequency"], isChanged: true },
  { id: "penalty", taken: "sum", alternatives: ["mean"], isChanged: false },
];
type Props = Parameters<typeof Methods>[0];
const page = (changes: object = {}): Element =>
  rendered(Methods, { methods, readings, set: { trainings: [] }, ...changes } as unknown as Props);

test("each run with what it changes and its whole method; one that changes nothing is the plain autoencoder", () => {
  const [baseline, adaptive] = page().querySelectorAll("ol.steps > li");
  assert.deepEqual([baseline.getAttribute("value"), adaptive.getAttribute("value")], ["0", "2"]);
  assert.equal(
    textOf(baseline),
    "Run 0: baselineThe plain autoencoder: nothing selected, nobody competes.The whole method of Run 0tau" +
      "rule of tau (a 3) § of taupairsrule of pairs",
  );
  assert.equal(
    textOf(adaptive),
    "Run 2: adaptiveprunerule of prune (a 5) § of pruneThe whole method of Run 2sparsityrule of sparsity (a 8) § of sparsity",
  );
});

test("what all trainings have in common is that of the first; without trainings nothing is said", () => {
  const record = {
    ...training(0, 6, 42, {}),
    ...{ d_in: 576, d_sae: 1152, steps: 90, batchSize: 125, init: "tied" },
    optimization: { learningRate: 0.0003, beta1: 0.9 },
  };
  assert.equal(
    textOf(page({ set: { trainings: [record] } }).querySelector(".settings")),
    "Every training alike: d_in 576, d_sae 1152, 90 steps of 125, start tied; learningRate 0.0003, beta1 0.9.",
  );
  assert.equal(page().querySelector(".settings"), null);
});

test("readings: those that are not the default are named, marked, and unfolded", () => {
  const changed = page();
  assert.match(textOf(changed), /Other readings than the default were taken: importance = meanAbs\./);
  assert.match(textOf(changed), /All 2 readings, with their alternatives/);
  assert.deepEqual(
    [...changed.querySelectorAll("table.readings tbody tr")].map((row) => textsOf(row, "th, td")),
    [
      ["importance", "meanAbs (not the default)", "rms, frequency"],
      ["penalty", "sum", "mean"],
    ],
  );
  const isOpen = (of: Element): boolean => of.querySelector("details:has(table)")!.hasAttribute("open");
  assert.ok(isOpen(changed));
  const usual = page({ readings: readings.slice(1) });
  assert.match(textOf(usual), /the default reading was taken everywhere\./);
  assert.ok(!isOpen(usual));
});
