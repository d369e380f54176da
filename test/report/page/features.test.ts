import assert from "node:assert/strict";
import { test } from "node:test";
import type { EvaluatedTraining } from "../../../src/evaluate/stage.js";
import type { EvaluationValues } from "../../../src/experiment/results/evaluation.js";
import { FeaturesChapter } from "../../../src/report/page/features.js";
import { hostile } from "../../helpers/made-up-report.js";
import { rendered, textOf, textsOf } from "../../helpers/rendered.js";
import { training } from "../../helpers/result-sets.js";

const evaluated = (seed: number, ceRecovered: number): EvaluatedTraining => {
  const values = { l0: 100, ceRecovered, nearestDecoder: 0.3, nullNearestDecoder: 0.1, probing5: null };
  return {
    training: { folder: "there", record: training(3, 6, seed, {}), isNew: false },
    ...{ isUntrained: false, isNew: false },
    evaluation: { record: { key: "", seconds: 1, probes: [] }, values: values as unknown as EvaluationValues },
  };
};

test("what features are worth: the mean over seeds with its spread, the null in brackets, a dash for what was not measured", () => {
  const features = { evaluated: [evaluated(42, 0.5), evaluated(43, 0.7)], stability: [], pages: undefined };
  const [table] = rendered(FeaturesChapter, { features }).querySelectorAll("table");
  const row = textsOf(table, "tbody tr td").map((text) => text.replaceAll("\u00a0", " "));
  const headings = textsOf(table, "thead th").slice(1);
  const under = (heading: string): string => row[headings.indexOf(heading)];
  assert.equal(under("seeds"), "42,43");
  assert.equal(under("CE recovered"), "0.6000 ± 0.1414");
  assert.equal(under("nearest decoder cos (null)"), "0.300 ± 0.000 (0.100)");
  assert.equal(under("probing, k = 5 (x)"), "–");
});

test("features in a line each, with links to their pages; a token is text", () => {
  const feature = { feature: 7, frequency: 0.25, tokens: [hostile], raised: ["a"], source: "books", sourceShare: 0.5 };
  const pages = {
    key: "",
    trainings: [{ title: "Run 9", page: "features/run-9.html", features: [feature] }],
    comparison: "features/both.html",
  };
  const page = rendered(FeaturesChapter, { features: { evaluated: [evaluated(42, 0.5)], stability: [], pages } });
  assert.deepEqual(
    [...page.querySelectorAll("p a")].map((a) => a.getAttribute("href")),
    ["features/run-9.html", "features/both.html"],
  );
  assert.equal(page.querySelectorAll("script, img, [onclick]").length, 0);
  const [table] = page.querySelectorAll("table");
  assert.equal(textOf(table.querySelector("caption")), "Six features of Run 9");
  assert.deepEqual(
    textsOf(table, "tbody tr td").map((text) => text.replaceAll("\u00a0", " ")),
    ["25.0 %", hostile, "a", "books (50.0 %)"],
  );
});
