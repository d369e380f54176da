import assert from "node:assert/strict";
import { test } from "node:test";
import { JSDOM } from "jsdom";
import { h } from "preact";
import { render } from "preact-render-to-string";
import type { ReportContent } from "../../../src/report/content.js";
import { Page } from "../../../src/report/page/page.js";
import { runSummaries } from "../../../src/report/trainings.js";
import { textOf, textsOf } from "../../helpers/rendered.js";
import { reportedClaims } from "../../helpers/reported-claims.js";
import { training } from "../../helpers/result-sets.js";

const { close, below } = reportedClaims;
const alike = { ...below, claim: { ...below.claim, id: "alike" } };
const trainings = [training(0, 6, 42, {}), training(1, 6, 42, {}), training(0, 14, 42, {}), training(1, 14, 42, {})];

/** A page of three claims from two quotations, and four trainings of one seed, with these changes. */
function page(changes: object = {}, of = trainings): Document {
  const content = {
    ...{ paperTitle: "A title: and more", scope: close.scope, claims: [close, below, alike], figures: [], flags: [] },
    ...{ findings: ["Found."], layer: 6 },
    ...{ runs: runSummaries(of), methods: [], readings: [], notebooks: [], files: [] },
    set: {
      ...{ name: "made-up", folder: "", environment: {}, trainings: of },
      identity: { profile: { name: "smoke" }, inputs: {}, readings: {} },
    },
    expectation: { file: "f", notCompared: "", differences: [] },
    commands: { profile: "smoke", readings: {} },
    ...changes,
  } as unknown as ReportContent;
  return new JSDOM(render(h(Page, { content, assets: { style: "p{}", scripts: ["1;", "2;"] } }))).window.document;
}
const lede = (document: Document): string => textOf(document.querySelector(".lede"));
const caveats = (document: Document): string[] => textsOf(document.body, ".caveat");

test("the first sentence counts claims, quotations, runs, layers and seeds", () => {
  assert.equal(
    lede(page()),
    "3 claims from 2 quotations of the paper, checked at a small scale: 2 runs on layers 6, 14, 1 seed each.",
  );
  const one = page({ claims: [close] }, trainings.slice(0, 1));
  assert.equal(
    lede(one),
    "1 claim from 1 quotation of the paper, checked at a small scale: 1 run on layer 6, 1 seed each.",
  );
});

test("trainings of unequal seeds are said to be, and counted in all", () => {
  const unequal = page({}, [...trainings, training(1, 14, 43, {})]);
  assert.match(lede(unequal), /2 seeds in all\.$/);
  assert.deepEqual(caveats(unequal).slice(0, 1), [
    "The trainings are not of the same seeds: Run 1 on layer 14 has seeds 42, 43; all others have 42.",
  ]);
});

test("a scale that is not the paper's is said to be; with fewer than three seeds, what that means", () => {
  const seeds = (count: number) =>
    Array.from({ length: count }, (_, i) => [training(0, 6, i, {}), training(1, 6, i, {})]).flat();
  const small = "This is not the paper's scale: a verdict says what was found at this one and no more.";
  const few = " With fewer than three seeds no claim about a mean can hold or differ.";
  assert.deepEqual(caveats(page({}, seeds(2))), [small + few]);
  assert.deepEqual(caveats(page({}, seeds(3))), [small]);
  assert.deepEqual(caveats(page({ scope: { ...close.scope, isPaperScale: true } }, seeds(2))), []);
});

test("every chapter that is named stands on the page, in this order", () => {
  const document = page();
  const chapters = [...document.querySelectorAll("nav a")].map((a) => a.getAttribute("href"));
  assert.deepEqual(
    [...document.querySelectorAll("main > section")].map(({ id }) => `#${id}`),
    chapters,
  );
  assert.equal(textOf(document.querySelector("h1")), "A title");
  assert.match(textOf(document.querySelector("footer")), /^A title: and more\. Result set made-up\./);
  assert.deepEqual(
    [...document.querySelectorAll("body > script")].map((script) => script.textContent),
    ["1;", "2;"],
  );
  assert.equal(document.querySelector("style")!.textContent, "p{}");
});

test("before the claims stand the findings and Figure 1 of their layer, which is not among the figures again", () => {
  const figure = (id: string, layer: number) => ({
    ...{ id, layer, title: id, summary: "", svg: "<svg/>", forms: ["svg"] },
    figure: { data: [], layout: { width: 1, height: 1 } },
  });
  const ids = ["training-loss-layer-6", "training-loss-layer-14"];
  const document = page({ figures: [figure(ids[0], 6), figure(ids[1], 14)] });
  assert.deepEqual(textsOf(document.querySelector("#findings")!, "li"), ["Found."]);
  const shown = (chapter: string) => [...document.querySelectorAll(`${chapter} figure`)].map(({ id }) => id);
  assert.deepEqual(
    [shown("#findings"), shown("#figures")],
    [["figure-training-loss-layer-6"], ["figure-training-loss-layer-14"]],
  );
  assert.match(textOf(page({ findings: [] }).querySelector("#findings")), /decides a central sentence/);
});
